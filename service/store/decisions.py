"""Decisions as they were made: the facts, the receipt and the message that was sent. Reads, never writes."""

from collections.abc import AsyncIterator

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.rerun import StoredDecision
from service.answers import read
from service.store import schema
from service.store.dossiers import FACTS
from service.store.outbox import BODY
from service.vault import Vault

IDENTIFICATION = "OCCP003"
_DECISION, _OUTBOX, _FORM = schema.decision, schema.outbox, schema.form


async def tickets(connection: AsyncConnection, asked: str | None = None) -> list[str]:
    """Give the tickets of all decisions, oldest first; or of the one asked for, or of all of its dossier."""
    query = select(_DECISION.c.ticket).order_by(_DECISION.c.decided_at, _DECISION.c.ticket)
    if asked is not None:
        dossiers = select(_FORM.c.dossier).where(_FORM.c.ticket == asked)
        tasks = select(schema.review_task.c.dossier).where(schema.review_task.c.ticket == asked)
        query = query.where(
            or_(
                _DECISION.c.ticket == asked,
                _DECISION.c.dossier == asked,
                _DECISION.c.dossier.in_(dossiers),
                _DECISION.c.dossier.in_(tasks),
            )
        )
    return list((await connection.execute(query)).scalars())


async def load(connection: AsyncConnection, found: list[str], vault: Vault) -> AsyncIterator[StoredDecision]:
    """Give these decisions one by one, each with its message."""
    for ticket in found:
        row = (await connection.execute(select(_DECISION).where(_DECISION.c.ticket == ticket))).one()
        body, version = await _message(connection, row.dossier, ticket, vault)
        yield StoredDecision(
            ticket=ticket,
            dossier=row.dossier,
            automatic=row.automatic,
            facts=vault.open(bytes(row.facts_sealed), FACTS),
            receipt=row.receipt,
            message=body,
            schema_version=version,
        )


async def _message(connection: AsyncConnection, dossier: str, ticket: str, vault: Vault) -> tuple[bytes, str]:
    """Give the message of a decision: among its dossier's, the one that bears its ticket; empty if it is not kept."""
    forms = select(_FORM.c.ticket).where(_FORM.c.dossier == dossier)
    query = select(_OUTBOX.c.body_sealed, _OUTBOX.c.schema_version).where(
        _OUTBOX.c.form.in_(forms), _OUTBOX.c.identification == IDENTIFICATION, _OUTBOX.c.body_sealed.is_not(None)
    )
    for row in await connection.execute(query):
        body = vault.open(bytes(row.body_sealed), BODY)
        if read(body).own_ticket == ticket:
            return body, row.schema_version
    return b"", ""
