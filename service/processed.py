"""What became of a batch: what is left to do, or why it cannot be served now.

CannotServe                            no message is to blame: those that are left can be given again
├── StoreAway                          the database: gone, full, read-only
│   ├── StoreUnfit                     it lacks a table, a column or a right
│   └── StoreBusy                      somebody else held something for too long; others of the batch went on
└── GuardAway                          the worker that reads suspects
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.channel import Delivery, Outgoing
from service.failures import place_of
from service.guard import GuardFailed
from service.store.engine import Trouble, trouble

Held = tuple[Delivery, str]
"""A delivery, and why it cannot be handled: a type and a place, never a value of the message."""


@dataclass(frozen=True, slots=True)
class Processed:
    """What a transaction left to do: publish `outgoing`. All deliveries given may be acknowledged."""

    outgoing: tuple[Outgoing, ...] = ()
    held: tuple[Held, ...] = ()
    """What went to quarantine, with the reason."""
    alerts: tuple[tuple[str, str], ...] = ()
    """Ticket of the form, and what an operator must hear of it."""

    @property
    def quarantined(self) -> int:
        """Count what went to quarantine."""
        return len(self.held)


def summed(parts: Sequence[Processed]) -> Processed:
    """Give as one what several transactions left to do."""
    return Processed(
        tuple(outgoing for part in parts for outgoing in part.outgoing),
        tuple(held for part in parts for held in part.held),
        tuple(alert for part in parts for alert in part.alerts),
    )


class CannotServe(Exception):  # noqa: N818 - the name is the sentence
    """What messages need does not work now: a type and a place, or how a worker ended."""

    event: ClassVar[str]
    """What the log calls it."""
    part: ClassVar[str]
    """What does not work."""
    done = Processed()
    """What was committed all the same."""
    left: Sequence[Delivery] = ()
    """The deliveries of which nothing was written: they can be given again."""


class StoreAway(CannotServe):
    """The database cannot serve now."""

    event, part = "database_away", "database"


class StoreUnfit(StoreAway):
    """The database lacks a table, a column or a right: it waits for somebody who looks."""

    event = "database_unfit"


class StoreBusy(StoreAway):
    """What somebody else holds in the database was waited for too long."""

    event = "database_busy"


class GuardAway(CannotServe):
    """What may have killed a reader cannot be read apart now."""

    event, part = "guard_failed", "guard"


def hindrance_of(failure: Exception) -> CannotServe | None:
    """Give what hinders any message; None for a failure that is a message's own."""
    if isinstance(failure, GuardFailed):
        return GuardAway(str(failure))
    match trouble(failure):
        case Trouble.AWAY:
            return StoreAway(place_of(failure))
        case Trouble.UNFIT:
            return StoreUnfit(place_of(failure))
        case Trouble.BUSY:
            return StoreBusy(place_of(failure))
        case None:
            return None
