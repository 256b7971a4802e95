"""What is due and what is late, across all dossiers, for people and scripts. Reads, never writes; tells no person.

open deadlines ─► due by `until`, the first due first ─► Standing: not yet │ late by …
all deadlines  ─► Counts
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.outcome import DeadlineKind, DeadlineState
from service.store import schema

SERVICE_SECONDS = 60
"""A running service does what falls due within seconds: what still waits after so many shows that none runs."""
_DEADLINE, _DOSSIER = schema.deadline, schema.dossier
_OPEN = _DEADLINE.c.state == DeadlineState.OPEN.value
_PROMISE = _DEADLINE.c.kind == DeadlineKind.O2_DECISION.value


@dataclass(frozen=True, slots=True)
class Standing:
    """An open deadline as it stands. `due_date` is a Brussels date; `late_by` is None while it is not late."""

    kind: str
    dossier: str
    form: str
    office: str
    state: str
    """The dossier's state."""
    due_date: date
    due_at: datetime
    late_by: timedelta | None
    breached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers for a watcher: open deadlines, those late now, and the broken promises (O2), open and ever."""

    open: int
    late: int
    breached_open: int
    breached: int


async def standings(
    connection: AsyncConnection, now: datetime, until: datetime, office: str | None = None
) -> list[Standing]:
    """Give the open deadlines that fall due by then, of one office or of all, the first due first."""
    query = (
        select(_DEADLINE, _DOSSIER.c.office, _DOSSIER.c.state.label("dossier_state"))
        .join(_DOSSIER, _DOSSIER.c.ticket == _DEADLINE.c.dossier)
        .where(_OPEN, _DEADLINE.c.due_at <= until)
        .order_by(_DEADLINE.c.due_at, _DEADLINE.c.dossier, _DEADLINE.c.kind)
    )
    if office is not None:
        query = query.where(_DOSSIER.c.office == office)
    return [
        Standing(
            row.kind,
            row.dossier,
            row.form,
            row.office,
            row.dossier_state,
            row.due_date,
            row.due_at,
            now - row.due_at if row.due_at < now - _patience(row.kind) else None,
            row.breached_at,
        )
        for row in await connection.execute(query)
    ]


def _patience(kind: str) -> timedelta:
    """Give how long past its time a deadline is not yet late: what the service does by itself takes a look."""
    return timedelta(0) if kind == DeadlineKind.O2_DECISION else timedelta(seconds=SERVICE_SECONDS)


async def counts(connection: AsyncConnection, now: datetime, office: str | None = None) -> Counts:
    """Count, of one office or of all."""
    unlooked = _DEADLINE.c.due_at < now - timedelta(seconds=SERVICE_SECONDS)
    late = and_(_OPEN, or_(unlooked, and_(_PROMISE, _DEADLINE.c.due_at < now)))
    breached = _DEADLINE.c.breached_at.is_not(None)
    query = select(
        func.count().filter(_OPEN),
        func.count().filter(late),
        func.count().filter(_OPEN, breached),
        func.count().filter(breached),
    ).select_from(_DEADLINE.join(_DOSSIER, _DOSSIER.c.ticket == _DEADLINE.c.dossier))
    if office is not None:
        query = query.where(_DOSSIER.c.office == office)
    return Counts(*(await connection.execute(query)).one())
