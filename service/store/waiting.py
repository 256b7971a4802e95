"""Forms that came before the one they build on: kept until that one is there, at most until their time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import schema
from service.store.forms import Reference, reference_index
from service.vault import Vault

_TABLE, _FORM = schema.waiting, schema.form


@dataclass(frozen=True, slots=True)
class WaitingForm:
    """A form that waits: its ticket, the reference it waits for, until when."""

    ticket: str
    reference: Reference
    until: datetime


async def write(connection: AsyncConnection, forms: Sequence[WaitingForm], vault: Vault) -> None:
    """Let forms wait."""
    if forms:
        rows = [
            {"form": form.ticket, "reference_index": reference_index(vault, form.reference), "until": form.until}
            for form in forms
        ]
        await connection.execute(insert(_TABLE), rows)


async def ready(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Give the forms whose predecessor is there or whose time is over, the first to end first; nothing is locked."""
    is_there = select(_FORM.c.ticket).where(_FORM.c.reference_index == _TABLE.c.reference_index).exists()
    query = select(_TABLE.c.form).where(or_(is_there, _TABLE.c.until <= now)).order_by(_TABLE.c.until).limit(limit)
    return list((await connection.execute(query)).scalars())


async def take(connection: AsyncConnection, ticket: str) -> bool:
    """Take a form out of the waiting ones, to handle it in this transaction; False where another instance did."""
    taken = await connection.execute(delete(_TABLE).where(_TABLE.c.form == ticket))
    return bool(taken.rowcount)
