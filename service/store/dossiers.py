"""Dossiers as stored, and the decisions made on them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.dossier import Dossier, State
from handlers.outcome import DecisionRecord
from service.store import schema
from service.vault import Vault

INSS = "dossier.inss"
REFERENCE = "dossier.reference"
FACTS = "decision.facts"
_TABLE = schema.dossier


def _dossier(row: Row[Any], vault: Vault) -> Dossier:
    return Dossier(
        ticket=row.ticket,
        sender=row.sender,
        company_id=row.company_id,
        inss=vault.open(bytes(row.inss_sealed), INSS).decode(),
        occupation_start=row.occupation_start,
        state=State(row.state),
        language=row.language,
        reference=vault.open(bytes(row.reference_sealed), REFERENCE).decode(),
        last_form=row.last_form,
        calculations=row.calculations,
        contract_end=row.contract_end,
        created_at=row.created_at,
        updated_at=row.updated_at,
        office=row.office,
        last_addition=row.last_addition,
        decision=row.decision,
        open_return=row.open_return,
        has_derogation=row.has_derogation,
        is_agents_word=row.is_agents_word,
    )


async def lock(
    connection: AsyncConnection, people: Collection[bytes], tickets: Collection[str], vault: Vault
) -> dict[str, Dossier]:
    """Give the dossiers of these persons (by index) and with these tickets, locked until the transaction ends."""
    if not people and not tickets:
        return {}
    query = (
        select(_TABLE)
        .where(or_(_TABLE.c.person_index.in_(people), _TABLE.c.ticket.in_(tickets)))
        .order_by(_TABLE.c.ticket)
        .with_for_update()
    )
    return {row.ticket: _dossier(row, vault) for row in await connection.execute(query)}


async def open_of(connection: AsyncConnection, companies: Collection[str], limit: int, vault: Vault) -> list[Dossier]:
    """Give the dossiers of these CPAS that are neither withdrawn nor closed, the newest first; not locked."""
    if not companies:
        return []
    over = (State.WITHDRAWN.value, State.CLOSED.value)
    query = (
        select(_TABLE)
        .where(_TABLE.c.company_id.in_(companies), _TABLE.c.state.not_in(over))
        .order_by(_TABLE.c.created_at.desc(), _TABLE.c.ticket)
        .limit(limit)
    )
    return [_dossier(row, vault) for row in await connection.execute(query)]


def _values(dossier: Dossier, vault: Vault) -> dict[str, object]:
    return {
        "sender": dossier.sender,
        "company_id": dossier.company_id,
        "occupation_start": dossier.occupation_start,
        "state": dossier.state.value,
        "language": dossier.language,
        "reference_sealed": vault.seal(dossier.reference.encode(), REFERENCE),
        "last_form": dossier.last_form,
        "calculations": dossier.calculations,
        "contract_end": dossier.contract_end,
        "updated_at": dossier.updated_at,
        "office": dossier.office,
        "last_addition": dossier.last_addition,
        "decision": dossier.decision,
        "open_return": dossier.open_return,
        "has_derogation": dossier.has_derogation,
        "is_agents_word": dossier.is_agents_word,
    }


_CHANGEABLE = (
    "sender",
    "company_id",
    "occupation_start",
    "state",
    "language",
    "reference_sealed",
    "last_form",
    "calculations",
    "contract_end",
    "updated_at",
    "office",
    "last_addition",
    "decision",
    "open_return",
    "has_derogation",
    "is_agents_word",
)
_CHANGE_DOSSIER = (
    update(_TABLE)
    .where(_TABLE.c.ticket == bindparam("of_ticket"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGEABLE})
)


async def write(
    connection: AsyncConnection, dossiers: Collection[Dossier], existing: Collection[str], vault: Vault
) -> None:
    """Write dossiers: those whose ticket is among `existing` change, the others are new."""
    new = [
        {
            "ticket": dossier.ticket,
            "person_index": vault.index(dossier.inss),
            "inss_sealed": vault.seal(dossier.inss.encode(), INSS),
            "created_at": dossier.created_at,
            **_values(dossier, vault),
        }
        for dossier in dossiers
        if dossier.ticket not in existing
    ]
    changed = [
        {"of_ticket": dossier.ticket} | {f"new_{name}": value for name, value in _values(dossier, vault).items()}
        for dossier in dossiers
        if dossier.ticket in existing
    ]
    # first what frees a place (promise C5), then who takes it
    if changed:
        await connection.execute(_CHANGE_DOSSIER, changed)
    if new:
        await connection.execute(insert(_TABLE), new)


async def write_decisions(connection: AsyncConnection, decisions: Sequence[DecisionRecord], vault: Vault) -> None:
    """Write decisions; a second one for a form is refused by the table."""
    if decisions:
        rows = [
            {
                "ticket": record.ticket,
                "dossier": record.dossier,
                "form": record.form,
                "automatic": record.automatic,
                "agent": record.agent,
                "law": record.law,
                "route": record.route,
                "first_claim_date": record.first_claim_date,
                "contract_end": record.contract_end,
                "remaining_days": record.remaining_days,
                "facts_sealed": vault.seal(record.facts, FACTS),
                "receipt": record.receipt,
                "decided_at": record.decided_at,
            }
            for record in decisions
        ]
        await connection.execute(insert(schema.decision), rows)
