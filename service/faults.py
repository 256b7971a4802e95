"""Crash points: nine named places on a message's way where a test instance can be made to die, as if it were killed.

    F1 ─ read ─ F2 ─ BEGIN … F3 F4 ─ COMMIT ─ F5 ─ acknowledge ─ F6 ─ offer … publish F7 ─ confirmed F8 ─ sent F9

Armed by `CPAS_ONEM_FAULT=F3` or `F3:2` (the second time), which the settings refuse in the real environment; otherwise
each point costs a comparison. Refuses anything softer than death: no exception, no closing, no goodbye.
"""

import asyncio
import os
import re
from enum import StrEnum

EXIT_CODE = 70
"""How a process that died here ends, so that a test can tell it from a fault of its own."""
SPECIFICATION = r"(F[1-9])(?::([1-9][0-9]{0,3}))?"


class Point(StrEnum):
    """Where to die."""

    DELIVERED = "F1"
    """Delivered, before it is read."""
    READ = "F2"
    """Read and validated, before BEGIN."""
    IN_TRANSACTION = "F3"
    """Everything written, before COMMIT."""
    COMMIT_SENT = "F4"
    """COMMIT sent, its answer unread."""
    COMMITTED = "F5"
    """Committed, before the acknowledgement."""
    ACKNOWLEDGED = "F6"
    """Acknowledged, before the relay hears of the answers."""
    WRITTEN = "F7"
    """Answers written to the socket, their confirmation unread."""
    CONFIRMED = "F8"
    """Confirmed by the broker, before that is stored."""
    SENT = "F9"
    """Stored as sent."""


_armed: dict[Point, int] = {}
"""How many times each armed point is still to be passed alive, and once more."""


def arm(specification: str | None) -> None:
    """Arm the point that a setting names, and no other."""
    _armed.clear()
    match = re.fullmatch(SPECIFICATION, specification or "")
    if match:
        _armed[Point(match[1])] = int(match[2] or 1)


def reached(point: Point) -> None:
    """Die here where this point is armed and its time has come."""
    if _armed and _is_time(point):
        _die()


def about_to(point: Point) -> None:
    """Die once what is asked for next is on its way, before any answer to it is handled."""
    if _armed and _is_time(point):
        loop = asyncio.get_running_loop()
        # one turn of the loop to ask, one for the socket to take it
        loop.call_soon(loop.call_soon, _die)


def _is_time(point: Point) -> bool:
    if point not in _armed:
        return False
    _armed[point] -= 1
    return _armed[point] == 0


def _die() -> None:
    os._exit(EXIT_CODE)
