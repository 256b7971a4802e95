"""Hazards of a shared machine and of strangers' files: each stops at the one message it concerns."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from handlers.context import Context
from handlers.outcome import Outcome
from schemas.catalogue import MessageType, schema_path
from schemas.models import Reference
from schemas.parser import Opened
from service.channel.folder import FolderInlet
from service.clock import Clock
from service.intake import Intake
from service.processed import StoreAway
from tests.handlers.building import header
from tests.service.building import INSS, OTHER, OTHER_INSS, SENDER, Store, body, decide, delivery, kinds, name


async def test_a_value_the_driver_refuses_is_that_messages_fault(store: Store) -> None:
    """Asyncpg's client-side DataError is SQLAlchemy's InterfaceError/DBAPIError: must not become StoreAway for ever."""

    def huge(opened: Opened, context: Context) -> Outcome:
        outcome = decide(opened, context)
        assert outcome.decision
        return replace(outcome, decision=replace(outcome.decision, remaining_days=2**70))

    assert (await store.intake(handle=huge).process([delivery()])).quarantined == 1


async def test_a_lone_surrogate_is_that_messages_fault(store: Store) -> None:
    def odd(opened: Opened, context: Context) -> Outcome:
        outcome = decide(opened, context)
        assert outcome.decision
        return replace(outcome, decision=replace(outcome.decision, route="\udce9"))

    assert (await store.intake(handle=odd).process([delivery()])).quarantined == 1


async def test_a_statement_timeout_while_waiting_blames_no_message(postgresql_url: str) -> None:
    from tests.service.building import opened_store

    async with opened_store(postgresql_url) as store:
        hasty = create_async_engine(postgresql_url, connect_args={"server_settings": {"statement_timeout": "300"}})
        try:
            async with store.engine.connect() as other:
                await other.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
                with pytest.raises(StoreAway):
                    await Intake(hasty, store.vault, Clock(), "S", handle=decide).process([delivery()])
        finally:
            await hasty.dispose()


async def test_a_duplicate_inside_a_batch_is_answered_too(store: Store) -> None:
    processed = await store.intake().process([delivery(), delivery()])
    assert kinds(processed.outgoing) == ["ACRF001", "NOTI001"] * 2


async def test_a_compressed_message_is_told_that_it_is_compressed(store: Store) -> None:
    processed = await store.intake().process([delivery(content_encoding="gzip")])
    assert b"ACRF-106" in processed.outgoing[0].body


async def test_an_answer_to_a_long_file_name_is_valid(store: Store) -> None:
    processed = await store.intake().process([delivery(file_name="x" * 200)])
    schema = etree.XMLSchema(etree.parse(str(schema_path(MessageType.ACRF, "20264"))))
    schema.assertValid(etree.fromstring(processed.outgoing[0].body))


async def test_a_national_number_as_the_senders_reference_is_not_in_clear(store: Store) -> None:
    references = (Reference(type=1, origin=1, number=INSS),)
    await store.intake().process([delivery(1, body(1, header=header(references=references)))])
    (dossier,) = await store.rows("dossier")
    assert INSS not in str(tuple(dossier))


async def test_a_file_name_from_nobody_is_not_kept_in_clear(store: Store) -> None:
    await store.intake().process([delivery(sender=None, file_name=f"{INSS}.xml", message_id=INSS)])
    (held,) = await store.rows("quarantine")
    assert INSS not in str(tuple(held))


@pytest.mark.parametrize("changes", [{"file_name": "request.xml"}, {"content": body(2, OTHER_INSS)}])
def put(root: Path, file_name: str, content: bytes = b"<x/>", sender: str = SENDER) -> Path:
    place = root / sender / "IN"
    place.mkdir(parents=True, exist_ok=True)
    (place / file_name).write_bytes(content)
    (place / ("GO" + file_name[2:-2])).touch()
    return place / file_name


async def test_a_newcomer_does_not_wait_for_anothers_whole_heap(tmp_path: Path) -> None:
    inlet = FolderInlet(tmp_path, poll_seconds=0.01)
    for number in range(100):
        put(tmp_path, name(number))
    await inlet.receive(2, 5)
    put(tmp_path, name(1, OTHER), sender=OTHER)
    senders = {d.sender for _ in range(3) for d in await inlet.receive(2, 5)}
    assert OTHER in senders


async def test_one_broken_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    inlet = FolderInlet(tmp_path, poll_seconds=0.01)
    put(tmp_path, name(1))
    (tmp_path / "000002").mkdir()
    (tmp_path / "000002" / "IN").symlink_to(tmp_path / "000002" / "IN2")
    (tmp_path / "000002" / "IN2").mkdir()
    found = asyncio.create_task(inlet.receive(5, 5))
    assert len(await asyncio.wait_for(found, 5)) == 1


async def test_a_file_sent_again_before_the_acknowledgement_is_not_deleted(tmp_path: Path) -> None:
    inlet = FolderInlet(tmp_path, poll_seconds=0.01)
    path = put(tmp_path, name(1), b"first")
    deliveries = await inlet.receive(5, 5)
    put(tmp_path, name(1), b"the second, longer")
    await inlet.acknowledge(deliveries)
    assert path.exists()


async def test_a_linked_sender_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere, name(1))
    (tmp_path / OTHER).symlink_to(elsewhere / SENDER)
    inlet = FolderInlet(tmp_path, poll_seconds=0.01)
    pending = asyncio.create_task(inlet.receive(5, 5))
    done, _ = await asyncio.wait([pending], timeout=0.2)
    pending.cancel()
    assert not done


async def test_a_deletion_that_fails_does_not_stop_the_service(tmp_path: Path) -> None:
    inlet = FolderInlet(tmp_path, poll_seconds=0.01)
    path = put(tmp_path, name(1))
    deliveries = await inlet.receive(5, 5)
    path.unlink()
    path.mkdir()
    await inlet.acknowledge(deliveries)


async def test_failures_of_the_database_show_no_parameters(store: Store) -> None:
    assert store.engine.sync_engine.hide_parameters
