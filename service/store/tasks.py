"""Review tasks as stored: each the whole OCCP101 that went out, sealed, and where it stands."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.dossier import StoredTask, TaskState
from service.store import schema
from service.vault import Vault

TASK = "review_task.body"
_TABLE = schema.review_task


def _task(row: Row[Any], vault: Vault) -> StoredTask:
    return StoredTask(
        ticket=row.ticket,
        dossier=row.dossier,
        form=row.form,
        office=row.office,
        state=TaskState(row.state),
        reasons=tuple(row.reasons.split()),
        due_at=row.due_at,
        body=vault.open(bytes(row.body_sealed), TASK),
        created_at=row.created_at,
        request_message_id=row.request_message_id,
        schema_version=row.schema_version,
    )


async def find(connection: AsyncConnection, ticket: str, vault: Vault) -> StoredTask | None:
    """Give one task by its OCCP101's ticket."""
    row = (await connection.execute(select(_TABLE).where(_TABLE.c.ticket == ticket))).first()
    return _task(row, vault) if row is not None else None


async def load(
    connection: AsyncConnection, dossiers: Collection[str], named: Collection[str], vault: Vault
) -> dict[str, StoredTask]:
    """Give the open tasks of these dossiers, and those named by ticket whatever their state, locked."""
    if not dossiers and not named:
        return {}
    query = (
        select(_TABLE)
        .where(
            or_(_TABLE.c.ticket.in_(named), _TABLE.c.dossier.in_(dossiers) & (_TABLE.c.state == TaskState.OPEN.value))
        )
        .order_by(_TABLE.c.ticket)
        .with_for_update()
    )
    return {row.ticket: _task(row, vault) for row in await connection.execute(query)}


_CHANGE_TASK = update(_TABLE).where(_TABLE.c.ticket == bindparam("of_ticket")).values(state=bindparam("new_state"))


async def write(
    connection: AsyncConnection, tasks: Collection[StoredTask], existing: Collection[str], vault: Vault
) -> None:
    """Write review tasks: those whose ticket is among `existing` change their state, the others are new."""
    new = [
        {
            "ticket": task.ticket,
            "dossier": task.dossier,
            "form": task.form,
            "office": task.office,
            "state": task.state.value,
            "reasons": " ".join(task.reasons),
            "due_at": task.due_at,
            "body_sealed": vault.seal(task.body, TASK),
            "created_at": task.created_at,
            "request_message_id": task.request_message_id,
            "schema_version": task.schema_version,
        }
        for task in tasks
        if task.ticket not in existing
    ]
    if new:
        await connection.execute(insert(_TABLE), new)
    changed = [{"of_ticket": t.ticket, "new_state": t.state.value} for t in tasks if t.ticket in existing]
    if changed:
        await connection.execute(_CHANGE_TASK, changed)
