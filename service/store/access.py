"""The history of access: who let whom speak, for what, when. Written once, never changed: the database refuses it.

It names senders, centres and forms, and whoever changed something; no person whose request was sent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.schema import access_log

SERVICE = "service"
"""The actor where nobody asked for it: what an installation does by itself."""


class AccessKind(StrEnum):
    """What changed; values are contract."""

    ADDED = "added"
    """The sender became a party."""
    CHANGED = "changed"
    """It got another name, kind or language."""
    MANDATED = "mandated"
    """A CPAS's mandate was registered, or registered anew with other forms or another end."""
    MANDATE_ENDED = "mandate_ended"
    """A mandate got its last day."""
    MANDATE_WITHDRAWN = "mandate_withdrawn"
    """A mandate was taken back before its first day."""
    SUSPENDED = "suspended"
    """Nothing is taken from it any more, and its broker user is shut out."""
    RESUMED = "resumed"
    """It may speak again."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes access, when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history. `detail` holds names and values as written, in order."""

    at: datetime
    actor: str
    kind: AccessKind
    detail: dict[str, str]


async def record(
    connection: AsyncConnection, sender: str, change: Change, kind: AccessKind, detail: Mapping[str, object]
) -> None:
    """Add a line; what is None in `detail` is left out."""
    told = {name: str(value) for name, value in detail.items() if value is not None}
    row = {"sender": sender, "at": change.at, "actor": change.by, "kind": kind.value, "detail": json.dumps(told)}
    await connection.execute(insert(access_log), [row])


async def history(connection: AsyncConnection, sender: str) -> list[Line]:
    """Give a sender's history, oldest first."""
    query = select(access_log).where(access_log.c.sender == sender).order_by(access_log.c.id)
    return [
        Line(row.at, row.actor, AccessKind(row.kind), json.loads(row.detail)) for row in await connection.execute(query)
    ]
