"""The quarantine: what could not be handled, whole and sealed, with the reason, so that nothing is lost.

    hold ─► held ──replayed──► replayed
              └───discarded──► discarded        each step a row of `quarantine_event`: who, when, why

Bytes and transport properties are sealed together with all that is needed to give the message to the intake again. What
is held already is held once: a redelivery only counts as one more attempt. Refuses to judge: see `service.quarantine`.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.file_name import FileName
from service.channel import Delivery
from service.store import schema
from service.vault import Vault

BODY = "quarantine.body"
TRANSPORT = "quarantine.transport"
_TABLE = schema.quarantine
_EVENT = schema.quarantine_event


class State(StrEnum):
    """Where a message put aside stands; values are contract."""

    HELD = "held"
    """It waits for an operator."""
    REPLAYED = "replayed"
    """It went through the intake again."""
    DISCARDED = "discarded"
    """An operator decided that nothing is to be done with it; its bytes stay."""


class Action(StrEnum):
    """What was done with a message put aside; values are contract."""

    BEGUN = "begun"
    """A replay was asked for; alone it was cut short, and the inbox knows how far it came."""
    TRIED = "tried"
    """A replay that failed: it is still held."""
    REPLAYED = "replayed"
    """A replay that the intake took."""
    DISCARDED = "discarded"
    """Given up, with the reason."""
    WRITTEN = "written"
    """Its bytes were written to a file for somebody to read."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message put aside: what may be shown of it, and the delivery that it was."""

    id: int
    state: State
    reason: str
    attempts: int
    trail: str | None
    sha256: bytes
    quarantined_at: datetime
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Event:
    """One thing done with a message put aside."""

    at: datetime
    actor: str
    action: Action
    reason: str


def shown_name(name: str | None) -> str | None:
    """Keep a name of the channel's own form; any other could hold anything, a person's number too."""
    return name if name and FileName.parse(name) else None


def _known_id(message_id: str | None) -> str | None:
    try:
        return str(UUID(message_id or ""))
    except ValueError:
        return None


async def hold(connection: AsyncConnection, items: Sequence[tuple[Delivery, str]], now: datetime, vault: Vault) -> None:
    """Put messages aside. A reason is a type and a place, never a value of the message.

    One that is held already only counts one more attempt: the same bytes under the same file name and message id, from
    the same sender and place. Under another name they are another message, which has its own answers to come.
    """
    if not items:
        return
    told = [(_identity(delivery, vault), delivery, reason) for delivery, reason in items]
    held = await _held(connection, [identity for identity, _, _ in told])
    fresh: dict[bytes, dict[str, object]] = {}
    for identity, delivery, reason in told:
        if identity in held:
            await failed_again(connection, held[identity], reason)
        else:
            fresh.setdefault(identity, {"identity": identity, **_row(delivery, reason, now, vault)})
    if fresh:
        await connection.execute(insert(_TABLE), list(fresh.values()))


async def _held(connection: AsyncConnection, identities: Sequence[bytes]) -> dict[bytes, int]:
    query = select(_TABLE.c.id, _TABLE.c.identity).where(
        _TABLE.c.identity.in_(identities), _TABLE.c.state == State.HELD.value
    )
    return {bytes(row.identity): row.id for row in await connection.execute(query)}


def _identity(delivery: Delivery, vault: Vault) -> bytes:
    """Give the keyed hash of what tells one message from another; a name could hold anything, a person's number too."""
    told = (delivery.sender, delivery.source, delivery.file_name, delivery.message_id, _digest(delivery).hex())
    return vault.index(json.dumps(told))


def _digest(delivery: Delivery) -> bytes:
    return hashlib.sha256(delivery.body).digest()


def _row(delivery: Delivery, reason: str, now: datetime, vault: Vault) -> dict[str, object]:
    return {
        "sender": delivery.sender,
        "file_name": shown_name(delivery.file_name),
        "message_id": _known_id(delivery.message_id),
        "source": delivery.source,
        "reason": reason,
        "sha256": _digest(delivery),
        "body_sealed": vault.seal(delivery.body, BODY),
        "transport_sealed": vault.seal(_transport(delivery), TRANSPORT),
        "trail": delivery.trail,
        "attempts": 1,
        "quarantined_at": now,
        "state": State.HELD.value,
    }


def _transport(delivery: Delivery) -> bytes:
    """Write what the intake needs beside the bytes, exactly as the transport gave it."""
    properties = {
        "file_name": delivery.file_name,
        "message_id": delivery.message_id,
        "schema_version": delivery.schema_version,
        "sent_at": delivery.sent_at and delivery.sent_at.isoformat(),
        "content_encoding": delivery.content_encoding,
        "traceparent": delivery.traceparent,
    }
    return json.dumps(properties).encode()


def _delivery(row: Row[tuple[object, ...]], vault: Vault) -> Delivery:
    properties = {"file_name": row.file_name, "message_id": row.message_id, "schema_version": None}
    if row.transport_sealed is not None:
        properties = json.loads(vault.open(bytes(row.transport_sealed), TRANSPORT))
    sent_at = properties.pop("sent_at", None)
    return Delivery(
        body=vault.open(bytes(row.body_sealed), BODY),
        sender=row.sender,
        source=row.source,
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        trail=row.trail,
        **properties,
    )


def _kept(row: Row[tuple[object, ...]], vault: Vault) -> Kept:
    return Kept(
        id=row.id,
        state=State(row.state),
        reason=row.reason,
        attempts=row.attempts,
        trail=row.trail,
        sha256=bytes(row.sha256),
        quarantined_at=row.quarantined_at,
        delivery=_delivery(row, vault),
    )


async def find(connection: AsyncConnection, number: int, vault: Vault) -> Kept | None:
    """Give one message put aside, and lock it until the transaction ends; None where there is no such number."""
    query = select(_TABLE).where(_TABLE.c.id == number).with_for_update()
    row = (await connection.execute(query)).first()
    return _kept(row, vault) if row is not None else None


async def listed(connection: AsyncConnection, vault: Vault, *, everything: bool = False) -> list[Kept]:
    """Give what is held, oldest first; with `everything`, what was replayed or discarded too."""
    query = select(_TABLE).order_by(_TABLE.c.id)
    if not everything:
        query = query.where(_TABLE.c.state == State.HELD.value)
    return [_kept(row, vault) for row in await connection.execute(query)]


async def events(connection: AsyncConnection, number: int) -> list[Event]:
    """Give what was done with a message, in order."""
    query = select(_EVENT).where(_EVENT.c.quarantine == number).order_by(_EVENT.c.id)
    return [Event(row.at, row.actor, Action(row.action), row.reason) for row in await connection.execute(query)]


async def note(
    connection: AsyncConnection, number: int, action: Action, actor: str, reason: str, now: datetime
) -> None:
    """Append what was done, by whom and why."""
    values = {"quarantine": number, "at": now, "actor": actor, "action": action.value, "reason": reason}
    await connection.execute(insert(_EVENT).values(values))


async def settle(connection: AsyncConnection, number: int, state: State) -> bool:
    """Take a message out of the quarantine's list; False where it was no longer held."""
    done = await connection.execute(
        update(_TABLE).where(_TABLE.c.id == number, _TABLE.c.state == State.HELD.value).values(state=state.value)
    )
    return bool(done.rowcount)


async def failed_again(connection: AsyncConnection, number: int, reason: str) -> None:
    """Count one more attempt that failed, with its reason."""
    await connection.execute(
        update(_TABLE).where(_TABLE.c.id == number).values(attempts=_TABLE.c.attempts + 1, reason=reason)
    )
