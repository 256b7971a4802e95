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
    """Open the installation of these settings; ends the command where it is away or not at the newest schema."""
    from sqlalchemy.exc import DBAPIError

    from service.clock import Clock
    from service.installation import Installation
    from service.store.engine import connect
    from service.store.migrate import newest, revision
    from service.vault import NoKey, load_or_make

    try:
        found = await revision(settings.database_url)
        vault = load_or_make(settings.secret_key_file, settings.environment)
    except (DBAPIError, OSError, TimeoutError) as error:
        output.stop(f"The database is not reached ({type(error).__name__}). `cpas-onem doctor` says more.")
    except NoKey as sentence:
        output.stop(str(sentence))
    if found != newest():
        output.stop("The database is not at the newest schema. Run: cpas-onem migrate")
    engine = connect(settings.database_url)
    try:
        yield Installation(settings, engine, vault, Clock())
    finally:
        await engine.dispose()
