"""What kills a reader costs itself only: the one message goes to quarantine, the others of its batch are answered."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.channel.folder import FolderInlet
from service.guard import Guard
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


async def test_a_file_is_always_suspect_since_a_folder_cannot_tell(tmp_path: Path) -> None:
    place = tmp_path / "123456" / "IN"
    place.mkdir(parents=True)
    (place / name(1)).write_bytes(b"x")
    (place / ("GO" + name(1)[2:-2])).touch()
    [found] = await FolderInlet(tmp_path).receive(5, 0)
    assert found.is_suspect
