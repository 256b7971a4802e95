"""Dossiers and all that hangs on them: decisions, review tasks, deadlines, history, the forms behind them."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.context import Needs
from handlers.dossier import Dossier, State, StoredTask, TaskState
from handlers.outcome import Deadline, DeadlineState, DecisionRecord, HistoryEntry, MeetDeadline
from service.store import schema
from service.vault import Vault

INSS = "dossier.inss"
REFERENCE = "dossier.reference"
FACTS = "decision.facts"
TASK = "review_task.body"


@dataclass(frozen=True, slots=True)
class HandledForm:
    """What became of a form."""

    ticket: str
    dossier: str | None
    identification: str | None
    accepted: bool
    anomalies: tuple[str, ...]


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
    )


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


async def load(
    connection: AsyncConnection, needs: Iterable[Needs], vault: Vault
) -> tuple[dict[str, Dossier], dict[str, StoredTask]]:
    """Give the dossiers and tasks that these messages need, by ticket, and lock them until the transaction ends."""
    wanted = list(needs)
    tasks = await _load_tasks(connection, {need.task_ticket for need in wanted if need.task_ticket}, vault)
    people = {vault.index(need.inss) for need in wanted if need.inss}
    dossiers = await _load_dossiers(connection, people, {task.dossier for task in tasks.values()}, vault)
    return dossiers, tasks


async def _load_tasks(connection: AsyncConnection, tickets: set[str], vault: Vault) -> dict[str, StoredTask]:
    if not tickets:
        return {}
    table = schema.review_task
    query = select(table).where(table.c.ticket.in_(tickets)).order_by(table.c.ticket).with_for_update()
    return {row.ticket: _task(row, vault) for row in await connection.execute(query)}


async def _load_dossiers(
    connection: AsyncConnection, people: set[bytes], tickets: set[str], vault: Vault
) -> dict[str, Dossier]:
    if not people and not tickets:
        return {}
    table = schema.dossier
    query = (
        select(table)
        .where(or_(table.c.person_index.in_(people), table.c.ticket.in_(tickets)))
        .order_by(table.c.ticket)
        .with_for_update()
    )
    return {row.ticket: _dossier(row, vault) for row in await connection.execute(query)}


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
    }


_CHANGE_DOSSIER = (
    update(schema.dossier)
    .where(schema.dossier.c.ticket == bindparam("of_ticket"))
    .values(
        {
            name: bindparam(name)
            for name in (
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
            )
        }
    )
)


async def write_dossiers(
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
    if new:
        await connection.execute(insert(schema.dossier), new)
    changed = [{"of_ticket": d.ticket, **_values(d, vault)} for d in dossiers if d.ticket in existing]
    if changed:
        await connection.execute(_CHANGE_DOSSIER, changed)


async def write_forms(connection: AsyncConnection, forms: Sequence[HandledForm]) -> None:
    """Write what became of each form."""
    if forms:
        rows = [
            {
                "ticket": form.ticket,
                "dossier": form.dossier,
                "identification": form.identification,
                "accepted": form.accepted,
                "anomalies": " ".join(form.anomalies),
            }
            for form in forms
        ]
        await connection.execute(insert(schema.form), rows)


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


_CHANGE_TASK = (
    update(schema.review_task)
    .where(schema.review_task.c.ticket == bindparam("of_ticket"))
    .values(state=bindparam("new_state"))
)


async def write_tasks(
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
        await connection.execute(insert(schema.review_task), new)
    changed = [{"of_ticket": t.ticket, "new_state": t.state.value} for t in tasks if t.ticket in existing]
    if changed:
        await connection.execute(_CHANGE_TASK, changed)


_MEET_DEADLINE = (
    update(schema.deadline)
    .where(
        schema.deadline.c.dossier == bindparam("of_dossier"),
        schema.deadline.c.form == bindparam("of_form"),
        schema.deadline.c.kind == bindparam("of_kind"),
        schema.deadline.c.state == DeadlineState.OPEN.value,
    )
    .values(state=DeadlineState.MET.value, met_at=bindparam("new_met_at"))
)


async def write_deadlines(connection: AsyncConnection, changes: Sequence[Deadline | MeetDeadline]) -> None:
    """Set deadlines, then mark those met that were."""
    new, met = [], []
    for change in changes:
        match change:
            case Deadline():
                new.append(
                    {
                        "dossier": change.dossier,
                        "form": change.form,
                        "kind": change.kind.value,
                        "received_at": change.received_at,
                        "due_date": change.due_date,
                        "due_at": change.due_at,
                        "calendar": change.calendar,
                        "state": change.state.value,
                        "met_at": change.met_at,
                    }
                )
            case MeetDeadline():
                met.append(
                    {
                        "of_dossier": change.dossier,
                        "of_form": change.form,
                        "of_kind": change.kind.value,
                        "new_met_at": change.met_at,
                    }
                )
    if new:
        await connection.execute(insert(schema.deadline), new)
    if met:
        await connection.execute(_MEET_DEADLINE, met)


async def write_history(connection: AsyncConnection, entries: Sequence[HistoryEntry]) -> None:
    """Append to the history; it is never changed."""
    if entries:
        rows = [
            {
                "dossier": entry.dossier,
                "at": entry.at,
                "actor": entry.actor,
                "kind": entry.kind.value,
                "ground": entry.ground,
                "detail": json.dumps(entry.detail),
            }
            for entry in entries
        ]
        await connection.execute(insert(schema.history), rows)
