"""The folder channel: what is read, what is left alone, what is written, and that no sender starves another."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.channel import Confirmed, Delivery, Outgoing, Refused
from service.channel.folder import FolderInlet, FolderOutlet

SENDER = "123456"
OTHER = "234567"


def name(sequence: int, sender: str = SENDER) -> str:
    return f"FI.OCCP.{sender}.20261123.{sequence}.S.1.1"


def put(root: Path, file_name: str, body: bytes = b"<x/>", *, sender: str = SENDER, go: bool = True) -> Path:
    place = root / sender / "IN"
    place.mkdir(parents=True, exist_ok=True)
    (place / file_name).write_bytes(body)
    if go:
        (place / ("GO" + file_name[2:-2])).touch()
    return place / file_name


async def receive(inlet: FolderInlet, limit: int = 64) -> Sequence[Delivery]:
    async with asyncio.timeout(10):
        return await inlet.receive(limit, 5)


async def nothing(inlet: FolderInlet) -> bool:
    """Tell whether a look finds nothing: `receive` still waits after several looks."""
    pending = asyncio.create_task(inlet.receive(64, 5))
    done, _ = await asyncio.wait([pending], timeout=0.1)
    pending.cancel()
    return not done


@pytest.fixture
def inlet(tmp_path: Path) -> FolderInlet:
    return FolderInlet(tmp_path, poll_seconds=0.01)


def outgoing(number: int, recipient: str = SENDER, **changes: str) -> Outgoing:
    file_name = changes.get("file_name", f"FO.ACRF.{recipient}.20261123.{number}.S.1.1")
    return Outgoing(
        id=number,
        recipient=recipient,
        identification="ACRF001",
        file_name=file_name,
        message_id=f"id-{number}",
        correlation_id=None,
        body=b"<ACRF/>",
        headers={},
        created_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    )


async def test_a_complete_file_is_delivered_as_its_folders_sender(tmp_path: Path, inlet: FolderInlet) -> None:
    put(tmp_path, name(1), b"<body/>")
    (delivery,) = await receive(inlet)
    assert (delivery.sender, delivery.file_name, delivery.body) == (SENDER, name(1), b"<body/>")
    assert delivery.schema_version is None
    assert delivery.source == f"{SENDER}/IN/{name(1)}"


async def test_a_file_that_names_another_sender_still_comes_from_its_folder(tmp_path: Path, inlet: FolderInlet) -> None:
    put(tmp_path, name(1, OTHER))
    (delivery,) = await receive(inlet)
    assert (delivery.sender, delivery.file_name) == (SENDER, name(1, OTHER))


async def test_a_file_is_delivered_once_and_deleted_with_its_go_when_acknowledged(
    tmp_path: Path, inlet: FolderInlet
) -> None:
    path = put(tmp_path, name(1))
    deliveries = await receive(inlet)
    assert await nothing(inlet)
    assert path.exists()
    await inlet.acknowledge(deliveries)
    assert list(path.parent.iterdir()) == []


async def test_what_was_not_acknowledged_comes_again_to_the_next_inlet(tmp_path: Path, inlet: FolderInlet) -> None:
    put(tmp_path, name(1))
    await receive(inlet)
    await inlet.close()
    (again,) = await receive(FolderInlet(tmp_path))
    assert again.file_name == name(1)


@pytest.mark.parametrize(
    "stray",
    ["readme.txt", "FI.OCCP.123456.20261123.1.S.1.1.tmp", ".FI.OCCP.123456.20261123.1.S.1.1", "FS.x.1.1", "FI.a b.1.1"],
)
async def test_strays_are_left_alone(tmp_path: Path, inlet: FolderInlet, stray: str) -> None:
    path = put(tmp_path, stray)
    waiting = put(tmp_path, name(7), go=False)
    assert await nothing(inlet)
    assert path.exists()
    assert waiting.exists()


async def test_no_sender_starves_another(tmp_path: Path, inlet: FolderInlet) -> None:
    for sequence in range(10):
        put(tmp_path, name(sequence))
    put(tmp_path, name(1, OTHER), sender=OTHER)
    put(tmp_path, name(1, "345678"), sender="345678")
    first = await receive(inlet, limit=3)
    assert sorted({d.sender for d in first if d.sender}) == [SENDER, OTHER, "345678"]
    second = await receive(inlet, limit=4)
    assert [d.sender for d in second] == [SENDER] * 4


async def test_with_more_senders_than_places_each_has_its_turn(tmp_path: Path, inlet: FolderInlet) -> None:
    senders = [SENDER, OTHER, "345678"]
    for sender in senders:
        for sequence in (1, 2):
            put(tmp_path, name(sequence, sender), sender=sender)
    turns = [(await receive(inlet, limit=1))[0].sender for _ in range(6)]
    assert turns == senders * 2


async def test_a_pending_receive_returns_nothing_when_stopped(tmp_path: Path, inlet: FolderInlet) -> None:
    await inlet.start()
    pending = asyncio.create_task(inlet.receive(64, 5))
    await inlet.stop_receiving()
    assert await asyncio.wait_for(pending, 10) == ()
    put(tmp_path, name(1))
    assert await receive(inlet) == ()


async def test_an_answer_is_written_whole_and_then_shown(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path)
    assert await outlet.publish([outgoing(1), outgoing(2, OTHER)]) == [Confirmed(1), Confirmed(2)]
    place = tmp_path / SENDER / "OUT"
    assert sorted(p.name for p in place.iterdir()) == [
        "FO.ACRF.123456.20261123.1.S.1.1",
        "GO.ACRF.123456.20261123.1.S.1",
    ]
    assert (place / "FO.ACRF.123456.20261123.1.S.1.1").read_bytes() == b"<ACRF/>"
    assert (place / "GO.ACRF.123456.20261123.1.S.1").read_bytes() == b""
    assert (tmp_path / OTHER / "OUT" / "GO.ACRF.234567.20261123.2.S.1").exists()


async def test_an_answer_that_cannot_be_written_is_refused_and_holds_up_nobody(tmp_path: Path) -> None:
    (tmp_path / SENDER).write_bytes(b"a file where the folder should be")
    results = await FolderOutlet(tmp_path).publish([outgoing(1), outgoing(2, OTHER)])
    assert isinstance(results[0], Refused)
    assert results[1] == Confirmed(2)


@pytest.mark.parametrize("file_name", ["../../escape", "FO.ACRF.123456/x.1.1", "report.xml"])
async def test_only_names_of_the_channel_are_written(tmp_path: Path, file_name: str) -> None:
    (result,) = await FolderOutlet(tmp_path).publish([outgoing(1, file_name=file_name)])
    assert isinstance(result, Refused)
    assert await asyncio.to_thread(lambda: [p for p in tmp_path.rglob("*") if p.is_file()]) == []


async def test_a_recipient_that_is_no_sender_number_is_refused(tmp_path: Path) -> None:
    (result,) = await FolderOutlet(tmp_path / "root").publish([outgoing(1, recipient="../..")])
    assert isinstance(result, Refused)


async def test_what_is_no_plain_file_or_no_senders_folder_is_left_alone(tmp_path: Path, inlet: FolderInlet) -> None:
    put(tmp_path, name(1), sender="12345")
    put(tmp_path, name(1), sender="archive")
    secret = tmp_path / "secret"
    secret.write_bytes(b"not for senders")
    link = put(tmp_path, name(1))
    link.unlink()
    link.symlink_to(secret)
    directory = put(tmp_path, name(2))
    directory.unlink()
    directory.mkdir()
    assert await nothing(inlet)
    put(tmp_path, name(3))
    (good,) = await receive(inlet)
    assert good.file_name == name(3)
