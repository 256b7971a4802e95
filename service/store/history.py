"""The history: one append-only line for each thing that happened to a dossier (promise O7); nothing changes it."""

import json
from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.outcome import HistoryEntry, HistoryKind
from service.store import schema

_TABLE = schema.history


async def write(connection: AsyncConnection, entries: Sequence[HistoryEntry]) -> None:
    """Append."""
    if entries:
        rows = [
            {
                "dossier": entry.dossier,
                "at": entry.at,
                "actor": entry.actor,
                "kind": entry.kind.value,
                "ground": entry.ground,
                "detail": json.dumps(entry.detail),
                "internal": entry.internal,
            }
            for entry in entries
        ]
        await connection.execute(insert(_TABLE), rows)


async def of_dossiers(connection: AsyncConnection, dossiers: Sequence[str]) -> dict[str, list[HistoryEntry]]:
    """Give the history of these dossiers, by dossier, oldest first."""
    found: dict[str, list[HistoryEntry]] = {}
    if dossiers:
        for row in await connection.execute(select(_TABLE).where(_TABLE.c.dossier.in_(dossiers)).order_by(_TABLE.c.id)):
            detail = tuple((name, value) for name, value in json.loads(row.detail))
            entry = HistoryEntry(
                row.dossier, row.at, row.actor, HistoryKind(row.kind), row.ground, detail, row.internal
            )
            found.setdefault(row.dossier, []).append(entry)
    return found
