"""Deadlines: a table that is polled, never a timer in memory, so that a restart misses nothing.

    write ─► open ──its time comes──► due (locked, in order of due date) ──► done, or for a promise: its breach
                 └─► met │ stopped │ superseded

A row falls due once: what was done, and a breach that was seen, is remembered in the row.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.outcome import Deadline, DeadlineKind, DeadlineState, EndDeadlines
from service.store import schema

_TABLE = schema.deadline
_KEY = (_TABLE.c.dossier, _TABLE.c.form, _TABLE.c.kind)
_CHANGED = ("received_at", "due_date", "due_at", "calendar", "state", "ended_at", "breached_at")


def of(row: Row[Any]) -> Deadline:
    """Give a row as the handlers know it."""
    return Deadline(
        dossier=row.dossier,
        form=row.form,
        kind=DeadlineKind(row.kind),
        received_at=row.received_at,
        due_date=row.due_date,
        due_at=row.due_at,
        calendar=row.calendar,
        state=DeadlineState(row.state),
        ended_at=row.ended_at,
        breached_at=row.breached_at,
    )


def _upsert(dialect: str) -> Any:
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(_TABLE)
    return insert.on_conflict_do_update(
        index_elements=_KEY, set_={name: getattr(insert.excluded, name) for name in _CHANGED}
    )


_END = (
    update(_TABLE)
    .where(
        _TABLE.c.dossier == bindparam("of_dossier"),
        _TABLE.c.kind == bindparam("of_kind"),
        _TABLE.c.state == DeadlineState.OPEN.value,
    )
    .values(state=bindparam("new_state"), ended_at=bindparam("new_ended_at"))
)


async def write(connection: AsyncConnection, changes: Sequence[Deadline | EndDeadlines]) -> None:
    """Apply changes in their order, as few statements as that order allows."""
    for is_end, group in _runs(changes):
        if is_end:
            await connection.execute(_END, [row for change in group for row in _ends(change)])
        else:
            # a run names no row twice: PostgreSQL refuses to change one twice in a statement
            await connection.execute(_upsert(connection.dialect.name), [_row(change) for change in group])


def _runs(changes: Sequence[Deadline | EndDeadlines]) -> Iterable[tuple[bool, list[Any]]]:
    """Part the changes into ends and rows; an end never overtakes a row of its own dossier, nor a row an end."""
    ends: list[EndDeadlines] = []
    rows: dict[tuple[str, str, str], Deadline] = {}
    for change in changes:
        if isinstance(change, EndDeadlines):
            if any(key[0] == change.dossier and DeadlineKind(key[2]) in change.kinds for key in rows):
                yield from _flushed(ends, rows)
                ends, rows = [], {}
            ends.append(change)
        else:
            rows[change.dossier, change.form, change.kind.value] = change
    yield from _flushed(ends, rows)


def _flushed(ends: list[EndDeadlines], rows: dict[tuple[str, str, str], Deadline]) -> Iterable[tuple[bool, list[Any]]]:
    if ends:
        yield True, ends
    if rows:
        yield False, list(rows.values())


def _ends(change: EndDeadlines) -> list[dict[str, object]]:
    return [
        {
            "of_dossier": change.dossier,
            "of_kind": kind.value,
            "new_state": change.state.value,
            "new_ended_at": change.at,
        }
        for kind in change.kinds
    ]


def _row(change: Deadline) -> dict[str, object]:
    return {
        "dossier": change.dossier,
        "form": change.form,
        "kind": change.kind.value,
        "received_at": change.received_at,
        "due_date": change.due_date,
        "due_at": change.due_at,
        "calendar": change.calendar,
        "state": change.state.value,
        "ended_at": change.ended_at,
        "breached_at": change.breached_at,
    }


def _waiting() -> Any:
    return (_TABLE.c.state == DeadlineState.OPEN.value) & _TABLE.c.breached_at.is_(None)


Key = tuple[str, str, str]
"""Dossier, form and kind of a deadline."""


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Key]:
    """Name what has fallen due, the first due first; nothing is locked."""
    query = select(*_KEY).where(_waiting(), _TABLE.c.due_at <= now).order_by(_TABLE.c.due_at, *_KEY).limit(limit)
    return [(row.dossier, row.form, row.kind) for row in await connection.execute(query)]


async def take(connection: AsyncConnection, key: Key, now: datetime) -> Deadline | None:
    """Give it, locked; None where it was handled, ended or put off meanwhile. Its dossier must be locked before."""
    dossier, form, kind = key
    query = (
        select(_TABLE)
        .where(_TABLE.c.dossier == dossier, _TABLE.c.form == form, _TABLE.c.kind == kind)
        .where(_waiting(), _TABLE.c.due_at <= now)
        .with_for_update()
    )
    row = (await connection.execute(query)).first()
    return of(row) if row is not None else None


async def of_dossiers(
    connection: AsyncConnection, dossiers: Collection[str], *, only_open: bool = False
) -> dict[str, list[Deadline]]:
    """Give the deadlines of these dossiers, by dossier, the first due first."""
    found: dict[str, list[Deadline]] = {}
    if dossiers:
        query = select(_TABLE).where(_TABLE.c.dossier.in_(dossiers)).order_by(_TABLE.c.due_at, *_KEY)
        if only_open:
            query = query.where(_TABLE.c.state == DeadlineState.OPEN.value)
        for row in await connection.execute(query):
            found.setdefault(row.dossier, []).append(of(row))
    return found
