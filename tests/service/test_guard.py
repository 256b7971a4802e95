"""What kills a reader costs itself only: the one message goes to quarantine, the others of its batch are answered."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.channel.folder import FolderInlet
from service.guard import Guard, GuardFailed
from service.processed import CannotServe, StoreAway
from tests.service.building import OTHER_INSS, Store, body, delivery, kinds, name

READER = "tests.service.deadly:read"


@pytest.fixture
async def guard() -> AsyncIterator[Guard]:
    """Give a guard whose worker dies of some bodies, and waits two seconds for a message at most."""
    guard = Guard(reader=READER, seconds=2.0)
    yield guard
    await guard.close()


@pytest.mark.parametrize(
    ("deadly", "cause"),
    [
        (b"crash", "SIGSEGV"),
        (b"loop", "more than 2 seconds of a processor"),
        (b"eat", "out of memory"),
        (b"exit", "exit code 9"),
    ],
)
async def test_a_deadly_message_is_held_and_its_batch_answered(
    guard: Guard, sqlite_store: Store, deadly: bytes, cause: str
) -> None:
    """The second of three kills the worker; a new one reads the third."""
    batch = [delivery(1), delivery(2, deadly), delivery(3, body(3, OTHER_INSS))]
    intake = sqlite_store.intake(guard=guard)
    processed = await intake.process([replace(one, is_suspect=True) for one in batch])
    assert kinds(processed.outgoing) == ["ACRF001", "NOTI001"] * 2
    assert [reason for _, reason in processed.held] == [f"reading it killed a process: {cause}"]
    again = await intake.process([replace(delivery(4, body(4)), file_name=name(4), is_suspect=True)])
    assert len(again.outgoing) == 2


async def test_every_deadly_message_of_a_batch_is_found(guard: Guard) -> None:
    bodies = [b"exit", b"crash", b"<good/>", b"exit"]
    suspects = [replace(delivery(number, one), is_suspect=True) for number, one in enumerate(bodies)]
    assert sorted(await guard.deadly(suspects)) == [0, 1, 3]


async def test_what_comes_for_the_first_time_needs_no_worker(guard: Guard) -> None:
    assert await guard.deadly([delivery(1), delivery(2, b"crash")]) == {}
    assert guard._worker is None


@pytest.mark.parametrize("reader", ["tests.service.missing:read", "tests.service.deadly:crash"])
async def test_a_worker_that_reads_nothing_at_all_blames_no_message(sqlite_store: Store, reader: str) -> None:
    """It cannot start, or dies of whatever it reads: nothing is held, nothing is said about the database."""
    guard = Guard(reader=reader)
    with pytest.raises(CannotServe) as raised:
        await sqlite_store.intake(guard=guard).process([replace(delivery(1), is_suspect=True)])
    assert not isinstance(raised.value, StoreAway)
    assert await sqlite_store.count("quarantine", "inbox") == {"quarantine": 0, "inbox": 0}


async def test_a_worker_that_cannot_be_made_blames_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Guard(reader=READER)
    monkeypatch.setattr(guard, "_command", ("/nowhere/python",))
    with pytest.raises(GuardFailed, match="FileNotFoundError"):
        await guard.deadly([replace(delivery(1), is_suspect=True)])


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_ended_while_it_has_nothing_to_read_blames_no_message(
    guard: Guard, sent: signal.Signals
) -> None:
    suspect = [replace(delivery(1), is_suspect=True)]
    assert await guard.deadly(suspect) == {}
    worker = guard._worker
    assert worker is not None
    os.kill(worker.pid, sent)
    assert await guard.deadly(suspect) == {}


async def test_what_is_sent_to_all_processes_of_a_session_does_not_reach_the_worker(guard: Guard) -> None:
    """Ctrl-C and a terminal that closes: the service drains, and its worker reads on until then."""
    await guard.deadly([replace(delivery(1), is_suspect=True)])
    assert guard._worker is not None
    assert os.getsid(guard._worker.pid) != os.getsid(0)


async def test_a_death_that_reading_does_not_cause_is_not_blamed_on_the_message_in_hand(
    guard: Guard, tmp_path: Path
) -> None:
    """The kernel or an operator killed the worker; a new one reads the message and lives."""
    killed = f"once {tmp_path / 'killed'}".encode()
    suspects = [replace(delivery(number, one), is_suspect=True) for number, one in enumerate([b"<x/>", killed])]
    assert await guard.deadly(suspects) == {}
    assert (tmp_path / "killed").exists()


async def test_an_error_in_a_reader_is_no_death(guard: Guard) -> None:
    """The service meets the same error itself, and takes its batch apart."""
    assert await guard.deadly([replace(delivery(1, b"raise"), is_suspect=True)]) == {}


async def test_a_worker_that_never_answers_is_replaced(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.guard._GRACE_S", 6.0)
    suspect = [replace(delivery(1), is_suspect=True)]
    await guard.deadly(suspect)
    assert guard._worker is not None
    os.kill(guard._worker.pid, signal.SIGSTOP)
    assert await asyncio.wait_for(guard.deadly(suspect), 60) == {}


async def test_a_file_is_always_suspect_since_a_folder_cannot_tell(tmp_path: Path) -> None:
    place = tmp_path / "123456" / "IN"
    place.mkdir(parents=True)
    (place / name(1)).write_bytes(b"x")
    (place / ("GO" + name(1)[2:-2])).touch()
    [found] = await FolderInlet(tmp_path).receive(5, 0)
    assert found.is_suspect
