"""Senders and mandates: who may speak, for which CPAS, from when to when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.dossier import Mandate, PartyKind, Sender
from service.store import schema


@dataclass(frozen=True, slots=True)
class Party:
    """A sender with its mandates."""

    sender: Sender
    mandates: tuple[Mandate, ...]


async def load(connection: AsyncConnection, numbers: Collection[str] | None = None) -> dict[str, Party]:
    """Give the parties by number: those named, or all."""
    senders = select(schema.sender).order_by(schema.sender.c.number)
    mandates = select(schema.mandate).order_by(schema.mandate.c.sender, schema.mandate.c.company_id)
    if numbers is not None:
        senders = senders.where(schema.sender.c.number.in_(numbers))
        mandates = mandates.where(schema.mandate.c.sender.in_(numbers))
    held: dict[str, list[Mandate]] = {}
    for row in await connection.execute(mandates):
        held.setdefault(row.sender, []).append(Mandate(row.company_id, row.valid_from, row.valid_to))
    return {
        row.number: Party(
            Sender(row.number, row.name, PartyKind(row.kind), row.language, row.active),
            tuple(held.get(row.number, ())),
        )
        for row in await connection.execute(senders)
    }


async def add(connection: AsyncConnection, sender: Sender, now: datetime) -> bool:
    """Add a sender, or give an existing one its new name, kind and language; True where it is new."""
    values = {"name": sender.name, "kind": sender.kind.value, "language": sender.language, "active": sender.active}
    changed = await connection.execute(
        update(schema.sender).where(schema.sender.c.number == sender.number).values(values)
    )
    if changed.rowcount:
        return False
    await connection.execute(insert(schema.sender).values(number=sender.number, created_at=now, **values))
    return True


async def give_mandates(connection: AsyncConnection, number: str, mandates: Sequence[Mandate]) -> None:
    """Let a sender speak for each CPAS; a mandate that stands already gets its new end."""
    table = schema.mandate
    for mandate in mandates:
        changed = await connection.execute(
            update(table)
            .where(
                table.c.sender == number,
                table.c.company_id == mandate.company_id,
                table.c.valid_from == mandate.valid_from,
            )
            .values(valid_to=mandate.valid_to)
        )
        if not changed.rowcount:
            await connection.execute(
                insert(table).values(
                    sender=number,
                    company_id=mandate.company_id,
                    valid_from=mandate.valid_from,
                    valid_to=mandate.valid_to,
                )
            )
