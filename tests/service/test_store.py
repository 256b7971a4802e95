"""The store: migrated equals declared, and what must not be cannot be written."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from service.clock import Clock
from service.store import migrate, schema
from service.store.engine import connect
from tests.service.building import SENDER, Store, delivery

MOMENT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, schema.metadata))


def _checks(connection: Connection) -> set[tuple[str, str | None]]:
    looked = inspect(connection)
    return {(table, check["name"]) for table in schema.metadata.tables for check in looked.get_check_constraints(table)}


async def test_the_migrated_schema_is_the_declared_one(store: Store) -> None:
    async with store.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        declared = {
            (table.name, str(constraint.name))
            for table in schema.metadata.tables.values()
            for constraint in table.constraints
            if str(constraint.name).startswith("ck_")
        }
        assert await connection.run_sync(_checks) == declared


async def test_migrating_again_changes_nothing_and_the_revision_is_the_newest(database_url: str) -> None:
    assert await migrate.upgrade(database_url) == migrate.newest()
    assert await migrate.revision(database_url) == migrate.newest()


async def test_an_empty_database_has_no_revision(tmp_path: Path) -> None:
    assert await migrate.revision(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}") is None


async def test_two_migrations_at_once_make_one_schema(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'deeper' / 'new.db'}"
    done = await asyncio.gather(migrate.upgrade(url), migrate.upgrade(url))
    assert done == [migrate.newest()] * 2


async def test_a_moment_comes_back_aware_and_in_utc(store: Store) -> None:
    brussels = timedelta(hours=1)
    moment = MOMENT.astimezone(timezone(brussels))
    row = {"number": "456789", "name": "x", "kind": "vendor", "language": 2, "created_at": moment}
    async with store.engine.begin() as connection:
        await connection.execute(insert(schema.sender), [row])
        query = select(schema.sender.c.created_at).where(schema.sender.c.number == "456789")
        found = (await connection.execute(query)).scalar_one()
    assert found == MOMENT
    assert found.utcoffset() == timedelta(0)


async def test_the_clock_is_the_databases_moved_by_its_offset(store: Store) -> None:
    async with store.engine.begin() as connection:
        now = await Clock().now(connection)
        later = await Clock(timedelta(days=40)).now(connection)
    assert now.utcoffset() == timedelta(0)
    assert timedelta(days=40) <= later - now < timedelta(days=40, minutes=1)
    # Far enough apart to tell a wrong zone, near enough for any machine.
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=30)


def _row(table: str, **changes: Any) -> dict[str, Any]:
    plain: dict[str, dict[str, Any]] = {
        "sender": {
            "number": "456789",
            "name": "x",
            "kind": "vendor",
            "language": 2,
            "created_at": MOMENT,
        },
        "mandate": {"sender": SENDER, "company_id": "0207654333", "valid_from": MOMENT.date(), "valid_to": None},
        "dossier": {
            "ticket": "DOSS1ER000002",
            "sender": SENDER,
            "company_id": "0212345668",
            "person_index": b"x" * 32,
            "inss_sealed": b"x",
            "occupation_start": MOMENT.date(),
            "state": "SUBMITTED",
            "language": 2,
            "reference_sealed": b"x",
            "last_form": "DOSS1ER000002",
            "calculations": 0,
            "created_at": MOMENT,
            "updated_at": MOMENT,
        },
        "decision": {
            "ticket": "DEC1S10N00002",
            "automatic": True,
            "agent": None,
            "law": "l",
            "route": "30",
            "first_claim_date": MOMENT.date(),
            "contract_end": MOMENT.date(),
            "remaining_days": 0,
            "facts_sealed": b"x",
            "receipt": "{}",
            "decided_at": MOMENT,
        },
        "deadline": {
            "kind": "OTHER",
            "received_at": MOMENT,
            "due_date": MOMENT.date(),
            "due_at": MOMENT,
            "calendar": "be-legal",
            "state": "open",
            "ended_at": None,
        },
    }
    return {**plain[table], **changes}


async def write(store: Store, table: str, row: dict[str, Any]) -> None:
    async with store.engine.begin() as connection:
        await connection.execute(insert(schema.metadata.tables[table]), [row])


async def refused(store: Store, table: str, row: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        await write(store, table, row)


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("sender", {"kind": "friend"}),
        ("sender", {"language": 4}),
        ("sender", {"number": SENDER}),
        ("mandate", {"valid_to": MOMENT.date() - timedelta(days=1)}),
        ("mandate", {"sender": "999999"}),
        ("dossier", {"state": "LOST"}),
    ],
)
async def test_a_bad_row_cannot_be(store: Store, table: str, changes: dict[str, Any]) -> None:
    await write(store, table, _row(table))
    ticket = {"ticket": "DOSS1ER000003", "occupation_start": MOMENT.date() + timedelta(days=1)}
    other = {"number": "567890"} if table == "sender" else ticket if table == "dossier" else {}
    await refused(store, table, _row(table, **{**other, **changes}))


async def test_nothing_is_decided_twice_and_by_nobody_or_both(store: Store) -> None:
    await store.intake().process([delivery()])
    (dossier,) = await store.rows("dossier")
    for changes in ({"form": dossier.ticket}, {"form": dossier.ticket, "agent": "A1"}):
        await refused(store, "decision", _row("decision", dossier=dossier.ticket, **changes))
    assert (await store.count("decision"))["decision"] == 1


@pytest.mark.parametrize(
    "changes", [{"state": "met"}, {"ended_at": MOMENT}, {"state": "lost"}, {"kind": "O2_DECISION"}]
)
async def test_a_deadline_says_when_it_was_met_and_is_one_per_kind(store: Store, changes: dict[str, Any]) -> None:
    await store.intake().process([delivery()])
    (dossier,) = await store.rows("dossier")
    of = {"dossier": dossier.ticket, "form": dossier.ticket}
    await refused(store, "deadline", _row("deadline", **of, **changes))


async def test_one_dossier_per_person_centre_and_start(store: Store) -> None:
    await store.intake().process([delivery()])
    (found,) = await store.rows("dossier")
    same = {"person_index": found.person_index, "company_id": found.company_id}
    await refused(store, "dossier", _row("dossier", **same, occupation_start=found.occupation_start))


async def test_sqlite_waits_for_another_writer(sqlite_url: str) -> None:
    first, second = connect(sqlite_url), connect(sqlite_url)
    rows = [_row("sender", number=number) for number in ("456789", "567890")]
    try:
        async with first.begin() as connection:
            await connection.execute(insert(schema.sender), rows[:1])

            async def write() -> None:
                async with second.begin() as other:
                    await other.execute(insert(schema.sender), rows[1:])

            writing = asyncio.create_task(write())
            done, _ = await asyncio.wait([writing], timeout=0.2)
            assert not done
        await asyncio.wait_for(writing, 20)
    finally:
        await first.dispose()
        await second.dispose()
