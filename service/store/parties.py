"""Senders and mandates: who may speak, for which CPAS and forms, from when to when. Every change leaves its line.

    add · give_mandates · end_mandates · suspend · resume ─► row, and a line of `access_log` in the same transaction

Refuses to decide who may do what: that is `handlers.rights`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.dossier import Mandate, PartyKind, Sender
from service.store import schema
from service.store.access import AccessKind, Change, record


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when a sender is shut out, and why."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Party:
    """A sender with its mandates; `suspension` is None where it may speak."""

    sender: Sender
    mandates: tuple[Mandate, ...]
    suspension: Suspension | None = None


async def load(connection: AsyncConnection, numbers: Collection[str] | None = None) -> dict[str, Party]:
    """Give the parties by number: those named, or all."""
    senders = select(schema.sender).order_by(schema.sender.c.number)
    mandates = select(schema.mandate).order_by(
        schema.mandate.c.sender, schema.mandate.c.company_id, schema.mandate.c.valid_from
    )
    if numbers is not None:
        senders = senders.where(schema.sender.c.number.in_(numbers))
        mandates = mandates.where(schema.mandate.c.sender.in_(numbers))
    held: dict[str, list[Mandate]] = {}
    for row in await connection.execute(mandates):
        held.setdefault(row.sender, []).append(_mandate(row))
    return {row.number: _party(row, held.get(row.number, ())) for row in await connection.execute(senders)}


def _mandate(row: Row[tuple[object, ...]]) -> Mandate:
    forms = frozenset(row.forms.split()) if row.forms is not None else None
    return Mandate(row.company_id, row.valid_from, row.valid_to, forms)


def _party(row: Row[tuple[object, ...]], mandates: Sequence[Mandate]) -> Party:
    suspension = Suspension(row.suspended_at, row.suspension_reason) if row.suspended_at else None
    sender = Sender(row.number, row.name, PartyKind(row.kind), row.language, active=suspension is None)
    return Party(sender, tuple(mandates), suspension)


async def add(connection: AsyncConnection, sender: Sender, change: Change) -> bool:
    """Add a sender, or give an existing one its new name, kind and language; True where it is new.

    A suspended sender stays so: `resume` lets it speak again, and nothing else does.
    """
    values = {"name": sender.name, "kind": sender.kind.value, "language": sender.language}
    table = schema.sender
    known = (await connection.execute(select(table).where(table.c.number == sender.number))).first()
    if known is None:
        await connection.execute(insert(table).values(number=sender.number, created_at=change.at, **values))
        await record(connection, sender.number, change, AccessKind.ADDED, values)
    elif any(getattr(known, name) != value for name, value in values.items()):
        await connection.execute(update(table).where(table.c.number == sender.number).values(values))
        await record(connection, sender.number, change, AccessKind.CHANGED, values)
    return known is None


async def give_mandates(connection: AsyncConnection, number: str, mandates: Sequence[Mandate], change: Change) -> None:
    """Let a sender speak for each CPAS; a mandate that stands from the same day gets its new end and forms."""
    table = schema.mandate
    for mandate in mandates:
        forms = " ".join(sorted(mandate.forms)) if mandate.forms is not None else None
        key = {"sender": number, "company_id": mandate.company_id, "valid_from": mandate.valid_from}
        values = {"valid_to": mandate.valid_to, "forms": forms}
        changed = await connection.execute(update(table).filter_by(**key).values(values))
        if not changed.rowcount:
            await connection.execute(insert(table).values(**key, **values))
        told = {"cpas": mandate.company_id, "from": mandate.valid_from, "until": mandate.valid_to, "forms": forms}
        await record(connection, number, change, AccessKind.MANDATED, told)


async def end_mandates(connection: AsyncConnection, number: str, company_id: str, last: date, change: Change) -> int:
    """Give every mandate that would outlast this day its end; one that would begin later is taken back.

    Gives how many there were.
    """
    table = schema.mandate
    mine = and_(table.c.sender == number, table.c.company_id == company_id)
    outlasting = or_(table.c.valid_to.is_(None), table.c.valid_to > last)
    query = select(table.c.valid_from).where(mine, outlasting).order_by(table.c.valid_from)
    starts = (await connection.execute(query)).scalars().all()
    for start in starts:
        this = and_(mine, table.c.valid_from == start)
        told = {"cpas": company_id, "from": start}
        if start > last:
            await connection.execute(delete(table).where(this))
            await record(connection, number, change, AccessKind.MANDATE_WITHDRAWN, told)
        else:
            await connection.execute(update(table).where(this).values(valid_to=last))
            await record(connection, number, change, AccessKind.MANDATE_ENDED, {**told, "until": last})
    return len(starts)


async def suspend(connection: AsyncConnection, number: str, reason: str, change: Change) -> bool:
    """Shut a sender out from now on; False where it is already, which changes nothing."""
    return await _suspend(connection, number, Suspension(change.at, reason), reason, change)


async def resume(connection: AsyncConnection, number: str, reason: str, change: Change) -> bool:
    """Let a suspended sender speak again; False where it is not suspended."""
    return await _suspend(connection, number, None, reason, change)


async def _suspend(
    connection: AsyncConnection, number: str, suspension: Suspension | None, reason: str, change: Change
) -> bool:
    table = schema.sender
    suspended = table.c.suspended_at.is_not(None)
    changed = await connection.execute(
        update(table)
        .where(table.c.number == number, suspended if suspension is None else ~suspended)
        .values(
            suspended_at=suspension and suspension.since,
            suspension_reason=suspension and suspension.reason,
        )
    )
    if changed.rowcount:
        kind = AccessKind.RESUMED if suspension is None else AccessKind.SUSPENDED
        await record(connection, number, change, kind, {"reason": reason})
    return bool(changed.rowcount)
