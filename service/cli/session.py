"""Opens an installation for a command, or ends the command with a sentence why not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from service.cli import output
from service.settings import Settings

if TYPE_CHECKING:
    from service.installation import Installation


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator["Installation"]:
    """Open the installation; ends the command where it is away, not at the newest schema, or under another key."""
    from sqlalchemy.exc import DBAPIError

    from service.clock import Clock
    from service.installation import Installation
    from service.store.engine import connect
    from service.store.key_check import unlock
    from service.store.migrate import newest, revision
    from service.vault import NoKey

    try:
        if await revision(settings.database_url) != newest():
            output.stop("The database is not at the newest schema. Run: cpas-onem migrate")
        vault = await unlock(settings.database_url, settings.secret_key_file, settings.environment)
    except (DBAPIError, OSError, TimeoutError) as error:
        output.stop(f"The database is not reached ({type(error).__name__}). `cpas-onem doctor` says more.")
    except NoKey as sentence:
        output.stop(str(sentence))
    engine = connect(settings.database_url)
    try:
        yield Installation(settings, engine, vault, Clock())
    finally:
        await engine.dispose()
