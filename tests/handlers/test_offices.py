"""Which office answers for a residence, and which federation: every Belgian postal code, and what no row covers."""

from collections import Counter
from datetime import date

import pytest

from handlers.dispatch import handle
from handlers.offices import BadOffices, Competent, Uncovered, federation_for, read, shipped
from schemas.models import Decision, Language, NaturalPerson, Reminder, ReviewTask, StatusReport
from service.store.loaded import Loaded
from service.world import World
from tests.handlers.building import context, foreign_job, opened, request
from tests.process import forms
from tests.process.place import Place

DAY = date(2026, 11, 24)
OWN = """
example = false
[default]
code = "HQ"
name = { fr = "Siège", nl = "Hoofdzetel", de = "Hauptsitz" }
email = "hq@onem.example"
telephone = "+32 2 000 00 99"
[[office]]
code = "LIE"
valid_from = 2026-01-01
valid_to = 2026-11-24
postal_codes = [[4000, 4099]]
name = { fr = "Liège", nl = "Luik", de = "Lüttich" }
email = "old@onem.example"
telephone = "+32 4 000 00 01"
[[office]]
code = "LIE"
valid_from = 2026-11-25
postal_codes = [[4000, 4099]]
name = { fr = "Liège", nl = "Luik", de = "Lüttich" }
email = "new@onem.example"
telephone = "+32 4 000 00 02"
"""


def person(postal_code: str) -> NaturalPerson:
    return request().person.model_copy(update={"residence_postal_code": postal_code})


def test_each_belgian_postal_code_has_its_office() -> None:
    found = [shipped().office_for(str(code), DAY, Language.FR) for code in range(1000, 10000)]
    assert {type(answer) for answer in found} == {Competent}
    assert set(Counter(answer.contact.code for answer in found)) == set(shipped().codes()) - {"000"}


@pytest.mark.parametrize(
    ("postal_code", "code"),
    [
        ("1000", "BRU"), ("1299", "BRU"), ("1300", "NIV"), ("1800", "VIL"), ("2000", "ANT"), ("2300", "TUR"),
        ("2800", "ANT"), ("3000", "LEU"), ("3500", "HAS"), ("4000", "LIE"), ("4700", "EUP"), ("4800", "VER"),
        ("5000", "NAM"), ("6000", "CHA"), ("6700", "ARL"), ("7000", "MON"), ("7500", "TOU"), ("8000", "BRG"),
        ("9000", "GNT"), ("9300", "AAL"), ("9900", "GNT"),
    ],
)  # fmt: skip
def test_the_office_is_that_of_the_main_residence(postal_code: str, code: str) -> None:
    assert shipped().office_for(postal_code, DAY, Language.FR).contact.code == code


def test_the_office_is_named_in_the_language_asked() -> None:
    names = [shipped().office_for("4000", DAY, language).contact.name for language in Language]
    assert names == ["RVA, kantoor Luik", "ONEM, bureau de Liège", "LfA, Büro Lüttich"]


def test_the_shipped_table_says_that_it_is_an_example() -> None:
    assert shipped().is_example
    emails = {shipped().office_for(str(code), DAY, Language.FR).contact.email for code in range(1000, 10000)}
    assert all(email.endswith(".example") for email in emails)


@pytest.mark.parametrize("postal_code", ["0999", "L-1234", "", "²000"])
def test_what_no_row_covers_goes_to_the_default_office_and_alerts(postal_code: str) -> None:
    answer = shipped().office_for(postal_code, DAY, Language.NL)
    assert isinstance(answer, Uncovered)
    assert (answer.contact.code, answer.contact.name) == ("000", "RVA, dienst artikel 60 § 7")
    assert "complete the table of offices" in answer.alert


def test_a_row_holds_on_its_days_only() -> None:
    own = read(OWN)
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 24), date(2026, 11, 25))
    emails = [own.office_for("4000", day, Language.FR).contact.email for day in days]
    assert emails == ["hq@onem.example", "old@onem.example", "old@onem.example", "new@onem.example"]
    assert emails == [own.contact_of("LIE", Language.FR, day).email for day in days]


def test_what_is_told_of_a_dossier_later_names_the_contact_of_that_day() -> None:
    place = Place(
        world=World(Loaded(), read(OWN.replace("2026-11-24", "2027-12-04").replace("2026-11-25", "2027-12-05")))
    )
    number = place.send(forms.new()).ticket
    report = place.send(forms.status(number)).answer("OCCP008").message
    assert isinstance(report, StatusReport)
    assert report.dossiers[0].office.email == "old@onem.example"
    reminders = [answer.message for outcome in place.wait(days=376) for answer in outcome.answers]
    assert [reminder.office.email for reminder in reminders if isinstance(reminder, Reminder)] == ["new@onem.example"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (OWN.replace("2026-11-25", "2026-11-24"), "LIE and LIE both claim postal code 4000"),
        (OWN.replace('code = "HQ"', ""), "code"),
        (OWN.replace('code = "HQ"', f'code = "{"Q" * 61}"'), "1 to 60 letters"),
        (OWN.replace('code = "HQ"', 'code = "head quarters"'), "without a blank"),
        (OWN.replace('de = "Lüttich"', ""), "de"),
        (OWN.replace("[[4000, 4099]]", "[4000]"), "cannot be read"),
        (OWN.replace("4099", "3999"), "postal codes from 4000 to 3999"),
        ("no toml", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused_with_a_sentence(wrong: str, says: str) -> None:
    with pytest.raises(BadOffices, match=says):
        read(wrong)


def test_the_decision_carries_the_contact_of_the_office() -> None:
    decision = handle(opened(request(person=person("9000"))), context()).answers[2].message
    assert isinstance(decision, Decision)
    assert (decision.office.code, decision.office.email) == ("GNT", "gnt.artikel60@onem.example")


def test_a_review_task_goes_to_the_office() -> None:
    outcome = handle(opened(request(person=person("7500"), history=(foreign_job(),))), context())
    answer = outcome.answers[2]
    assert isinstance(answer.message, ReviewTask)
    (task,) = outcome.tasks
    assert (answer.office, answer.message.office, task.office) == ("TOU", "TOU", "TOU")
    assert outcome.alerts == ()


@pytest.mark.parametrize("history", [(), (foreign_job(),)])
def test_a_dossier_that_no_office_covers_is_answered_and_alerts(history: tuple[object, ...]) -> None:
    outcome = handle(opened(request(person=person("5000"), history=history)), context(offices=read(OWN)))
    assert outcome.accepted
    assert len(outcome.alerts) == 1
    assert "no office answers for postal code 5000 on 2026-11-24: office HQ took it" in outcome.alerts[0]


@pytest.mark.parametrize(
    ("postal_code", "language", "address"),
    [
        ("1000", Language.NL, "spocRVA@brulocalis.brussels"),
        ("1000", Language.FR, "spocONEM@brulocalis.brussels"),
        ("1000", Language.DE, "spocONEM@brulocalis.brussels"),
        ("9000", Language.NL, "spocrva@vvsg.be"),
        ("1500", Language.FR, "spocrva@vvsg.be"),
        ("4000", Language.FR, "mca@uvcw.be"),
        ("4700", Language.DE, "mca@uvcw.be"),
        ("1300", Language.FR, "mca@uvcw.be"),
        ("0999", Language.FR, None),
    ],
)
def test_the_second_line_is_the_federation_of_the_region(
    postal_code: str, language: Language, address: str | None
) -> None:
    assert federation_for(postal_code, language) == address


def test_each_belgian_postal_code_has_a_second_line() -> None:
    assert all(federation_for(str(code), Language.FR) for code in range(1000, 10000))
