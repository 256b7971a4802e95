"""The inbox: each form once per sender and file name, its exact bytes sealed; the idempotent receiver."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.catalogue import CURRENT, version_exists
from service.store import schema
from service.vault import Vault

BODY = "inbox.body"

Key = tuple[str, str]
"""Sender number and file name."""


@dataclass(frozen=True, slots=True)
class Received:
    """A form as received. `file_name` is None where it had none that could count it."""

    ticket: str
    sender: str
    file_name: str | None
    sha256: bytes
    message_id: str
    schema_version: str | None
    received_at: datetime
    sent_at: datetime | None
    traceparent: str | None
    body: bytes
    refusal: bytes | None = None
    """Set instead of a file name where the form is refused for its name: see `refusal_of`."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a form that came before under the same name."""

    ticket: str
    sha256: bytes


def _row(received: Received, vault: Vault) -> dict[str, object]:
    return {
        "ticket": received.ticket,
        "sender": received.sender,
        "file_name": received.file_name,
        "sha256": received.sha256,
        "message_id": received.message_id,
        "schema_version": received.schema_version,
        "received_at": received.received_at,
        "sent_at": received.sent_at,
        "traceparent": received.traceparent,
        "body_sealed": vault.seal(received.body, BODY),
        "refusal": received.refusal,
    }


_TABLE = schema.inbox
_NAME = (_TABLE.c.sender, _TABLE.c.file_name)
_REFUSAL = (_TABLE.c.refusal,)
_INSERTS: dict[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


async def claim(connection: AsyncConnection, forms: Sequence[Received], vault: Vault) -> set[str]:
    """Store what is new by its file name and give its tickets.

    What another instance holds in a transaction of its own is waited for. The rows are written in the order of their
    keys, so that two instances with the same forms never wait for each other.
    """
    ordered = sorted(forms, key=lambda form: (form.sender, form.file_name or ""))
    return await _claim(connection, ordered, _NAME, vault)


async def claim_refusals(connection: AsyncConnection, forms: Sequence[Received], vault: Vault) -> set[str]:
    """Store what is new among forms that no file name counts, by their `refusal`, and give its tickets."""
    return await _claim(connection, sorted(forms, key=lambda form: form.refusal or b""), _REFUSAL, vault)


async def _claim(
    connection: AsyncConnection, ordered: Sequence[Received], key: Sequence[Column[Any]], vault: Vault
) -> set[str]:
    if not ordered:
        return set()
    insert = _INSERTS[connection.dialect.name](_TABLE)
    statement = insert.on_conflict_do_nothing(index_elements=key).returning(_TABLE.c.ticket)
    result = await connection.execute(statement, [_row(form, vault) for form in ordered])
    return set(result.scalars())


def refusal_of(vault: Vault, sender: str, file_name: str, error_id: str, sha256: bytes) -> bytes:
    """Give the keyed hash that a refused name counts by; the name itself could hold anything, a person's number too."""
    return vault.index("\0".join((sender, file_name, error_id, sha256.hex())))


async def known(connection: AsyncConnection, keys: Collection[Key]) -> dict[Key, Known]:
    """Give what came before under these names."""
    if not keys:
        return {}
    query = select(_TABLE.c.sender, _TABLE.c.file_name, _TABLE.c.ticket, _TABLE.c.sha256).where(
        tuple_(*_NAME).in_(list(keys))
    )
    return {
        (row.sender, row.file_name): Known(row.ticket, bytes(row.sha256)) for row in await connection.execute(query)
    }


async def known_refusals(connection: AsyncConnection, refusals: Collection[bytes]) -> dict[bytes, str]:
    """Give the tickets of forms that were refused for their name before."""
    if not refusals:
        return {}
    query = select(_TABLE.c.refusal, _TABLE.c.ticket).where(_TABLE.c.refusal.in_(list(refusals)))
    return {bytes(row.refusal): row.ticket for row in await connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Origin:
    """What later answers to a form need of it."""

    message_id: str
    schema_version: str


async def sources(connection: AsyncConnection, tickets: Collection[str]) -> dict[str, Origin]:
    """Give the message id and schema version of these forms, by ticket."""
    if not tickets:
        return {}
    query = select(_TABLE.c.ticket, _TABLE.c.message_id, _TABLE.c.schema_version).where(_TABLE.c.ticket.in_(tickets))
    return {
        row.ticket: Origin(row.message_id, _known_version(row.schema_version))
        for row in await connection.execute(query)
    }


def _known_version(named: str | None) -> str:
    return named if named is not None and version_exists(named) else CURRENT


async def find(connection: AsyncConnection, ticket: str, vault: Vault) -> Received:
    """Give a form as it was received. Raises LookupError where there is none."""
    row = (await connection.execute(select(_TABLE).where(_TABLE.c.ticket == ticket))).first()
    if row is None:
        raise LookupError(ticket)
    return Received(
        ticket=row.ticket,
        sender=row.sender,
        file_name=row.file_name,
        sha256=bytes(row.sha256),
        message_id=row.message_id,
        schema_version=row.schema_version,
        received_at=row.received_at,
        sent_at=row.sent_at,
        traceparent=row.traceparent,
        body=vault.open(bytes(row.body_sealed), BODY),
    )
