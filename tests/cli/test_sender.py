"""`sender`: mandates from when to when and for which forms, suspension with its reason, and who changed what."""

import signal
from datetime import date, timedelta

import pytest

from schemas import examples
from tests.cli.shell import Shell

NUMBER = examples.SENDER_FR
CPAS = examples.CPAS_FR
OTHER = examples.CPAS_NL


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """Give an installation with one vendor that one CPAS mandates."""
    assert shell("migrate").returncode == 0
    assert shell("sender", "add", NUMBER, "--name", "A vendor", "--mandate", CPAS, "--by", "anna").returncode == 0
    return shell


def mandates(shell: Shell) -> list[tuple[str, str | None, list[str] | None]]:
    return [(line["company_id"], line["valid_to"], line["forms"]) for line in shell.lines("sender", "mandate", NUMBER)]


def test_a_mandate_is_given_for_some_forms_and_days(ready: Shell) -> None:
    terms = ("--form", "OCCP001", "--form", "OCCP008", "--from", "2027-01-01", "--until", "2027-12-31")
    (line,) = ready.lines("sender", "mandate", NUMBER, OTHER, *terms)
    assert line == {
        "number": NUMBER,
        "company_id": OTHER,
        "valid_from": "2027-01-01",
        "valid_to": "2027-12-31",
        "forms": ["OCCP001", "OCCP008"],
    }
    assert mandates(ready) == [(OTHER, "2027-12-31", ["OCCP001", "OCCP008"]), (CPAS, None, None)]
    listed = ready("sender", "list").stdout
    assert f"{CPAS} from" in " ".join(listed.split())
    assert OTHER in ready("sender", "mandate", NUMBER).stdout


def test_until_alone_ends_what_stands_and_the_past_stays_as_it_was(ready: Shell) -> None:
    last = date.today() + timedelta(days=30)  # noqa: DTZ011 - far from today, whatever the zone
    assert ready("sender", "mandate", NUMBER, CPAS, "--until", str(last)).returncode == 0
    assert ready("sender", "mandate", NUMBER, CPAS, "--until", str(last)).returncode == 0
    assert mandates(ready) == [(CPAS, str(last), None)]
    refused = ready("sender", "mandate", NUMBER, CPAS, "--until", "2026-01-01")
    assert refused.returncode == 1
    assert "The earliest is" in refused.stderr
    assert mandates(ready) == [(CPAS, str(last), None)]


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        ((NUMBER, "0212345669"), 2, "0212345669 is no enterprise number"),
        ((NUMBER, CPAS, "--form", "OCCP007"), 2, "a mandate covers OCCP001, OCCP002, OCCP006, OCCP008"),
        ((NUMBER, CPAS, "--from", "2028-01-02", "--until", "2028-01-01"), 2, "before the mandate's first day"),
        (("999999", CPAS), 1, "cpas-onem sender list"),
        (("000001", CPAS), 1, "only a vendor speaks for a CPAS"),
    ],
)
def test_a_mandate_that_cannot_be_is_refused_with_what_to_do(
    ready: Shell, wrong: tuple[str, ...], code: int, says: str
) -> None:
    done = ready("sender", "mandate", *wrong)
    assert done.returncode == code
    assert says in done.stderr
    assert mandates(ready) == [(CPAS, None, None)]


def test_a_federation_has_its_own_form_and_no_mandate(ready: Shell) -> None:
    assert ready("sender", "add", "345678", "--name", "UVCW", "--kind", "federation").returncode == 0
    senders = {line["number"]: line for line in ready.lines("sender", "list")}
    assert (senders["345678"]["kind"], senders["345678"]["forms"]) == ("federation", ["OCCP007"])
    assert senders[NUMBER]["forms"] == ["OCCP001", "OCCP002", "OCCP006", "OCCP008"]
    refused = ready("sender", "add", "345678", "--name", "UVCW", "--kind", "federation", "--mandate", CPAS)
    assert refused.returncode == 2
    assert "needs no mandate" in refused.stderr


def test_what_a_suspended_sender_sends_is_refused_until_it_is_let_in_again(ready: Shell) -> None:
    (done,) = ready.lines("sender", "suspend", NUMBER, "--reason", "contract ended")
    assert done == {"number": NUMBER, "active": False, "changed": True, "commands": []}
    (again,) = ready.lines("sender", "suspend", NUMBER, "--reason", "once more")
    assert again["changed"] is False
    (line,) = [line for line in ready.lines("sender", "list") if line["number"] == NUMBER]
    assert (line["active"], line["suspension_reason"]) == (False, "contract ended")
    listed = ready("sender", "list").stdout
    assert "suspended:" in listed
    assert "contract ended" in listed
    added = ready("sender", "add", NUMBER, "--name", "A vendor")
    assert added.returncode == 1
    assert "sender resume" in added.stderr
    service = ready.start()
    try:
        (refused,) = ready.lines("send", examples.path("request-first"), "--sender", NUMBER, code=1)
        assert (refused["identification"], refused["error_ids"]) == ("ACRF001", ["ACRF-103"])
        assert ready("sender", "resume", NUMBER, "--reason", "new contract").returncode == 0
        answered = ready.lines("send", examples.path("request-past-jobs"), "--sender", NUMBER)
    finally:
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=60)
    assert [line["identification"] for line in answered][:2] == ["ACRF001", "NOTI001"]


def test_a_reason_is_compulsory_and_onem_stays(ready: Shell) -> None:
    assert ready("sender", "suspend", NUMBER).returncode == 2
    assert ready("sender", "suspend", NUMBER, "--reason", " ").returncode == 2
    onem = ready("sender", "suspend", "000001", "--reason", "x")
    assert onem.returncode == 1
    assert "ONEM itself" in onem.stderr
    assert ready("sender", "suspend", "999999", "--reason", "x").returncode == 1


def test_the_log_tells_who_let_whom_speak(ready: Shell) -> None:
    assert ready("sender", "suspend", NUMBER, "--reason", "audit", "--by", "bart").returncode == 0
    lines = ready.lines("sender", "log", NUMBER)
    assert [(line["kind"], line["actor"]) for line in lines] == [
        ("added", "operator anna"),
        ("mandated", "operator anna"),
        ("suspended", "operator bart"),
    ]
    assert lines[1]["detail"]["cpas"] == CPAS
    assert lines[2]["detail"] == {"reason": "audit"}
    assert "reason=audit" in ready("sender", "log", NUMBER).stdout
    assert ready("sender", "log", "999999").returncode == 1


def test_the_letter_goes_to_the_screen_or_to_a_file_of_its_own(ready: Shell) -> None:
    shown = ready("sender", "add", "234567", "--name", "Leverancier", "--language", "nl", "--mandate", OTHER)
    assert shown.returncode == 0
    assert shown.stdout.startswith("ONEM - RVA - LfA")
    assert "TOEGANGSBRIEF voor Leverancier" in shown.stdout
    again = ("sender", "add", "234567", "--name", "Leverancier", "--language", "nl", "--letter", "letter.txt")
    (line,) = ready.lines(*again, "--letter-language", "en")
    file = ready.directory / "letter.txt"
    assert "ACCESS LETTER for Leverancier" in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0
    assert line["letter"]["forms"] == ["OCCP001", "OCCP002", "OCCP006", "OCCP008"]
    assert line["letter"]["mandates"][0]["company_id"] == OTHER
    assert line["letter"]["first"]["expected"] == ["ACRF 1", "NOTIFICATION 1", "OCCP003"]
    assert ready(*again, "--letter-language", "it").returncode == 2
