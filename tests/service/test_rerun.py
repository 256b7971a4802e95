"""Stored decisions run again: many requests through the intake, and every one gives the stored bytes once more."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from handlers.dispatch import handle
from handlers.rerun import FactsChanged, Same, rerun
from service.bench.load import COMPANY as BENCH_COMPANY
from service.bench.load import requests
from service.channel import Delivery
from service.store import decisions, schema
from service.store.dossiers import FACTS
from tests.service.building import COMPANY, SENDER, Store

MANY = 60


@pytest.fixture
async def decided(store: Store) -> Store:
    """Give a store in which the service decided requests of sixty persons, with no, one and two past jobs."""
    assert BENCH_COMPANY == COMPANY
    now = datetime.now(UTC)
    deliveries = [
        Delivery(
            body=load.body,
            sender=SENDER,
            file_name=load.file_name,
            message_id=load.file_name,
            schema_version="20264",
            source="onem.inbox",
            sent_at=now,
        )
        for load in requests(MANY, 1, SENDER)
    ]
    await store.intake(handle=handle).process(deliveries)
    return store


async def outcomes(store: Store, ticket: str | None = None) -> list[object]:
    async with store.engine.connect() as connection:
        found = await decisions.tickets(connection, ticket)
        return [rerun(stored) async for stored in decisions.load(connection, found, store.vault)]


async def test_every_stored_decision_gives_the_stored_bytes_again(decided: Store) -> None:
    assert (await decided.count("decision"))["decision"] == MANY
    assert await outcomes(decided) == [Same()] * MANY


async def test_one_is_found_by_its_own_ticket_or_its_dossiers(decided: Store) -> None:
    row = (await decided.rows("decision"))[7]
    assert await outcomes(decided, row.ticket) == [Same()]
    assert await outcomes(decided, row.dossier) == [Same()]
    assert await outcomes(decided, "NOSUCHTICKET0") == []


async def test_facts_that_are_no_longer_those_of_the_receipt_are_told(decided: Store) -> None:
    first, second, *_ = await decided.rows("decision")
    facts = decided.vault.open(bytes(first.facts_sealed), FACTS).replace(b'"country":"BE"', b'"country":"FR"')
    facts = facts.replace(b'"hours_per_week":"38"', b'"hours_per_week":"37"')
    async with decided.engine.begin() as connection:
        changed = update(schema.decision).where(schema.decision.c.ticket == first.ticket)
        await connection.execute(changed.values(facts_sealed=decided.vault.seal(facts, FACTS)))
    assert await outcomes(decided, first.ticket) == [FactsChanged()]
    assert await outcomes(decided, second.ticket) == [Same()]
