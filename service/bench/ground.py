"""The database to measure on: migrated, with the benchmark's sender and its mandate."""

from datetime import date

from handlers.dossier import Mandate, PartyKind, Sender
from service.bench.load import COMPANY
from service.clock import Clock
from service.store import migrate, parties
from service.store.access import SERVICE, Change
from service.store.engine import connect


async def prepare(database_url: str, sender: str) -> None:
    """Migrate, and register the sender. Harmless when repeated."""
    await migrate.upgrade(database_url)
    engine = connect(database_url)
    try:
        async with engine.begin() as connection:
            change = Change(SERVICE, await Clock().now(connection))
            await parties.add(connection, Sender(sender, "Benchmark", PartyKind.VENDOR, 2), change)
            await parties.give_mandates(connection, sender, [Mandate(COMPANY, date(2020, 1, 1))], change)
    finally:
        await engine.dispose()
