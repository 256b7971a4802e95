"""Contacts and escalations that wait for ONEM, by desk: an office, the application's, the product's, the second line's.

    passed on to ONEM (OCCP006, OCCP007) and nobody has answered it ──► open, the oldest first

Reads, never writes. The list tells no person; what a contact says is read one by one.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.codec import decode
from schemas.models import Contact, Escalation
from service.channel.topology import ONEM
from service.store import outbox, schema
from service.vault import Vault

_FORM, _OUTBOX, _DOSSIER = schema.form, schema.outbox, schema.dossier
_KINDS = ("OCCP006", "OCCP007")


@dataclass(frozen=True, slots=True)
class OpenContact:
    """One that waits. `ticket` is what its answer names; `kind` is of a contact: support, substance or suggestion."""

    ticket: str
    identification: str
    kind: str
    desk: str
    dossier: str
    state: str
    since: datetime


async def waiting(connection: AsyncConnection, desk: str | None = None) -> list[OpenContact]:
    """Give the open contacts and escalations, of one desk or of all, the oldest first."""
    answered = select(_FORM.c.answers).where(_FORM.c.answers.is_not(None))
    query = (
        select(_OUTBOX, _FORM.c.topic, _DOSSIER.c.state)
        .join(_FORM, _FORM.c.ticket == _OUTBOX.c.form)
        .join(_DOSSIER, _DOSSIER.c.ticket == _OUTBOX.c.dossier)
        .where(_OUTBOX.c.recipient == ONEM, _OUTBOX.c.identification.in_(_KINDS), _OUTBOX.c.replay_of.is_(None))
        # the CPAS's answer to ONEM's question waits for nobody
        .where(_FORM.c.answers.is_(None), _OUTBOX.c.ticket.not_in(answered))
        .order_by(_OUTBOX.c.id)
    )
    if desk is not None:
        query = query.where(_OUTBOX.c.office == desk)
    return [
        OpenContact(row.ticket, row.identification, row.topic, row.office, row.dossier, row.state, row.created_at)
        for row in await connection.execute(query)
    ]


async def read(connection: AsyncConnection, ticket: str, vault: Vault) -> tuple[str, Contact | Escalation] | None:
    """Give one as it came to ONEM, with its dossier; None where the ticket names none."""
    query = select(_OUTBOX.c.dossier, _OUTBOX.c.body_sealed).where(
        _OUTBOX.c.ticket == ticket, _OUTBOX.c.recipient == ONEM, _OUTBOX.c.body_sealed.is_not(None)
    )
    row = (await connection.execute(query)).first()
    message = decode(vault.open(bytes(row.body_sealed), outbox.BODY)) if row is not None else None
    return (row.dossier, message) if row is not None and isinstance(message, Contact | Escalation) else None
