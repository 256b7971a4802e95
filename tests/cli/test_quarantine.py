"""`quarantine`: what an operator sees and does; never a message's content, always a who and a why."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from schemas import examples
from service.clock import Clock
from service.intake import Intake
from service.store.engine import connect
from service.vault import load_or_make
from tests.cli.shell import Shell
from tests.service.building import delivery, name

STRANGER = "777777"
WHY = ("--reason", "Looked at with the vendor.", "--agent", "A1234")


@pytest.fixture
def shell(after_demo: Shell) -> Shell:
    """Give a shell where two messages from an unknown sender are held."""

    async def put_aside() -> None:
        engine = connect(after_demo.settings["CPAS_ONEM_DATABASE_URL"])
        vault = load_or_make(Path(after_demo.settings["CPAS_ONEM_SECRET_KEY_FILE"]), "S")
        intake = Intake(engine, vault, Clock(), "S")
        good = examples.path("request-first").read_bytes()
        await intake.process([delivery(1, good, STRANGER, file_name=name(1, STRANGER)), delivery(2, b"%PDF", STRANGER)])
        await engine.dispose()

    asyncio.run(put_aside())
    return after_demo


def test_the_list_and_one_message_without_its_content(shell: Shell) -> None:
    first, second = shell.lines("quarantine", "list")
    assert (first["number"], first["state"], first["sender"], first["attempts"]) == (1, "held", STRANGER, 1)
    assert first["reason"] == second["reason"] == "the sender cannot be identified"
    good = examples.path("request-first").read_bytes()
    assert (first["bytes"], first["sha256"]) == (len(good), hashlib.sha256(good).hexdigest())
    (found,) = shell.lines("quarantine", "show", "1")
    assert (found["reads_as"], found["events"]) == ("readable", [])
    (unread,) = shell.lines("quarantine", "show", "2")
    assert (unread["reads_as"], [line["error_id"] for line in unread["anomalies"]]) == ("unreadable", ["ACRF-102"])
    told = shell("quarantine", "list").stdout + shell("quarantine", "show", "1").stdout + json.dumps(found, default=str)
    assert "the sender cannot be identified" in told
    for personal in personal_in(good):
        assert personal not in told
    assert shell("quarantine", "show", "9").returncode == 1


def personal_in(message: bytes) -> list[str]:
    """Give the national number, the birth date and the reference that a request holds."""
    from lxml import etree

    root = etree.fromstring(message)
    tags = ("INSS", "WorkerBirthdate", "ReferenceNbr", "ContactName")
    found = [element.text for element in root.iter() if etree.QName(element).localname in tags]
    assert len(found) >= 3
    return [value for value in found if value]


def test_bytes_are_written_only_with_a_reason_and_it_is_kept_who_asked(shell: Shell) -> None:
    file = shell.directory / "raw.xml"
    assert shell("quarantine", "show", "1", "--raw", file).returncode == 2
    assert not file.exists()
    (found,) = shell.lines("quarantine", "show", "1", "--raw", file, *WHY)
    assert file.read_bytes() == examples.path("request-first").read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    (event,) = found["events"]
    assert (event["actor"], event["action"], event["reason"]) == ("A1234", "written", WHY[1])


@pytest.mark.parametrize("is_link", [False, True])
def test_bytes_are_written_to_a_new_file_or_not_read_at_all(shell: Shell, is_link: bool) -> None:
    """Seen to fail with a file that was opened for writing: it kept its mode, and a link led elsewhere."""
    file, there = shell.directory / "raw.xml", shell.directory / "there.xml"
    there.write_text("mine")
    file.symlink_to(there) if is_link else there.rename(file)
    done = shell("quarantine", "show", "1", "--raw", file, *WHY)
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert file.read_text() == "mine"
    (found,) = shell.lines("quarantine", "show", "1")
    assert found["events"] == []


def test_what_is_not_found_leaves_no_file(shell: Shell) -> None:
    file = shell.directory / "raw.xml"
    assert shell("quarantine", "show", "9", "--raw", file, *WHY).returncode == 1
    assert not file.exists()


def test_a_replay_is_rehearsed_then_done_and_answered(shell: Shell) -> None:
    (would,) = shell.lines("quarantine", "replay", "1", "--dry-run", code=1)
    assert (would["outcome"], would["dry_run"]) == ("held", True)
    mandate = ("--name", "Late", "--mandate", examples.CPAS_FR)
    assert shell("sender", "add", STRANGER, *mandate).returncode == 0
    (would,) = shell.lines("quarantine", "replay", "1", "--dry-run")
    assert would["outcome"] == "handled"
    assert [line["state"] for line in shell.lines("quarantine", "list")] == ["held", "held"]
    assert shell("quarantine", "replay", "1").returncode == 2
    (done,) = shell.lines("quarantine", "replay", "1", *WHY)
    assert (done["outcome"], done["answers"]) == ("handled", would["answers"])
    assert len(list((shell.directory / "kept/channel" / STRANGER / "OUT").glob("FO.*"))) == len(done["answers"])
    assert [line["number"] for line in shell.lines("quarantine", "list")] == [2]
    assert shell("quarantine", "replay", "1", *WHY).returncode == 1
    assert "replayed" in shell("quarantine", "show", "1").stdout


def test_a_discarded_message_leaves_the_list(shell: Shell) -> None:
    assert shell("quarantine", "discard", "2").returncode == 2
    assert shell.lines("quarantine", "discard", "2", *WHY) == [{"number": 2, "state": "discarded"}]
    assert [line["number"] for line in shell.lines("quarantine", "list")] == [1]
    assert [line["state"] for line in shell.lines("quarantine", "list", "--all")] == ["held", "discarded"]
    assert shell("quarantine", "discard", "2", *WHY).returncode == 1
