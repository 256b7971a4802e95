"""`send` with every kind of form: each exchange ends by itself, long before the time given to it."""

import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import encode
from service.client import Answer, Sent, Verdict, patience, verdict
from tests.cli.shell import Shell
from tests.process import forms


def answer(identification: str, result: str = "") -> Answer:
    return Answer(identification, "FO", f"<X><ResultCode>{result}</ResultCode></X>".encode())


ACRF, NOTI, REFUSED = answer("ACRF001", "1"), answer("NOTI001", "1"), answer("NOTI001", "0")


@pytest.mark.parametrize(
    ("form", "status", "last"),
    [
        ("OCCP001", "0", "OCCP003"),
        ("OCCP001", "4", "OCCP003"),
        ("OCCP002", "0", "OCCP003"),
        ("OCCP008", "0", "OCCP008"),
        ("OCCP006", "0", "NOTI001"),
        ("OCCP007", "0", "NOTI001"),
        ("OCCP102", "0", "NOTI001"),
    ],
)
def test_an_exchange_ends_with_its_last_answer(form: str, status: str, last: str) -> None:
    sent = Sent("123456", "FI", "id", form, status)
    assert not ACRF.ends(sent)
    assert NOTI.ends(sent) is (last == "NOTI001")
    assert answer(last, "1").ends(sent)
    assert REFUSED.ends(sent)
    assert patience(sent, [ACRF, NOTI], 30) == 30


def test_a_cancellation_is_soon_over_where_no_decision_is_withdrawn() -> None:
    sent = Sent("123456", "FI", "id", "OCCP001", "3")
    assert patience(sent, [ACRF], 30) == 30
    assert patience(sent, [ACRF, NOTI], 30) == 2
    assert patience(sent, [ACRF, NOTI], 1) == 1
    assert answer("OCCP003").ends(sent)


def test_what_was_only_received_is_not_answered() -> None:
    assert verdict([]) is Verdict.SILENT
    assert verdict([ACRF]) is Verdict.HELD
    assert verdict([ACRF, NOTI]) is Verdict.ANSWERED
    assert verdict([ACRF, REFUSED]) is Verdict.REJECTED


@pytest.fixture
def served(after_demo: Shell) -> Iterator[Shell]:
    """Give the shell with the service running beside, and a vendor that may speak whatever today's date."""
    mandate = ("sender", "mandate", "123456", forms.CPAS, "--from", "2023-10-02")
    assert after_demo(*mandate).returncode == 0
    service: subprocess.Popen[bytes] = after_demo.start()
    yield after_demo
    service.send_signal(signal.SIGTERM)
    service.communicate(timeout=30)


def file(shell: Shell, message: Any) -> Path:
    """Write a form of today to a file."""
    head = message.header.model_copy(update={"created": datetime.now(UTC)})
    path = shell.directory / f"{head.identification}-{head.status}-{head.type_form}.xml"
    path.write_bytes(encode(message.model_copy(update={"header": head})))
    return path


def test_every_form_of_a_vendor_is_sent_and_its_exchange_ends(served: Shell) -> None:
    """The demonstration's first dossier is decided, for the person and the centre of these forms."""
    tickets = {line["dossier"] for line in served.lines("deadlines", "--within", "520w") if "dossier" in line}
    dossiers = [line for ticket in sorted(tickets) for line in served.lines("dossier", ticket)]
    first = [line for line in dossiers if ".123456." in line["messages"][0]["file_name"]]
    number = next(line["ticket"] for line in first if line["messages"][0]["file_name"].endswith("00001.S.1.1"))
    (status, *_rest) = sent(served, forms.status(number), "OCCP008")
    assert status["says"] == f"{number} CALCULATED"
    assert [line["identification"] for line in sent(served, forms.contact(number), "NOTI001")] == ["ACRF001", "NOTI001"]
    sent(served, forms.modification(number), "OCCP003")
    (dossier,) = served.lines("dossier", number)
    (withdrawal, *_rest) = sent(served, forms.cancellation(dossier["last_form"]), "OCCP003")
    assert withdrawal["says"] == "La demande a été annulée par le CPAS."
    refused = served("send", str(file(served, forms.modification(number))), "--sender", "123456", "--wait", "60")
    assert refused.returncode == 1


def sent(shell: Shell, message: Any, last: str) -> list[dict[str, Any]]:
    """Send it; gives the answers, that of identification `last` first."""
    found = shell.lines("send", str(file(shell, message)), "--sender", "123456", "--wait", "60")
    assert last in [line["identification"] for line in found]
    return sorted(found, key=lambda line: bool(line["identification"] != last)) if last != "NOTI001" else found
