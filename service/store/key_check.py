"""Which key a database is sealed with: a value that only that key opens, made with the first start on it.

Under another key the same person has another index: what was decided would be decided again (promise C5), and nothing
that is stored would open.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import inbox, quarantine, schema
from service.store.engine import connect
from service.vault import NoKey, Vault, load, load_or_make

VALUE = "key_check.sealed"
_SEALED = (
    (schema.key_check.c.sealed, VALUE),
    # a database from before the value: nothing personal is stored without one of these
    (schema.inbox.c.body_sealed, inbox.BODY),
    (schema.quarantine.c.body_sealed, quarantine.BODY),
)
# of two first starts at once, one is first
_REMEMBER = text("INSERT INTO key_check (id, sealed) VALUES (1, :sealed) ON CONFLICT DO NOTHING")


async def unlock(url: str, path: Path, environment: str) -> Vault:
    """Open the vault of a database at the newest schema; an empty database takes the key that is there, or a new one.

    Raises NoKey where the file is missing, holds no key, or another than the database is sealed with.
    """
    async with _begun(url) as connection:
        held = await _held(connection)
        vault = load_or_make(path, environment) if held is None else load(path)
        _see(vault, held, path)
        if held is None or held[1] != VALUE:
            await connection.execute(_REMEMBER, {"sealed": vault.seal(b"", VALUE)})
            _see(vault, await _held(connection), path)
    return vault


async def verify(url: str, path: Path) -> None:
    """See whether the key opens what the database holds, and change nothing. Raises NoKey."""
    async with _begun(url) as connection:
        held = await _held(connection)
    if held is not None:
        _see(load(path), held, path)


@asynccontextmanager
async def _begun(url: str) -> AsyncIterator[AsyncConnection]:
    engine = connect(url)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _held(connection: AsyncConnection) -> tuple[bytes, str] | None:
    """Give something that is sealed with the database's key, and as what."""
    for column, name in _SEALED:
        found = (await connection.execute(select(column).limit(1))).scalar()
        if found is not None:
            return bytes(found), name
    return None


def _see(vault: Vault, held: tuple[bytes, str] | None, path: Path) -> None:
    if held is None:
        return
    try:
        vault.open(*held)
    except InvalidTag:
        raise NoKey(
            f"The database is sealed with another key than the one in {path}; nothing was read or changed. "
            "Restore the key that belongs to this database from its backup, or correct CPAS_ONEM_SECRET_KEY_FILE or "
            "CPAS_ONEM_DATABASE_URL so that both name the same installation."
        ) from None
