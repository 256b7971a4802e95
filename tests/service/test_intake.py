"""The intake: each form once, its answers never change, one transaction a batch, no harm to a neighbour."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from handlers.context import Context
from handlers.outcome import Outcome
from schemas.file_name import FileName
from schemas.models import Employer, Reference
from schemas.parser import Opened, Readable, Unclear, open_message
from service import intake
from service.batch import by_size
from service.channel import Delivery, Outgoing
from service.guard import READING_SECONDS, Guard
from service.intake import Intake
from service.processed import StoreAway
from tests.handlers.building import header
from tests.service.building import (
    INSS,
    OTHER,
    OTHER_INSS,
    SENDER,
    SUSPENDED,
    Store,
    body,
    decide,
    delivery,
    kinds,
    name,
)

EMPTY = {
    "inbox": 0,
    "form": 0,
    "dossier": 0,
    "decision": 0,
    "deadline": 0,
    "history": 0,
    "outbox": 0,
    "quarantine": 0,
}
ONE = {**EMPTY, "inbox": 1, "form": 1, "dossier": 1, "decision": 1, "deadline": 1, "history": 1, "outbox": 2}


def identity(message: Outgoing) -> tuple[Any, ...]:
    """Give what a repeated answer must share with the first."""
    return message.body, message.message_id, message.correlation_id, message.file_name, message.recipient


def read(message: Outgoing) -> str:
    return message.body.decode()


def reference_of(opened: Opened) -> str | None:
    return opened.message.header.reference(1, 1) if isinstance(opened, Readable) else None


def poisoned(*references: str) -> Any:
    """Give a handler that fails on these requests, with their person's number in the failure's text."""

    def handle(opened: Opened, context: Context) -> Outcome:
        if reference_of(opened) in references:
            raise RuntimeError(f"cannot handle {INSS}")
        return decide(opened, context)

    return handle


async def test_a_request_is_decided_and_answered_in_one_transaction(store: Store) -> None:
    sent_at = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    processed = await store.intake().process([delivery(sent_at=sent_at, traceparent="00-a-b-01")])
    assert kinds(processed.outgoing) == ["ACRF001", "NOTI001"]
    assert processed.quarantined == 0
    assert await store.count() == ONE
    (received,) = await store.rows("inbox")
    assert (received.sender, received.file_name, received.sent_at) == (SENDER, name(1), sent_at)
    assert received.traceparent == "00-a-b-01"
    assert store.vault.open(bytes(received.body_sealed), "inbox.body") == body(1)
    (form,) = await store.rows("form")
    (dossier,) = await store.rows("dossier")
    assert form.ticket == form.dossier == received.ticket == dossier.ticket
    assert (form.identification, form.accepted) == ("OCCP001", True)
    assert [row.sent_at for row in await store.rows("outbox")] == [None, None]


async def test_an_answer_carries_the_requests_id_and_names_of_its_own(store: Store) -> None:
    processed = await store.intake().process([delivery(1), delivery(2, body(2, OTHER_INSS))])
    assert [m.correlation_id for m in processed.outgoing] == [delivery(1).message_id] * 2 + [delivery(2).message_id] * 2
    assert len({m.message_id for m in processed.outgoing}) == 4
    assert {UUID(m.message_id).version for m in processed.outgoing} == {5}
    names = [FileName.parse(m.file_name) for m in processed.outgoing]
    assert [(n.prefix, n.kind, n.sender, n.environment) for n in names if n] == [
        ("FO", kind, SENDER, "S") for kind in ("ACRF", "NOTI", "ACRF", "NOTI")
    ]
    assert len({m.file_name for m in processed.outgoing}) == 4
    first = processed.outgoing[0]
    assert first.headers == {"FileName": first.file_name, "SchemaVersion": "20264"}


async def test_what_is_published_from_memory_is_what_is_stored(store: Store) -> None:
    processed = await store.intake().process([delivery()])
    rows = await store.rows("outbox")
    assert [(m.id, m.file_name, m.message_id) for m in processed.outgoing] == [
        (row.id, row.file_name, row.message_id) for row in rows
    ]
    assert [m.body for m in processed.outgoing] == [
        store.vault.open(bytes(row.body_sealed), "outbox.body") for row in rows
    ]


async def test_the_same_file_gets_the_same_answers_and_no_second_decision(store: Store) -> None:
    intake = store.intake()
    first = await intake.process([delivery()])
    again = await intake.process([delivery(message_id="another-id")])
    assert [identity(m) for m in again.outgoing] == [identity(m) for m in first.outgoing]
    (received,) = await store.rows("inbox")
    duplicate = {"Duplicate": "1", "DuplicateOf": received.ticket}
    assert [m.headers for m in again.outgoing] == [{**m.headers, **duplicate} for m in first.outgoing]
    assert await store.count() == {**ONE, "outbox": 4}
    third = await intake.process([delivery()])
    assert [identity(m) for m in third.outgoing] == [identity(m) for m in first.outgoing]


async def test_nothing_is_computed_for_a_duplicate(store: Store) -> None:
    await store.intake().process([delivery()])
    again = await store.intake(handle=poisoned("CPAS-2026-0001")).process([delivery()])
    assert (len(again.outgoing), again.quarantined) == (2, 0)


async def test_the_same_file_twice_in_a_batch_is_decided_once(store: Store) -> None:
    processed = await store.intake().process([delivery(), delivery()])
    assert {m.message_id for m in processed.outgoing} == {row.message_id for row in await store.rows("outbox")}
    assert (await store.count("decision", "dossier", "form")) == {"decision": 1, "dossier": 1, "form": 1}


async def test_other_bytes_under_a_used_name_are_refused_and_the_first_stands(store: Store) -> None:
    intake = store.intake()
    await intake.process([delivery()])
    reused = await intake.process([delivery(1, body(2, OTHER_INSS))])
    assert kinds(reused.outgoing) == ["ACRF001"]
    assert "ACRF-133" in read(reused.outgoing[0])
    assert await store.count("decision", "dossier", "form") == {"decision": 1, "dossier": 1, "form": 2}
    replay = await intake.process([delivery()])
    assert kinds(replay.outgoing) == ["ACRF001", "NOTI001"]


async def test_other_bytes_under_one_name_in_a_batch_are_refused(store: Store) -> None:
    processed = await store.intake().process([delivery(), delivery(1, body(2, OTHER_INSS))])
    assert kinds(processed.outgoing) == ["ACRF001", "NOTI001", "ACRF001"]
    assert "ACRF-133" in read(processed.outgoing[2])
    assert (await store.count("decision"))["decision"] == 1


async def test_two_senders_may_use_the_same_words_for_their_files(store: Store) -> None:
    other = delivery(1, body(1, OTHER_INSS), OTHER)
    processed = await store.intake().process([delivery(), other])
    assert [m.recipient for m in processed.outgoing] == [SENDER, SENDER, OTHER, OTHER]


@pytest.mark.parametrize(
    ("changes", "error_id"),
    [
        ({"file_name": None}, "ACRF-001"),
        ({"file_name": "request.xml"}, "ACRF-001"),
        ({"file_name": "FO.ACRF.123456.20261124.1.S.1.1"}, "ACRF-001"),
        ({"file_name": name(1, OTHER)}, "ACRF-103"),
        ({"file_name": "FI.OCCP.123456.20261124.1.R.1.1"}, "ACRF-138"),
        ({"sender": SUSPENDED, "file_name": name(1, SUSPENDED)}, "ACRF-103"),
    ],
)
async def test_a_misnamed_file_gets_an_acrf_0_alone(store: Store, changes: dict[str, Any], error_id: str) -> None:
    processed = await store.intake().process([delivery(**changes)])
    assert kinds(processed.outgoing) == ["ACRF001"]
    assert error_id in read(processed.outgoing[0])
    assert processed.outgoing[0].recipient == changes.get("sender", SENDER)
    assert await store.count() == {**EMPTY, "inbox": 1, "form": 1, "outbox": 1}


@pytest.mark.parametrize("sender", [None, "999999"])
async def test_a_message_of_nobody_known_is_kept_and_not_answered(store: Store, sender: str | None) -> None:
    processed = await store.intake().process([delivery(sender=sender), delivery(2)])
    assert processed.quarantined == 1
    assert {m.recipient for m in processed.outgoing} == {SENDER}
    (held,) = await store.rows("quarantine")
    assert (held.sender, held.source, held.state) == (sender, "onem.inbox", "held")
    assert store.vault.open(bytes(held.body_sealed), "quarantine.body") == body(1)


async def test_what_is_unclear_goes_to_quarantine_and_the_others_go_on(store: Store) -> None:
    def unclear(content: bytes, **_: Any) -> Opened:
        return Unclear("XMLSchemaValidateError while a message was read")

    processed = await store.intake(open_body=unclear).process([delivery()])
    assert (processed.outgoing, processed.quarantined) == ((), 1)
    assert [row.reason for row in await store.rows("quarantine")] == ["XMLSchemaValidateError while a message was read"]
    assert (await store.intake().process([delivery()])).quarantined == 0


async def test_a_poison_message_is_set_aside_and_the_rest_of_its_batch_goes_on(store: Store) -> None:
    batch = [delivery(1), delivery(2, body(2, OTHER_INSS)), Delivery(b"not XML", SENDER, name(3), None, None)]
    processed = await store.intake(handle=poisoned("CPAS-2026-0001")).process(batch)
    assert processed.quarantined == 1
    assert kinds(processed.outgoing) == ["ACRF001", "NOTI001", "ACRF001"]
    (held,) = await store.rows("quarantine")
    assert store.vault.open(bytes(held.body_sealed), "quarantine.body") == body(1)
    assert held.reason.startswith("RuntimeError at ")
    assert INSS not in held.reason
    assert [row.file_name for row in await store.rows("inbox")].count(name(1)) == 0


async def test_a_failed_transaction_leaves_nothing_but_the_quarantine(store: Store) -> None:
    processed = await store.intake(handle=poisoned("CPAS-2026-0001")).process([delivery()])
    assert processed.quarantined == 1
    assert await store.count() == {**EMPTY, "quarantine": 1}


async def test_a_message_that_breaks_a_constraint_harms_nobody_else(store: Store) -> None:
    def undated(opened: Opened, context: Context) -> Outcome:
        outcome = decide(opened, context)
        if reference_of(opened) != "CPAS-2026-0001" or outcome.decision is None:
            return outcome
        return Outcome(True, outcome.answers, dossier=None, decision=outcome.decision)

    batch = [delivery(1), delivery(2, body(2, OTHER_INSS))]
    processed = await store.intake(handle=undated).process(batch)
    assert (processed.quarantined, len(processed.outgoing)) == (1, 2)
    assert (await store.count("decision"))["decision"] == 1


async def test_a_later_message_of_a_batch_sees_what_an_earlier_one_did(store: Store) -> None:
    handled = []

    def counting(opened: Opened, context: Context) -> Outcome:
        handled.append(len(context.siblings))
        return decide(opened, context)

    await store.intake(handle=counting).process([delivery(1), delivery(2)])
    # Each once: the batch was not taken apart to get there.
    assert handled == [0, 1]
    (dossier,) = await store.rows("dossier")
    assert dossier.calculations == 2
    assert [row.dossier for row in await store.rows("decision")] == [dossier.ticket] * 2
    await store.intake().process([delivery(3)])
    (dossier,) = await store.rows("dossier")
    assert dossier.calculations == 3
    assert store.vault.open(bytes(dossier.inss_sealed), "dossier.inss").decode() == INSS


async def test_another_centre_does_not_see_the_dossier(store: Store) -> None:
    await store.intake().process([delivery(1), delivery(2, body(2, employer=Employer(company_id="0207654333")))])
    assert [row.calculations for row in await store.rows("dossier")] == [1, 1]


async def test_two_intakes_on_the_same_deliveries_decide_once(store: Store) -> None:
    deliveries = [delivery(number) for number in range(1, 9)]
    first, second = await asyncio.gather(
        store.intake().process(deliveries), store.intake().process(list(reversed(deliveries)))
    )
    assert (first.quarantined, second.quarantined) == (0, 0)
    assert await store.count("inbox", "decision", "form") == {"inbox": 8, "decision": 8, "form": 8}
    assert {identity(m) for m in first.outgoing} == {identity(m) for m in second.outgoing}
    repeated = [m for m in (*first.outgoing, *second.outgoing) if "Duplicate" in m.headers]
    assert len(repeated) == 16


async def test_two_intakes_with_new_requests_for_one_person_make_one_dossier(store: Store) -> None:
    results = await asyncio.gather(*(store.intake().process([delivery(number)]) for number in range(1, 5)))
    assert [result.quarantined for result in results] == [0] * 4
    (dossier,) = await store.rows("dossier")
    assert dossier.calculations == 4


async def test_a_batch_of_nothing_is_nothing(store: Store) -> None:
    assert (await store.intake().process([])).outgoing == ()
    assert await store.count() == EMPTY


async def test_no_personal_data_stands_in_clear_in_any_column(store: Store) -> None:
    batch = [delivery(1), delivery(2, b"<x>85073003328</x>"), delivery(3, sender=None)]
    await store.intake(handle=poisoned("CPAS-2026-0009")).process([*batch, delivery(9, body(9, OTHER_INSS))])
    assert (await store.count("quarantine"))["quarantine"] == 2
    for table in ("inbox", "form", "dossier", "decision", "deadline", "history", "outbox", "quarantine"):
        for row in await store.rows(table):
            shown = " ".join(repr(bytes(v)) if isinstance(v, bytes | memoryview) else str(v) for v in row)
            for canary in (INSS, OTHER_INSS, INSS.encode().hex(), "A. Dubois", "social@cpas.example"):
                assert canary not in shown, (table, canary)


async def test_no_personal_data_stands_in_clear_in_the_sqlite_files(sqlite_url: str, tmp_path: Any) -> None:
    from tests.service.building import opened_store

    async with opened_store(sqlite_url) as store:
        await store.intake().process([delivery()])
        written = await asyncio.to_thread(lambda: {p.name: p.read_bytes() for p in tmp_path.glob("cpas-onem.db*")})
    everything = b"".join(written.values())
    assert b"CPAS-2026" in everything or b"O2_DECISION" in everything, "the row is in these files"
    for canary in (INSS.encode(), b"A. Dubois", b"social@cpas.example", b"+3242000000"):
        assert canary not in everything


async def test_a_database_that_is_away_blames_no_message(tmp_path: Any) -> None:
    from service.clock import Clock
    from service.store.engine import connect
    from service.vault import Vault

    engine = connect("postgresql+asyncpg://nobody@127.0.0.1:1/nowhere")
    try:
        with pytest.raises(StoreAway):
            await Intake(engine, Vault(bytes(32)), Clock(), "S", handle=decide).process([delivery()])
    finally:
        await engine.dispose()


async def test_a_database_without_tables_blames_no_message(tmp_path: Any) -> None:
    from service.clock import Clock
    from service.store.engine import connect
    from service.vault import Vault

    engine = connect(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    try:
        with pytest.raises(StoreAway):
            await Intake(engine, Vault(bytes(32)), Clock(), "S", handle=decide).process([delivery()])
    finally:
        await engine.dispose()


async def test_the_senders_reference_is_echoed(store: Store) -> None:
    references = (Reference(type=1, origin=1, number="OWN-REF-77"),)
    processed = await store.intake().process([delivery(1, body(1, header=header(references=references)))])
    assert all("OWN-REF-77" in read(message) for message in processed.outgoing)


def test_a_batch_is_parted_by_size_in_its_order() -> None:
    sizes = [3, 4, 5, 20, 1, 9, 1]
    parts = by_size([delivery(number, bytes(size)) for number, size in enumerate(sizes)], 10)
    assert [[len(one.body) for one in part] for part in parts] == [[3, 4], [5], [20], [1, 9], [1]]
    assert list(by_size([], 10)) == []


async def test_large_messages_are_not_written_all_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is a number of messages; what it takes of memory and of a transaction is a number of bytes."""
    batch = [delivery(number, body(number, OTHER_INSS if number % 2 else INSS)) for number in range(1, 6)]
    monkeypatch.setattr(intake, "TRANSACTION_BYTES", 2 * max(len(one.body) for one in batch))
    committed: list[object] = []
    event.listen(store.engine.sync_engine, "commit", committed.append)
    processed = await store.intake().process(batch)
    assert kinds(processed.outgoing) == ["ACRF001", "NOTI001"] * 5
    assert len(committed) == 3


async def test_other_work_goes_on_between_large_messages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large one takes a third of a second to read: a heartbeat does not wait for 64 of them."""
    batch = [delivery(number) for number in (1, 2, 3)]
    monkeypatch.setattr(intake, "READ_BYTES", 100)
    turns = 0
    seen: list[int] = []

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def noted(content: bytes, **given: Any) -> Opened:
        seen.append(turns)
        return open_message(content, **given)

    working = asyncio.create_task(others())
    await store.intake(open_body=noted).process(batch)
    working.cancel()
    assert seen[0] < seen[1] < seen[2]


async def test_the_time_for_reading_counts_for_each_large_message(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of many is no message that never ends."""
    armed: list[float] = []
    monkeypatch.setattr("faulthandler.dump_traceback_later", lambda seconds, **_: armed.append(seconds))
    batch = [delivery(1), delivery(2, body(2, OTHER_INSS))]
    await sqlite_store.intake(guard=Guard()).process(batch)
    assert armed == [READING_SECONDS]
    monkeypatch.setattr(intake, "READ_BYTES", 100)
    await sqlite_store.intake(guard=Guard()).process([delivery(3), delivery(4, body(4, OTHER_INSS))])
    assert armed == [READING_SECONDS] * 3
