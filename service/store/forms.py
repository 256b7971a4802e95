"""Forms: what became of each, and what a ticket or a sender's own reference names.

A form that brought or changed a request keeps that request as it then stood, sealed; the dossier's current request is
that of its last form.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.context import Referred
from schemas.codec import decode
from schemas.models import CalculationRequest
from service.store import outbox, schema
from service.vault import Vault

REQUEST = "form.request"
SUBSTANCE = "substance"
_FORM, _INBOX, _OUTBOX = schema.form, schema.inbox, schema.outbox

_PASSED_ON = ("OCCP006", "OCCP007")
"""Messages that one party writes and another answers: the answer echoes the writer's own reference."""

Reference = tuple[str, str]
"""Sender number, and that sender's own reference of a form."""


@dataclass(frozen=True, slots=True)
class HandledForm:
    """What became of a form.

    `reference` is the sender's own; `answers` the ticket it answers (5/2); `before` the form whose request it changed.
    """

    ticket: str
    dossier: str | None
    identification: str | None
    accepted: bool
    anomalies: tuple[str, ...]
    sender: str = ""
    reference: str = ""
    answers: str | None = None
    topic: str = ""
    request: CalculationRequest | None = None
    before: str | None = None


def reference_index(vault: Vault, reference: Reference) -> bytes:
    """Give the keyed hash under which a form is found by its sender's own reference, which may hold anything."""
    return vault.index("\0".join(reference))


async def write(connection: AsyncConnection, forms: Sequence[HandledForm], vault: Vault) -> None:
    """Write what became of each form."""
    if forms:
        await connection.execute(insert(_FORM), [_row(form, vault) for form in forms])


def _row(form: HandledForm, vault: Vault) -> dict[str, object]:
    request = form.request
    findable = form.accepted and form.reference and form.identification == "OCCP001"
    return {
        "ticket": form.ticket,
        "dossier": form.dossier,
        "identification": form.identification,
        "accepted": form.accepted,
        "anomalies": " ".join(form.anomalies),
        "topic": form.topic,
        "answers": form.answers if form.accepted else None,
        "before": form.before,
        "reference_index": reference_index(vault, (form.sender, form.reference)) if findable else None,
        "request_sealed": vault.seal(request.model_dump_json().encode(), REQUEST) if request is not None else None,
    }


async def referred(connection: AsyncConnection, tickets: Collection[str], vault: Vault) -> dict[str, Referred]:
    """Give what these tickets name: a form of a sender's, or a message of ours."""
    if not tickets:
        return {}
    forms = await connection.execute(
        select(
            _FORM.c.ticket,
            _FORM.c.identification,
            _FORM.c.dossier,
            _FORM.c.accepted,
            _INBOX.c.sender,
            _INBOX.c.message_id,
        )
        .join(_INBOX, _INBOX.c.ticket == _FORM.c.ticket)
        .where(_FORM.c.ticket.in_(tickets))
    )
    found = {
        row.ticket: Referred(
            row.ticket, row.identification or "", row.dossier, row.ticket, row.sender, row.message_id, row.accepted
        )
        for row in forms
    }
    ours = await connection.execute(
        select(
            _OUTBOX.c.ticket,
            _OUTBOX.c.identification,
            _OUTBOX.c.dossier,
            _OUTBOX.c.form,
            _OUTBOX.c.recipient,
            case((_OUTBOX.c.identification.in_(_PASSED_ON), _OUTBOX.c.body_sealed)).label("passed_on"),
            _INBOX.c.sender,
            _INBOX.c.message_id,
        )
        .join(_INBOX, _INBOX.c.ticket == _OUTBOX.c.form)
        .where(_OUTBOX.c.ticket.in_(tickets))
    )
    found |= {
        row.ticket: Referred(
            row.ticket,
            row.identification,
            row.dossier,
            row.form,
            row.sender,
            row.message_id,
            recipient=row.recipient,
            reference=_reference_in(vault.open(bytes(row.passed_on), outbox.BODY)) if row.passed_on else None,
        )
        for row in ours
    }
    return found


def _reference_in(body: bytes) -> str | None:
    """Give the sender's own reference that a message of ours tells."""
    return decode(body).header.reference(5, 1)


async def answered(connection: AsyncConnection, tickets: Collection[str]) -> set[str]:
    """Give which of these tickets an accepted form has answered."""
    if not tickets:
        return set()
    query = select(_FORM.c.answers).where(_FORM.c.answers.in_(tickets))
    return {str(ticket) for ticket in (await connection.execute(query)).scalars()}


async def by_reference(
    connection: AsyncConnection, references: Collection[Reference], vault: Vault
) -> dict[Reference, str]:
    """Give the last accepted form that bears each of these references of its sender."""
    if not references:
        return {}
    indexes = {reference_index(vault, reference): reference for reference in references}
    query = (
        select(_FORM.c.reference_index, _FORM.c.ticket)
        .join(_INBOX, _INBOX.c.ticket == _FORM.c.ticket)
        .where(_FORM.c.reference_index.in_(indexes))
        .order_by(_INBOX.c.received_at)
    )
    return {indexes[bytes(row.reference_index)]: row.ticket for row in await connection.execute(query)}


async def requests(
    connection: AsyncConnection, tickets: Collection[str], vault: Vault
) -> dict[str, tuple[CalculationRequest, str | None]]:
    """Give the request as it stood after each of these forms, and the form it stood with before."""
    if not tickets:
        return {}
    query = select(_FORM.c.ticket, _FORM.c.request_sealed, _FORM.c.before).where(
        _FORM.c.ticket.in_(tickets), _FORM.c.request_sealed.is_not(None)
    )
    return {
        row.ticket: (
            CalculationRequest.model_validate_json(vault.open(bytes(row.request_sealed), REQUEST)),
            row.before,
        )
        for row in await connection.execute(query)
    }


async def substance_contacts(connection: AsyncConnection, dossiers: Collection[str]) -> dict[str, int]:
    """Count the accepted contacts of kind `substance` on each of these dossiers."""
    if not dossiers:
        return {}
    query = (
        select(_FORM.c.dossier, func.count())
        .where(_FORM.c.dossier.in_(dossiers), _FORM.c.topic == SUBSTANCE, _FORM.c.accepted)
        .group_by(_FORM.c.dossier)
    )
    return {str(dossier): count for dossier, count in await connection.execute(query)}
