"""The operator's side of the quarantine: look at what was put aside, rehearse a replay, replay, discard, write out.

    show      reason, place, attempts, size, hash, anomalies      never content
    rehearse  the intake itself, in a transaction that is rolled back
    replay    the intake itself: the inbox knows what came before, so nothing is decided twice
    discard   it leaves the list; its bytes stay

Whatever changes something names who and why, in rows that nobody can change. Refuses a replay around the intake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.parser import Invalid, Limits, Opened, Readable, Unclear, Unreadable, open_message
from service.channel import Outgoing
from service.failures import place_of
from service.installation import Installation
from service.intake import Hold, Intake
from service.offices import offices_of
from service.processed import Held, Processed, StoreAway
from service.store import quarantine
from service.store.quarantine import Action, Event, Kept, State
from service.vault import Vault

__all__ = ["Event", "Kept", "Outcome", "Replay", "State"]


class Outcome(StrEnum):
    """What a replay does, or would do; values are contract."""

    HANDLED = "handled"
    """It is handled as new, and answered."""
    REPEATED = "repeated"
    """It was received before: its stored answers are sent again, nothing is decided."""
    HELD = "held"
    """It cannot be handled now either: it stays in quarantine, with the reason."""


class NotHeld(Exception):  # noqa: N818 - the name is the sentence
    """There is no such message, or it is no longer held; the text says which."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did or would do. `duplicate_of` is the ticket of the form that it repeats."""

    outcome: Outcome
    reason: str = ""
    duplicate_of: str | None = None
    answers: tuple[Outgoing, ...] = ()


def read_as(kept: Kept, limits: Limits) -> Opened:
    """Read its bytes as the intake does."""
    return open_message(kept.delivery.body, schema_version=kept.delivery.schema_version, limits=limits)


def opened_as(opened: Opened) -> str:
    """Name how a message reads: `readable`, `invalid`, `unreadable` or `unclear`."""
    match opened:
        case Readable():
            return "readable"
        case Invalid():
            return "invalid"
        case Unreadable():
            return "unreadable"
        case Unclear():
            return "unclear"


async def listed(place: Installation, *, everything: bool = False) -> Sequence[Kept]:
    """Give what is held, oldest first; with `everything`, the rest too."""
    async with place.engine.begin() as connection:
        return await quarantine.listed(connection, place.vault, everything=everything)


async def shown(place: Installation, number: int) -> tuple[Kept, Sequence[Event]]:
    """Give one message with what was done with it. Raises NotHeld where there is no such number."""
    async with place.engine.begin() as connection:
        return await _found(connection, number, place.vault), await quarantine.events(connection, number)


async def rehearse(place: Installation, number: int) -> Replay:
    """Tell what a replay would do, and change nothing. Raises NotHeld and StoreAway."""
    kept, _ = await shown(place, number)
    _still_held(kept)
    try:
        return _replay(await _intake(place, _hold_nothing).rehearse(kept.delivery))
    except StoreAway:
        raise
    except Exception as failure:
        return Replay(Outcome.HELD, place_of(failure))


async def replay(place: Installation, number: int, actor: str, reason: str) -> Replay:
    """Give a message to the intake again and keep who did it and why. Raises NotHeld and StoreAway.

    Who asked is kept before, and what came of it after, whatever another operator did meanwhile. A crash between the
    intake's commit and the mark leaves it held; replayed once more it is only answered again.
    """
    async with place.engine.begin() as connection:
        kept = await _found(connection, number, place.vault)
        _still_held(kept)
        now = await place.clock.now(connection)
        await quarantine.note(connection, number, Action.BEGUN, actor, reason, now)
    done = _replay(await _intake(place, partial(_stays_held, number)).process([kept.delivery]))
    is_held = done.outcome is Outcome.HELD
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        if not is_held:
            await quarantine.settle(connection, number, State.REPLAYED)
        action = Action.TRIED if is_held else Action.REPLAYED
        await quarantine.note(connection, number, action, actor, reason, now)
    return done


async def discard(place: Installation, number: int, actor: str, reason: str) -> None:
    """Take a message off the list; its bytes stay. Raises NotHeld."""
    async with place.engine.begin() as connection:
        _still_held(await _found(connection, number, place.vault))
        await quarantine.settle(connection, number, State.DISCARDED)
        now = await place.clock.now(connection)
        await quarantine.note(connection, number, Action.DISCARDED, actor, reason, now)


async def written(place: Installation, number: int, actor: str, reason: str) -> bytes:
    """Give the bytes of a message to somebody who will read them, and keep who that was. Raises NotHeld."""
    async with place.engine.begin() as connection:
        kept = await _found(connection, number, place.vault)
        now = await place.clock.now(connection)
        await quarantine.note(connection, number, Action.WRITTEN, actor, reason, now)
    return kept.delivery.body


async def _found(connection: AsyncConnection, number: int, vault: Vault) -> Kept:
    kept = await quarantine.find(connection, number, vault)
    if kept is None:
        raise NotHeld(f"There is no message {number} in quarantine. `cpas-onem quarantine list --all` shows all.")
    return kept


def _still_held(kept: Kept) -> None:
    if kept.state is not State.HELD:
        raise NotHeld(f"Message {kept.id} is no longer held: it was {kept.state.value}.")


def _intake(place: Installation, hold: Hold) -> Intake:
    limits = Limits(max_bytes=place.settings.max_message_bytes)
    offices = offices_of(place.settings)
    return Intake(place.engine, place.vault, place.clock, place.settings.environment, limits, offices, hold=hold)


def _replay(processed: Processed) -> Replay:
    if processed.held:
        return Replay(Outcome.HELD, processed.held[0][1])
    repeated = [answer.headers["DuplicateOf"] for answer in processed.outgoing if "DuplicateOf" in answer.headers]
    if repeated:
        return Replay(Outcome.REPEATED, "received before", repeated[0], processed.outgoing)
    return Replay(Outcome.HANDLED, "", None, processed.outgoing)


async def _hold_nothing(connection: AsyncConnection, held: Sequence[Held], now: datetime, vault: Vault) -> None:
    """Leave it where it is: nothing of a rehearsal stays."""


async def _stays_held(
    number: int, connection: AsyncConnection, held: Sequence[Held], now: datetime, vault: Vault
) -> None:
    """Count one more attempt on the message that is being replayed, instead of holding it a second time."""
    for _, reason in held:
        await quarantine.failed_again(connection, number, reason)
