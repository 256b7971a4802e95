"""`migrate`: creates the tables with ONEM as a party, or brings them up to the newest schema, tied to their key."""

import asyncio

from service.cli import output
from service.settings import Settings


def migrate(json: output.Json = False) -> None:
    """Create or update the tables. Harmless where nothing is to be done."""
    from sqlalchemy.exc import DBAPIError

    from service.store.migrate import Stopped
    from service.vault import NoKey

    settings = output.settings()
    try:
        revision = asyncio.run(_migrate(settings))
    except (DBAPIError, OSError, TimeoutError) as error:
        output.stop(f"The database is not reached ({type(error).__name__}). `cpas-onem doctor` says more.")
    except (NoKey, Stopped) as sentence:
        output.stop(str(sentence))
    if json:
        output.tell_json({"revision": revision})
    else:
        print(f"The database is at schema {revision}.")


async def _migrate(settings: Settings) -> str:
    from service.back_office import know_onem
    from service.clock import Clock
    from service.store.engine import connect
    from service.store.key_check import unlock
    from service.store.migrate import upgrade

    revision = await upgrade(settings.database_url)
    await unlock(settings.database_url, settings.secret_key_file, settings.environment)
    engine = connect(settings.database_url)
    try:
        async with engine.begin() as connection:
            await know_onem(connection, await Clock().now(connection))
    finally:
        await engine.dispose()
    return revision
