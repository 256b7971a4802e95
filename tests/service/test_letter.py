"""The access letter: what it tells in each language, and its first message, which the real pipeline must accept."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from handlers import dispatch
from handlers.dossier import Mandate, PartyKind, Sender
from handlers.offices import shipped
from handlers.outcome import Outcome
from handlers.promises import brussels_date
from schemas.identifiers import niss_is_valid
from schemas.models import Decision, Language
from schemas.parser import Readable, open_message
from service.answers import read
from service.clock import Clock
from service.letter.first_message import first_message
from service.letter.gather import fields, gather
from service.letter.write import Access, Tongue, write
from service.store import parties
from service.store.access import Change
from service.store.parties import Party
from tests.handlers.building import context, envelope
from tests.service.building import COMPANY, Store, delivery

TODAY = date(2026, 11, 24)
VENDOR = Sender("567890", "Logiciel social", PartyKind.VENDOR, 2)
MANDATES = (
    Mandate(COMPANY, date(2026, 1, 1), date(2027, 6, 30), frozenset({"OCCP001", "OCCP008"})),
    Mandate("0207654333", date(2026, 1, 1), date(2026, 11, 23)),
)
BROKER = "amqps://567890:hush-hush@broker.example/occp-t"
GOLDEN = Path(__file__).parent / "golden"


def access(environment: str = "T", url: str | None = BROKER, tongue: Tongue = "fr", **changes: object) -> Access:
    given = {"sender": VENDOR, "mandates": MANDATES, **changes}
    return gather(Party(**given), environment, shipped(), TODAY, tongue, url)  # type: ignore[arg-type]


def taken_out(letter: str) -> tuple[str, bytes]:
    """Take file name and message out of a letter as its reader does: the name is alone on its line."""
    (name,) = [line.strip() for line in letter.splitlines() if line.strip().startswith("FI.") and "<" not in line]
    _, _, rest = letter.partition("----- 8< -----\n")
    return name, rest.partition("----- >8 -----")[0].encode()


@pytest.mark.parametrize("tongue", ["fr", "nl", "de", "en"])
def test_the_letter_tells_all_that_must_be_set_up(tongue: Tongue) -> None:
    letter = write(access(tongue=tongue), tongue)
    told = (
        "567890", "broker.example:5671", "occp-t", "hush-hush", "cpas.567890.out", "occp.in",
        "OCCP001.<status>.567890\n", "OCCP008.<status>.567890\n",
        "FI.OCCP.567890.<yyyymmdd>.<sequence>.T.1.1", "20264", COMPANY, "2026-01-01", "2027-06-30", "OCCP001 OCCP008",
        "article60@onem.example", "FI.OCCP.567890.20261124.00001.T.1.1",
    )  # fmt: skip
    assert [fact for fact in told if fact not in letter] == []
    assert "0207654333" not in letter, "a mandate that is over"
    page = letter.partition("----- 8< -----")[0].splitlines()
    assert (len(page) <= 60, max(map(len, page)) <= 100) == (True, True)


@pytest.mark.parametrize("tongue", ["fr", "nl", "de", "en"])
def test_the_letter_reads_as_reviewed(tongue: Tongue) -> None:
    assert write(access(tongue=tongue), tongue) == (GOLDEN / f"letter.{tongue}.txt").read_text("utf-8")


def test_the_same_as_fields() -> None:
    told = fields(access())
    assert (told["host"], told["password"], told["queue"]) == ("broker.example:5671", "hush-hush", "cpas.567890.out")
    assert told["first"]["file_name"] == "FI.OCCP.567890.20261124.00001.T.1.1"
    assert told["first"]["expected"] == ("ACRF 1", "NOTIFICATION 1", "OCCP003")


def test_there_is_nothing_to_try_in_earnest_nor_without_a_mandate_for_it() -> None:
    assert access("R").first is None
    assert access(mandates=MANDATES[1:]).first is None
    assert access(mandates=(Mandate(COMPANY, TODAY, None, frozenset({"OCCP008"})),)).first is None
    with pytest.raises(ValueError, match="real environment"):
        first_message("567890", COMPANY, Language.FR, TODAY, "R")


def test_a_federation_is_told_its_own_form() -> None:
    letter = write(access(sender=Sender("345678", "UVCW", PartyKind.FEDERATION, 2), mandates=()), "fr")
    assert "Vous pouvez envoyer : OCCP007" in letter
    assert "CPAS 0" not in letter


def test_a_letter_without_a_new_password_does_not_promise_one() -> None:
    assert "comme avant" in write(access(url="amqps://567890@broker.example/occp-t"), "fr")


@pytest.mark.parametrize("language", list(Language))
def test_the_first_message_is_accepted_and_decided_whatever_the_day(language: Language) -> None:
    for day in (TODAY + timedelta(days=step) for step in range(0, 800, 37)):
        first = first_message("567890", COMPANY, language, day, "T")
        opened = open_message(first.body.encode(), schema_version=first.schema_version)
        assert isinstance(opened, Readable)
        assert opened.anomalies == ()
        moment = envelope().received_at + (day - TODAY)
        outcome: Outcome = dispatch.handle(opened, context(envelope=envelope(moment)))
        assert isinstance(outcome.answers[-1].message, Decision), day
        assert outcome.anomalies == ()


def test_the_persons_of_the_first_messages_exist_nowhere_and_differ() -> None:
    persons = set()
    for sender in ("123456", "123457", "999999"):
        body = first_message(sender, COMPANY, Language.NL, TODAY, "S").body
        inss = body.partition("<INSS>")[2][:11]
        assert niss_is_valid(inss)
        assert int(inss[6:9]) >= 900, "more births than any day has had"
        persons.add(inss)
    assert len(persons) == 3


async def test_the_first_message_out_of_the_letter_gets_its_three_answers(store: Store) -> None:
    """Through the real pipeline, today, as the letter says; a second time it gets the same answers."""
    async with store.engine.begin() as connection:
        now = await Clock().now(connection)
        change = Change("operator test", now)
        await parties.add(connection, VENDOR, change)
        await parties.give_mandates(connection, VENDOR.number, [Mandate(COMPANY, date(2026, 1, 1))], change)
        party = (await parties.load(connection, [VENDOR.number]))[VENDOR.number]
    told = gather(party, "S", shipped(), brussels_date(now), "fr", BROKER)
    name, body = taken_out(write(told, "fr"))
    sent = delivery(content=body, sender=VENDOR.number, file_name=name)
    processed = await store.intake(handle=dispatch.handle).process([sent])
    assert told.first is not None
    assert tuple(read(answer.body).name for answer in processed.outgoing) == told.first.expected
    again = await store.intake(handle=dispatch.handle).process([sent])
    assert [answer.body for answer in again.outgoing] == [answer.body for answer in processed.outgoing]
