"""One installation as the commands and the demonstration work on it: settings, database, vault, clock."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from service.clock import Clock
from service.settings import Settings
from service.vault import Vault


@dataclass(frozen=True, slots=True)
class Installation:
    """What is needed to read and change what an installation holds."""

    settings: Settings
    engine: AsyncEngine
    vault: Vault
    clock: Clock
