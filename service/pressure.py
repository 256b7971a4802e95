"""Back-pressure: what is taken in follows what the database and the way out can bear.

    cannot serve, thrice ─► pause the inlet, keep what is in hand, try it again, 1 … 60 s apart
        it works again ─► go on          held too long ─► give it back, rehearse it until that works
    too many answers unsent ─► pause the inlet until half of them are gone

Nothing that waits counts as a failed delivery: the broker counts one for each time it must deliver again, so messages
are given back once, late, and not taken again before the database has proved that it can write, and the guard that it
can read.
"""

import asyncio
import random
from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from service.channel import Delivery, Inlet
from service.channel.connection import is_set_within
from service.clock import Clock
from service.failures import Outage, place_of
from service.intake import Intake
from service.processed import CannotServe, Processed, summed
from service.settings import Settings
from service.store import outbox

log = structlog.get_logger(__name__)

SHORTEST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
FAILURES = 3
"""Failed transactions in a row from which on nothing more is taken in."""
LOOK_SECONDS = 5.0
_BACKLOG = "backlog"


class Pressure:
    """Processes batches for all workers, and decides when the inlet pauses."""

    def __init__(
        self,
        settings: Settings,
        inlet: Inlet,
        intake: Intake,
        engine: AsyncEngine,
        clock: Clock,
        stop: asyncio.Event,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._look_seconds = look_seconds
        self._hold_seconds = settings.hold_seconds
        self._max_unsent = settings.max_unsent
        self._inlet = inlet
        self._intake = intake
        self._engine = engine
        self._clock = clock
        self._stop = stop
        self._outage = Outage("backlog")
        self._reasons: set[str] = set()
        self._failures = 0
        self._since = 0.0
        self._given_back = 0
        """How often: what a worker took before the last time is no longer its own."""

    async def process(self, deliveries: Sequence[Delivery]) -> Processed | None:
        """Process, for as long as what it needs takes to work; None when the deliveries are ours no longer."""
        done, left = [], deliveries
        taken, pause, part = self._given_back, SHORTEST_PAUSE_S, ""
        while not self._stop.is_set() or pause == SHORTEST_PAUSE_S:
            try:
                done.append(await self._intake.process(left))
            except CannotServe as away:
                done.append(away.done)
                left, part = away.left, away.part
                await self._failed(away, pause)
            else:
                await self._worked()
                return summed(done)
            await self._sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)
            if taken == self._given_back and self._held_too_long():
                await self._give_back(left, part)
            if taken != self._given_back:
                return None
        return None

    async def watch_backlog(self) -> None:
        """Pause while too many answers wait to be sent. Runs until cancelled."""
        while True:
            await asyncio.sleep(self._look_seconds)
            try:
                async with self._engine.connect() as connection:
                    unsent = await outbox.waiting(connection, await self._clock.now(connection))
            except Exception as failure:
                if not self._outage.explains(failure):
                    log.error("backlog_unknown", failure=place_of(failure))
                continue
            self._outage.is_over()
            if unsent > self._max_unsent:
                await self._pause(_BACKLOG, unsent=unsent)
            elif unsent <= self._max_unsent // 2:
                await self._resume(_BACKLOG)

    async def _failed(self, away: CannotServe, pause: float) -> None:
        log.error(away.event, failure=str(away), retry_in_s=round(pause, 1))
        if not self._failures:
            self._since = asyncio.get_running_loop().time()
        self._failures += 1
        if self._failures >= FAILURES:
            await self._pause(away.part, failures=self._failures)

    async def _worked(self) -> None:
        self._failures = 0
        for reason in self._reasons - {_BACKLOG}:
            await self._resume(reason)

    def _held_too_long(self) -> bool:
        return asyncio.get_running_loop().time() - self._since > self._hold_seconds

    async def _give_back(self, deliveries: Sequence[Delivery], part: str) -> None:
        """Give everything back, and let nothing come before these could be handled."""
        self._given_back += 1
        await self._pause(part)
        await self._inlet.release()
        log.error("messages_given_back", held_s=round(self._hold_seconds))
        pause = SHORTEST_PAUSE_S
        while not self._stop.is_set():
            try:
                await self._intake.probe(deliveries)
            except CannotServe as away:
                log.error(away.event, failure=str(away), retry_in_s=round(pause, 1))
            else:
                await self._worked()
                return
            await self._sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)

    async def _sleep(self, pause: float) -> None:
        await is_set_within(self._stop, pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, no secret

    async def _pause(self, reason: str, **why: int) -> None:
        if reason in self._reasons:
            return
        self._reasons.add(reason)
        log.error("inlet_paused", reason=reason, **why)
        await self._inlet.pause()

    async def _resume(self, reason: str) -> None:
        if reason not in self._reasons:
            return
        self._reasons.discard(reason)
        log.info("inlet_goes_on", reason=reason, still=sorted(self._reasons))
        if not self._reasons:
            await self._inlet.resume()
