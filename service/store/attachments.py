"""Documents that came with forms: sealed, name and content, each in a row of its own (promise O3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.models import Attachment
from service.store import schema
from service.vault import Vault

CONTENT = "attachment.content"
NAME = "attachment.name"
_TABLE = schema.attachment


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """A document with the form it came with; `size` in bytes."""

    form: str
    position: int
    file_name: str
    media_type: str
    sha256: str
    size: int
    description: str


async def write(
    connection: AsyncConnection, documents: Sequence[tuple[str, str, Sequence[Attachment]]], vault: Vault
) -> None:
    """Keep the documents of forms: (form, dossier, documents)."""
    rows = [
        {
            "form": form,
            "position": position,
            "dossier": dossier,
            "media_type": document.media_type,
            "sha256": document.sha256.lower(),
            "size": len(document.content or b""),
            "name_sealed": vault.seal(f"{document.file_name}\0{document.description}".encode(), NAME),
            "content_sealed": vault.seal(document.content or b"", CONTENT),
        }
        for form, dossier, attached in documents
        for position, document in enumerate(attached, start=1)
    ]
    if rows:
        await connection.execute(insert(_TABLE), rows)


async def of_dossier(connection: AsyncConnection, dossier: str, vault: Vault) -> list[StoredAttachment]:
    """List a dossier's documents in the order in which they came, without their contents."""
    columns = [column for column in _TABLE.c if column.name != "content_sealed"]
    query = (
        select(*columns)
        .join(schema.inbox, schema.inbox.c.ticket == _TABLE.c.form)
        .where(_TABLE.c.dossier == dossier)
        .order_by(schema.inbox.c.received_at, _TABLE.c.position)
    )
    found = []
    for row in await connection.execute(query):
        name, _, description = vault.open(bytes(row.name_sealed), NAME).decode().partition("\0")
        found.append(StoredAttachment(row.form, row.position, name, row.media_type, row.sha256, row.size, description))
    return found


async def content(connection: AsyncConnection, form: str, position: int, vault: Vault) -> bytes:
    """Give one document's bytes. Raises LookupError where there is none."""
    query = select(_TABLE.c.content_sealed).where(_TABLE.c.form == form, _TABLE.c.position == position)
    sealed = (await connection.execute(query)).scalar()
    if sealed is None:
        raise LookupError(f"{form}/{position}")
    return vault.open(bytes(sealed), CONTENT)
