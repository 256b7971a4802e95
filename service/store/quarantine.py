"""The quarantine: what could not be handled, whole and sealed, with the reason, so that nothing is lost."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.file_name import FileName
from service.channel import Delivery
from service.store import schema
from service.vault import Vault

BODY = "quarantine.body"
HELD = "held"


def _known_name(name: str | None) -> str | None:
    """Keep a name of the channel's own form; any other could hold anything, a person's number too."""
    return name if name and FileName.parse(name) else None


def _known_id(message_id: str | None) -> str | None:
    try:
        return str(UUID(message_id or ""))
    except ValueError:
        return None


async def hold(connection: AsyncConnection, items: Sequence[tuple[Delivery, str]], now: datetime, vault: Vault) -> None:
    """Put messages aside. A reason is a type and a place, never a value of the message."""
    if not items:
        return
    await connection.execute(
        insert(schema.quarantine),
        [
            {
                "sender": delivery.sender,
                "file_name": _known_name(delivery.file_name),
                "message_id": _known_id(delivery.message_id),
                "source": delivery.source,
                "reason": reason,
                "sha256": hashlib.sha256(delivery.body).digest(),
                "body_sealed": vault.seal(delivery.body, BODY),
                "quarantined_at": now,
                "state": HELD,
            }
            for delivery, reason in items
        ],
    )
