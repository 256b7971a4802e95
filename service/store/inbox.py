"""The inbox: each form once per sender and file name, its exact bytes sealed; the idempotent receiver."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

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
    }


_TABLE = schema.inbox
_CLAIMS = {
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(
        index_elements=[_TABLE.c.sender, _TABLE.c.file_name]
    ),
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=[_TABLE.c.sender, _TABLE.c.file_name]),
}


async def claim(connection: AsyncConnection, forms: Sequence[Received], vault: Vault) -> set[str]:
    """Store what is new and give its tickets.

    What another instance holds in a transaction of its own is waited for. The rows are written in the order of their
    keys, so that two instances with the same forms never wait for each other.
    """
    if not forms:
        return set()
    ordered = sorted(forms, key=lambda form: (form.sender, form.file_name or ""))
    statement = _CLAIMS[connection.dialect.name].returning(_TABLE.c.ticket)
    result = await connection.execute(statement, [_row(form, vault) for form in ordered])
    return set(result.scalars())


async def store(connection: AsyncConnection, forms: Sequence[Received], vault: Vault) -> None:
    """Store forms that no file name counts."""
    if forms:
        await connection.execute(insert(_TABLE), [_row(form, vault) for form in forms])


async def known(connection: AsyncConnection, keys: Collection[Key]) -> dict[Key, Known]:
    """Give what came before under these names."""
    if not keys:
        return {}
    query = select(_TABLE.c.sender, _TABLE.c.file_name, _TABLE.c.ticket, _TABLE.c.sha256).where(
        tuple_(_TABLE.c.sender, _TABLE.c.file_name).in_(list(keys))
    )
    return {
        (row.sender, row.file_name): Known(row.ticket, bytes(row.sha256)) for row in await connection.execute(query)
    }
