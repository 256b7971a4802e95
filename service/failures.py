"""What is told of a failure: kinds and places, never a value of a message.

place_of   one failure, for the log and the quarantine
Outage     a database that is away, for a loop that tries again and again: told once, and again when it is back
"""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from service.store.engine import state_of, trouble

log = structlog.get_logger(__name__)

TOLD_AGAIN_SECONDS = 60.0
"""Between two lines about the same outage."""
_ROOT = Path(__file__).parent.parent
_OWN = frozenset({"calculation", "handlers", "schemas", "service"})


def place_of(failure: BaseException) -> str:
    """Name a failure by its type, SQLSTATE and place; its text may carry values of a message and is left out.

    Where the place is a library's, the last place of our own follows.
    """
    state = state_of(failure)
    frames = traceback.extract_tb(failure.__traceback__)
    own = [frame for frame in frames if _is_own(frame.filename)]
    places = [f" at {frame.name}:{frame.lineno}" for frame in frames[-1:]]
    if own and own[-1] is not frames[-1]:
        places.append(f", from {Path(own[-1].filename).stem}.{own[-1].name}:{own[-1].lineno}")
    return "".join([type(failure).__name__, f" {state}" if state else "", *places])


def _is_own(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _OWN


@dataclass(slots=True)
class Outage:
    """Tells for one part of the service that the database fails: when it begins, every minute, and when it is over."""

    part: str
    now: Callable[[], float] = time.monotonic
    _since: float | None = None
    _told: float = 0.0

    def explains(self, failure: Exception) -> bool:
        """Say whether the database is what fails, whatever is asked of it, and tell of it if that is due."""
        found = trouble(failure)
        if found is None:
            return False
        now = self.now()
        if self._since is None or now - self._told >= TOLD_AGAIN_SECONDS:
            self._since = now if self._since is None else self._since
            self._told = now
            log.error(f"database_{found}", part=self.part, failure=place_of(failure), for_s=round(now - self._since))
        return True

    def is_over(self) -> None:
        """Tell that the database answered, where it had failed."""
        if self._since is not None:
            log.info("database_back", part=self.part, after_s=round(self.now() - self._since))
            self._since = None
