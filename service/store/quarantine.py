"""The quarantine: what could not be handled, whole and sealed, with the reason, so that nothing is lost."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.channel import Delivery
from service.store import schema
from service.vault import Vault

BODY = "quarantine.body"
HELD = "held"


async def hold(connection: AsyncConnection, items: Sequence[tuple[Delivery, str]], now: datetime, vault: Vault) -> None:
    """Put messages aside. A reason is a type and a place, never a value of the message."""
    if not items:
        return
    await connection.execute(
        insert(schema.quarantine),
        [
            {
                "sender": delivery.sender,
                "file_name": delivery.file_name,
                "message_id": delivery.message_id,
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
