"""The store: migrated equals declared, and what must not be cannot be written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from lxml import etree
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.clock import Clock
from service.store import engine, migrate, schema
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


def _longest(name: str) -> int:
    xsd = etree.parse(resources.files("schemas").joinpath("xsd", "common_20264.xsd"))
    (found,) = xsd.xpath(f"//*[@name='{name}']//*[local-name()='maxLength']/@value")
    return int(found)


@pytest.mark.parametrize(
    ("written_as", "columns"),
    [
        ("Code", ("decision.law", "dossier.office", "review_task.office", "outbox.office")),
        ("ArticleNumber", ("decision.route",)),
        ("AgentId", ("decision.agent",)),
    ],
)
def test_a_column_takes_what_a_message_may_hold(written_as: str, columns: tuple[str, ...]) -> None:
    """PostgreSQL refuses what is longer, and an outcome that the channel accepts would end in quarantine."""
    lengths = {column: schema.metadata.tables[column.split(".")[0]].c[column.split(".")[1]].type for column in columns}
    assert {column: type_.length for column, type_ in lengths.items() if type_.length < _longest(written_as)} == {}


async def test_a_migration_outlasts_the_services_time_limit(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with the service's own limit on its statements: the migration was cancelled after 0.2 s."""
    async with _held(postgresql_url, seconds=1):
        monkeypatch.setattr(engine, "STATEMENT_TIMEOUT_MS", 200)
        await migrate.downgrade(postgresql_url, "0007")
    assert await migrate.upgrade(postgresql_url) == migrate.newest()


async def test_a_migration_does_not_wait_for_ever_for_a_table_in_use(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a table holds up all that come after: seen to fail as a bare error of the database."""
    monkeypatch.setattr(migrate, "LOCK_WAIT_S", 0.2)
    async with _held(postgresql_url, seconds=0):
        with pytest.raises(migrate.Stopped, match=r"in use.*Stop the service"):
            await migrate.downgrade(postgresql_url, "0007")
    assert await migrate.revision(postgresql_url) == migrate.newest()


_CANCEL_WHO_WAITS = text(
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def test_a_migration_that_somebody_cancels_says_so(postgresql_url: str) -> None:
    async with _held(postgresql_url, seconds=0) as connection:
        migrating = asyncio.create_task(migrate.downgrade(postgresql_url, "0007"))
        async with asyncio.timeout(20):
            while not (await connection.execute(_CANCEL_WHO_WAITS)).all():
                await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
                await asyncio.sleep(0.05)
        with pytest.raises(migrate.Stopped, match=r"cancelled.*nothing was changed"):
            await migrating


@asynccontextmanager
async def _held(url: str, seconds: float) -> AsyncIterator[AsyncConnection]:
    """Read a table that a migration changes, in a transaction that ends so long after what is done meanwhile began."""
    reading = connect(url)
    try:
        async with reading.connect() as connection:
            await connection.execute(select(schema.decision))
            ending = asyncio.create_task(_end_after(seconds, connection)) if seconds else None
            yield connection
            if ending:
                await ending
    finally:
        await reading.dispose()


async def _end_after(seconds: float, connection: AsyncConnection) -> None:
    await asyncio.sleep(seconds)
    await connection.rollback()


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
