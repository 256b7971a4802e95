"""Senders, mandates and the history of access, on both databases."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from handlers.dossier import Mandate, PartyKind, Sender
from service.store import access, migrate, parties, schema
from service.store.access import AccessKind, Change
from tests.service.building import COMPANY, OTHER, SUSPENDED, Store

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
BY = Change("operator anna", AT)
FEDERATION = Sender("456789", "Fédération", PartyKind.FEDERATION, 2)
NEW = "567890"


async def history(store: Store, number: str) -> list[tuple[str, str, dict[str, str]]]:
    async with store.engine.begin() as connection:
        return [(line.kind.value, line.actor, line.detail) for line in await access.history(connection, number)]


async def party(store: Store, number: str) -> parties.Party:
    async with store.engine.begin() as connection:
        return (await parties.load(connection, [number]))[number]


async def test_a_federation_is_a_party(store: Store) -> None:
    async with store.engine.begin() as connection:
        assert await parties.add(connection, FEDERATION, BY)
    assert (await party(store, FEDERATION.number)).sender == FEDERATION


async def test_a_mandate_keeps_its_forms_and_its_days(store: Store) -> None:
    given = (
        Mandate(COMPANY, date(2026, 1, 1), date(2026, 12, 31), frozenset({"OCCP001", "OCCP008"})),
        Mandate(COMPANY, date(2027, 1, 1)),
    )
    async with store.engine.begin() as connection:
        await parties.add(connection, Sender(NEW, "x", PartyKind.VENDOR, 1), BY)
        await parties.give_mandates(connection, NEW, given, BY)
    assert (await party(store, NEW)).mandates == given


async def test_every_change_of_access_leaves_its_line(store: Store) -> None:
    sender = Sender(NEW, "x", PartyKind.VENDOR, 1)
    async with store.engine.begin() as connection:
        assert await parties.add(connection, sender, BY)
        assert not await parties.add(connection, sender, BY)
        assert not await parties.add(connection, Sender(NEW, "y", PartyKind.VENDOR, 1), BY)
        await parties.give_mandates(connection, NEW, [Mandate(COMPANY, date(2026, 1, 1))], BY)
        assert await parties.end_mandates(connection, NEW, COMPANY, date(2026, 11, 30), BY) == 1
        assert await parties.end_mandates(connection, NEW, COMPANY, date(2026, 11, 30), BY) == 0
        assert await parties.suspend(connection, NEW, "contract ended", BY)
        assert not await parties.suspend(connection, NEW, "once more", BY)
        assert await parties.resume(connection, NEW, "new contract", BY)
        assert not await parties.resume(connection, NEW, "once more", BY)
    assert await history(store, NEW) == [
        ("added", "operator anna", {"name": "x", "kind": "vendor", "language": "1"}),
        ("changed", "operator anna", {"name": "y", "kind": "vendor", "language": "1"}),
        ("mandated", "operator anna", {"cpas": COMPANY, "from": "2026-01-01"}),
        ("mandate_ended", "operator anna", {"cpas": COMPANY, "from": "2026-01-01", "until": "2026-11-30"}),
        ("suspended", "operator anna", {"reason": "contract ended"}),
        ("resumed", "operator anna", {"reason": "new contract"}),
    ]


async def test_ending_a_mandate_takes_back_what_would_begin_later(store: Store) -> None:
    given = [
        Mandate(COMPANY, date(2026, 1, 1), date(2026, 6, 30)),
        Mandate(COMPANY, date(2026, 7, 1)),
        Mandate(COMPANY, date(2027, 1, 1)),
    ]
    async with store.engine.begin() as connection:
        await parties.add(connection, Sender(NEW, "x", PartyKind.VENDOR, 1), BY)
        await parties.give_mandates(connection, NEW, given, BY)
        assert await parties.end_mandates(connection, NEW, COMPANY, date(2026, 11, 30), BY) == 2
    assert (await party(store, NEW)).mandates == (given[0], Mandate(COMPANY, date(2026, 7, 1), date(2026, 11, 30)))
    assert (await history(store, NEW))[-1][0] == AccessKind.MANDATE_WITHDRAWN


async def test_a_suspended_sender_says_since_when_and_why_and_adding_it_again_does_not_let_it_in(store: Store) -> None:
    async with store.engine.begin() as connection:
        await parties.add(connection, Sender(SUSPENDED, "another name", PartyKind.VENDOR, 2), BY)
    found = await party(store, SUSPENDED)
    assert found.suspension is not None
    assert found.suspension.reason == "contract ended"
    assert not found.sender.active
    assert found.sender.name == "another name"
    assert (await party(store, OTHER)).suspension is None


@pytest.mark.parametrize(
    "statement",
    [update(schema.access_log).values(actor="nobody"), delete(schema.access_log)],
    ids=["changed", "deleted"],
)
async def test_the_history_of_access_cannot_be_changed(store: Store, statement: Any) -> None:
    before = await history(store, OTHER)
    assert before
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.engine.begin() as connection:
            await connection.execute(statement)
    assert await history(store, OTHER) == before


@pytest.mark.parametrize("wrong", [{"suspended_at": AT}, {"suspension_reason": "none"}, {"kind": "stranger"}])
async def test_a_sender_that_cannot_be_is_refused(store: Store, wrong: dict[str, Any]) -> None:
    row = {"number": NEW, "name": "x", "kind": "vendor", "language": 2, "created_at": AT}
    with pytest.raises(IntegrityError):
        async with store.engine.begin() as connection:
            await connection.execute(insert(schema.sender), [{**row, **wrong}])


async def test_the_migration_keeps_senders_and_mandates_both_ways(store: Store) -> None:
    """One revision down and up again: an inactive sender is suspended afterwards, and stays mandated."""
    url = store.engine.url.render_as_string(hide_password=False)
    before = await party(store, OTHER)
    await store.engine.dispose()
    await migrate.downgrade(url, "0002")
    async with store.engine.connect() as connection:
        inactive = await connection.execute(text("SELECT number FROM sender WHERE NOT active"))
        assert inactive.scalars().all() == [SUSPENDED]
    await store.engine.dispose()
    await migrate.upgrade(url)
    assert await party(store, OTHER) == before
    found = await party(store, SUSPENDED)
    assert found.suspension is not None
    assert found.mandates == before.mandates
