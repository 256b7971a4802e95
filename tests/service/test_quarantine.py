"""The quarantine: whole and sealed, held once, replayed through the intake, every step with its who and why."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from handlers.context import Context
from handlers.dossier import PartyKind, Sender
from handlers.outcome import Outcome as Handled
from schemas.parser import Opened
from service import quarantine
from service.channel import Delivery
from service.clock import Clock
from service.installation import Installation
from service.processed import Processed
from service.quarantine import NotHeld, Outcome, State
from service.settings import Settings
from service.store import parties, schema
from service.store.access import Change
from tests.service.building import INSS, SENDER, Store, body, delivery, kinds, name

STRANGER = "777777"
MOMENT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def place(store: Store, tmp_path: Path) -> Installation:
    return Installation(Settings(folder=tmp_path), store.engine, store.vault, Clock())


def failing(opened: Opened, context: Context) -> Handled:
    raise RuntimeError(f"cannot handle {INSS}")


async def held_from_a_stranger(store: Store) -> None:
    """Put a good request aside: its sender is not known yet."""
    await store.intake().process([delivery(sender=STRANGER, file_name=name(1, STRANGER))])


async def welcome(store: Store) -> None:
    async with store.engine.begin() as connection:
        change = Change("operator test", await Clock().now(connection))
        await parties.add(connection, Sender(STRANGER, "late", PartyKind.VENDOR, 2), change)


async def test_what_is_held_gives_back_the_whole_delivery(store: Store, tmp_path: Path) -> None:
    sent = delivery(sent_at=MOMENT, traceparent="00-a-b-01", file_name=f"{INSS}.xml", message_id=f"id {INSS}")
    await store.intake(handle=failing).process([replace(sent, file_name=name(1))])
    await store.intake().process([replace(sent, sender=None)])
    first, second = await quarantine.listed(place(store, tmp_path))
    assert first.delivery == replace(sent, file_name=name(1))
    assert second.delivery == replace(sent, sender=None)
    assert first.reason.startswith("RuntimeError at failing")
    for row in await store.rows("quarantine"):
        assert INSS not in str(tuple(row))


async def test_a_message_held_again_counts_an_attempt_and_is_one_row(store: Store, tmp_path: Path) -> None:
    intake = store.intake(handle=failing)
    await intake.process([delivery()])
    await intake.process([delivery()])
    (kept,) = await quarantine.listed(place(store, tmp_path))
    assert kept.attempts == 2


@pytest.mark.parametrize("changes", [{"file_name": name(2)}, {"message_id": "5f1f3f0e-7f0c-4c7e-9a55-000000000002"}])
async def test_g01_equal_bytes_under_another_name_are_another_message(store: Store, changes: dict[str, str]) -> None:
    """Seen to fail with bytes, sender and place alone as the key: the second was acknowledged and kept nowhere."""
    intake = store.intake(handle=failing)
    await intake.process([delivery()])
    await intake.process([delivery(**changes)])
    rows = await store.rows("quarantine")
    assert [row.attempts for row in rows] == [1, 1]
    assert rows[0].sha256 == rows[1].sha256


async def test_g01_equal_bytes_under_two_names_are_both_answered_after_a_replay(store: Store, tmp_path: Path) -> None:
    """Seen to fail with bytes, sender and place alone as the key: the second name never got its ACRF."""
    await store.intake(handle=failing).process([delivery(), delivery(file_name=name(2))])
    ours = place(store, tmp_path)
    answered = [await quarantine.replay(ours, kept.id, "A1", "mended") for kept in await quarantine.listed(ours)]
    assert [kinds(done.answers)[0] for done in answered] == ["ACRF001", "ACRF001"]


async def test_a_name_that_no_alphabet_has_is_held_all_the_same(store: Store) -> None:
    """A file name is bytes: Python gives what is no UTF-8 as lone surrogates, which do not encode."""
    await store.intake().process([delivery(sender=None, file_name="caf\udce9.xml")])
    assert (await store.count("quarantine"))["quarantine"] == 1


async def test_a_rehearsal_tells_what_would_happen_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    await held_from_a_stranger(store)
    before = await store.count()
    still = await quarantine.rehearse(place(store, tmp_path), 1)
    assert (still.outcome, still.reason) == (Outcome.HELD, "the sender cannot be identified")
    await welcome(store)
    would = await quarantine.rehearse(place(store, tmp_path), 1)
    assert (would.outcome, kinds(would.answers)) == (Outcome.HANDLED, ["ACRF001", "NOTI001"])
    assert await store.count() == before


async def test_a_replay_is_handled_once_and_audited(store: Store, tmp_path: Path) -> None:
    await held_from_a_stranger(store)
    failed = await quarantine.replay(place(store, tmp_path), 1, "A1", "too early")
    assert failed.outcome is Outcome.HELD
    await welcome(store)
    done = await quarantine.replay(place(store, tmp_path), 1, "A1", "the sender is known now")
    assert (done.outcome, kinds(done.answers)) == (Outcome.HANDLED, ["ACRF001", "NOTI001"])
    kept, events = await quarantine.shown(place(store, tmp_path), 1)
    assert (kept.state, kept.attempts) == (State.REPLAYED, 2)
    assert [(event.actor, event.action.value, event.reason) for event in events] == [
        ("A1", "begun", "too early"),
        ("A1", "tried", "too early"),
        ("A1", "begun", "the sender is known now"),
        ("A1", "replayed", "the sender is known now"),
    ]
    with pytest.raises(NotHeld):
        await quarantine.replay(place(store, tmp_path), 1, "A1", "once more")


async def test_a_replay_that_is_cut_short_tells_who_began_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with one line written at the end: nobody knew who had replayed it."""
    await held_from_a_stranger(store)
    ours = place(store, tmp_path)
    monkeypatch.setattr(quarantine.Intake, "process", failing)
    with pytest.raises(RuntimeError):
        await quarantine.replay(ours, 1, "A1", "the sender is known now")
    _, events = await quarantine.shown(ours, 1)
    assert [(event.actor, event.action.value) for event in events] == [("A1", "begun")]


async def test_a_replay_is_noted_though_another_discards_meanwhile(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with a note only where the message was still held: it was decided, and no line said so."""
    await held_from_a_stranger(store)
    await welcome(store)
    ours, process = place(store, tmp_path), quarantine.Intake.process

    async def discarded_first(intake: quarantine.Intake, deliveries: Sequence[Delivery]) -> Processed:
        await quarantine.discard(ours, 1, "A2", "a test of the vendor's")
        return await process(intake, deliveries)

    monkeypatch.setattr(quarantine.Intake, "process", discarded_first)
    done = await quarantine.replay(ours, 1, "A1", "the sender is known now")
    kept, events = await quarantine.shown(ours, 1)
    assert (done.outcome, kept.state) == (Outcome.HANDLED, State.DISCARDED)
    assert [(event.actor, event.action.value) for event in events] == [
        ("A1", "begun"),
        ("A2", "discarded"),
        ("A1", "replayed"),
    ]


async def test_an_innocent_that_was_decided_is_only_answered_again(store: Store, tmp_path: Path) -> None:
    """The broker's dead letters hold innocents: the inbox knows them, so a replay cannot double a decision."""
    first = await store.intake().process([delivery()])
    await store.intake(handle=failing).process([delivery(2, body(2))])
    async with store.engine.begin() as connection:
        held = replace(delivery(), source="onem.dead", trail="delivery_limit in onem.inbox")
        now = await Clock().now(connection)
        from service.store import quarantine as rows

        await rows.hold(connection, [(held, "dead letter")], now, store.vault)
    would = await quarantine.rehearse(place(store, tmp_path), 2)
    done = await quarantine.replay(place(store, tmp_path), 2, "A1", "innocent")
    (received,) = await store.rows("inbox")
    for replayed in (would, done):
        assert (replayed.outcome, replayed.duplicate_of) == (Outcome.REPEATED, received.ticket)
        assert [answer.body for answer in replayed.answers] == [answer.body for answer in first.outgoing]
    assert (await store.count("decision"))["decision"] == 1


async def test_a_discarded_message_keeps_its_bytes_and_leaves_the_list(store: Store, tmp_path: Path) -> None:
    await held_from_a_stranger(store)
    await quarantine.discard(place(store, tmp_path), 1, "A1", "a test of the vendor's")
    assert await quarantine.listed(place(store, tmp_path)) == []
    (kept,) = await quarantine.listed(place(store, tmp_path), everything=True)
    assert (kept.state, kept.delivery.body) == (State.DISCARDED, body(1))
    with pytest.raises(NotHeld):
        await quarantine.discard(place(store, tmp_path), 1, "A1", "again")
    assert await quarantine.written(place(store, tmp_path), 1, "A2", "for the vendor") == body(1)
    _, events = await quarantine.shown(place(store, tmp_path), 1)
    assert [event.action.value for event in events] == ["discarded", "written"]


@pytest.mark.parametrize("table", ["history", "quarantine_event"])
async def test_what_was_done_cannot_be_changed_or_removed(store: Store, tmp_path: Path, table: str) -> None:
    """A trigger of the database refuses it; without the trigger both statements pass."""
    await store.intake().process([delivery()])
    await held_from_a_stranger(store)
    await quarantine.discard(place(store, tmp_path), 1, "A1", "why not")
    rows = await store.rows(table)
    assert rows
    found = schema.metadata.tables[table]
    for change in (update(found).values(actor="nobody"), delete(found)):
        with pytest.raises(DBAPIError, match="append-only"):
            async with store.engine.begin() as connection:
                await connection.execute(change)
    if store.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"):
            async with store.engine.begin() as connection:
                await connection.execute(text(f"TRUNCATE {table}"))
    assert await store.rows(table) == rows


@pytest.mark.parametrize("changes", [{"file_name": "request.xml"}, {"file_name": None}, {"content_encoding": "gzip"}])
async def test_g04_a_refused_form_that_comes_again_gets_the_same_answer(store: Store, changes: dict[str, str]) -> None:
    """Seen to fail with `Form.refused` giving no refusal key: the second delivery got a new ACRF with a new ticket."""
    first = await store.intake().process([delivery(**changes)])
    again = await store.intake().process([delivery(**changes), delivery(**changes)])
    assert len(first.outgoing) == 1
    assert [(m.body, m.message_id) for m in again.outgoing] == [(m.body, m.message_id) for m in first.outgoing] * 2
    assert (await store.count("inbox"))["inbox"] == 1


async def test_g04_a_reused_name_that_comes_again_gets_the_same_answer(store: Store) -> None:
    """Seen to fail like the refusals above."""
    await store.intake().process([delivery()])
    other = delivery(1, body(2))
    first = await store.intake().process([other])
    again = await store.intake().process([other])
    assert [(m.body, m.message_id) for m in again.outgoing] == [(m.body, m.message_id) for m in first.outgoing]
    assert b"ACRF-133" in first.outgoing[0].body
    assert again.outgoing[0].recipient == SENDER
