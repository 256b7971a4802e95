"""What the store holds, for people: a dossier with all that hangs on it, and the review tasks. Reads, never writes.

It shows no personal data: a dossier is told by its tickets, codes and dates; who the person is stays sealed, and so
does the sender's own reference, where a vendor may have put a national number.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import schema

Line = dict[str, Any]
"""One row as plain data, keys as in the tables; times are aware UTC."""

_DOSSIER = ("ticket", "state", "sender", "company_id", "language", "occupation_start", "contract_end")
_DECISION = ("ticket", "form", "automatic", "agent", "law", "route", "remaining_days", "contract_end")
_TASK = ("ticket", "dossier", "form", "office", "state", "reasons", "due_at", "created_at")
_DEADLINE = ("kind", "form", "received_at", "due_date", "due_at", "calendar", "state", "ended_at", "breached_at")
_STANDING = ("office", "last_form", "last_addition", "calculations", "has_derogation", "decision", "open_return")
_DOCUMENT = ("form", "position", "media_type", "size", "sha256")


async def dossier(connection: AsyncConnection, ticket: str) -> Line | None:
    """Give the dossier that a ticket belongs to - its own, or any of its forms' - with all that hangs on it."""
    number = await _number_of(connection, ticket)
    table = schema.dossier
    row = (await connection.execute(select(table).where(table.c.ticket == number))).first()
    if row is None:
        return None
    found = _pick(row, (*_DOSSIER, *_STANDING, "created_at", "updated_at"))
    due = _of(schema.deadline, number).order_by(schema.deadline.c.due_at, schema.deadline.c.kind)
    found["deadlines"] = await _lines(connection, due, _DEADLINE)
    columns = (*_DECISION, "first_claim_date", "decided_at")
    made = _of(schema.decision, number).order_by(schema.decision.c.decided_at)
    decisions = await _lines(connection, made, columns)
    found["decisions"] = [{**line, "in_force": line["ticket"] == row.decision} for line in decisions]
    found["tasks"] = await _lines(connection, _of(schema.review_task, number), _TASK)
    kept = _of(schema.attachment, number).order_by(schema.attachment.c.form, schema.attachment.c.position)
    found["documents"] = await _lines(connection, kept, _DOCUMENT)
    found["messages"] = await _messages(connection, number)
    found["history"] = await _history(connection, number)
    return found


async def tasks(connection: AsyncConnection, *, everything: bool = False, office: str | None = None) -> list[Line]:
    """Give the open review tasks, the first due first; with `everything` the others too, of one office or of all."""
    table = schema.review_task
    query = select(table).order_by(table.c.due_at, table.c.ticket)
    if office is not None:
        query = query.where(table.c.office == office)
    return await _lines(connection, query if everything else query.where(table.c.state == "open"), _TASK)


async def _number_of(connection: AsyncConnection, ticket: str) -> str:
    """Give the dossier number behind a ticket; the ticket itself where nothing is behind it."""
    for table in (schema.form, schema.review_task, schema.decision, schema.outbox):
        number = (await connection.execute(select(table.c.dossier).where(table.c.ticket == ticket))).scalar()
        if number is not None:
            return str(number)
    return ticket


async def _messages(connection: AsyncConnection, number: str) -> list[Line]:
    """Give the forms of a dossier and the answers to them, in the order of time, the form before its answers."""
    inbox, form, outbox = schema.inbox, schema.form, schema.outbox
    forms = await connection.execute(
        select(inbox, form.c.identification, form.c.accepted, form.c.anomalies)
        .join(form, form.c.ticket == inbox.c.ticket)
        .where(form.c.dossier == number)
    )
    lines = [
        {
            "direction": "in",
            "at": row.received_at,
            "party": row.sender,
            "identification": row.identification,
            "file_name": row.file_name,
            "ticket": row.ticket,
            "message_id": row.message_id,
            "sent_at": row.sent_at,
            "accepted": row.accepted,
            "anomalies": row.anomalies.split(),
        }
        for row in forms
    ]
    answers = await connection.execute(
        select(outbox)
        .where(or_(outbox.c.form.in_([line["ticket"] for line in lines]), outbox.c.form == number))
        .order_by(outbox.c.id)
    )
    lines += [
        {
            "direction": "out",
            "at": row.created_at,
            "party": row.recipient,
            "identification": row.identification,
            "file_name": row.file_name,
            "form": row.form,
            "ticket": row.ticket,
            "message_id": row.message_id,
            "sent_at": row.sent_at,
            "duplicate": row.replay_of is not None,
        }
        for row in answers
    ]
    return sorted(lines, key=lambda line: (line["at"], line["direction"]))


async def _history(connection: AsyncConnection, number: str) -> list[Line]:
    query = _of(schema.history, number).order_by(schema.history.c.id)
    lines = await _lines(connection, query, ("at", "actor", "kind", "ground", "detail", "internal"))
    return [{**line, "detail": dict(json.loads(line["detail"]))} for line in lines]


def _of(table: Any, number: str) -> Select[Any]:
    return select(table).where(table.c.dossier == number)


async def _lines(connection: AsyncConnection, query: Select[Any], columns: Sequence[str]) -> list[Line]:
    return [_pick(row, columns) for row in await connection.execute(query)]


def _pick(row: Row[Any], columns: Sequence[str]) -> Line:
    line = {name: getattr(row, name) for name in columns}
    if "reasons" in line:
        line["reasons"] = line["reasons"].split()
    return line
