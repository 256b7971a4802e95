"""The relay: answers from the outbox to the channel, marked sent only when the channel confirmed them.

    committed ──offer──► backlog ─┐
    outbox sweep (start, every few seconds: what nobody sent) ─┴─► publish ─► confirmed: sent_at | refused: later again

The backlog is a shortcut, not a promise: what is lost with it in a crash is still in the outbox. It holds a bounded
number; beyond that answers simply wait for the sweep.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from service import faults
from service.channel import Confirmed, Outgoing, Outlet, Refused
from service.clock import Clock
from service.failures import Outage, place_of
from service.faults import Point
from service.store import outbox
from service.vault import Vault

log = structlog.get_logger(__name__)

BACKLOG = 5_000
PUBLISHED_AT_ONCE = 256
SWEEP_SECONDS = 5.0
ALARM_AFTER_TRIES = 3
_PAUSE_SECONDS = 1.0


class Relay:
    """Sends what the intake commits. `run` is its only task; `offer` and `flush` are for others."""

    def __init__(self, engine: AsyncEngine, vault: Vault, clock: Clock, outlet: Outlet) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._outlet = outlet
        self._outage = Outage("relay")
        self._backlog: deque[Outgoing] = deque()
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def offer(self, outgoing: Sequence[Outgoing]) -> None:
        """Hand over what was just committed; what does not fit is left to the sweep."""
        room = BACKLOG - len(self._backlog)
        self._backlog.extend(outgoing[:room])
        if self._backlog:
            self._idle.clear()
            self._work.set()

    async def run(self) -> None:
        """Send until cancelled."""
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        swept = 0
        while True:
            try:
                if loop.time() >= sweep_at:
                    sweep_at = loop.time() + SWEEP_SECONDS
                    swept = await self._sweep()
                confirmed = await self._send()
                if not self._backlog and confirmed and swept == PUBLISHED_AT_ONCE:
                    # more than one sweep waits, and the way is free: no need to wait for the next
                    sweep_at, swept = loop.time(), 0
                if not self._backlog:
                    await self._wait(sweep_at - loop.time())
            except Exception as failure:
                if not self._outage.explains(failure):
                    log.error("relay_failed", failure=place_of(failure))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _wait(self, seconds: float) -> None:
        """Wait for something to send, or until the outbox is to be looked at again."""
        self._work.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), max(0.0, seconds))

    async def flush(self) -> None:
        """Wait until the backlog is empty."""
        await self._idle.wait()

    async def drain_store(self) -> int:
        """Send what the outbox holds and is due, and give how many were confirmed; for one-shot commands."""
        sent = 0
        while await self._sweep():
            while self._backlog:
                sent += await self._send()
        return sent

    async def _sweep(self) -> int:
        """Take over what is due in the outbox, and give how many: left by a crash, refused, or beyond the backlog."""
        room = min(PUBLISHED_AT_ONCE, BACKLOG - len(self._backlog))
        if room <= 0:
            return 0
        async with self._engine.begin() as connection:
            due = await outbox.due(connection, await self._clock.now(connection), room, self._vault)
        self._outage.is_over()
        held = {outgoing.id for outgoing in self._backlog}
        self.offer([outgoing for outgoing in due if outgoing.id not in held])
        return len(due)

    async def _send(self) -> int:
        """Send one batch of the backlog and give how many were confirmed."""
        batch = [self._backlog.popleft() for _ in range(min(PUBLISHED_AT_ONCE, len(self._backlog)))]
        try:
            return await self._publish(batch) if batch else 0
        finally:
            if not self._backlog:
                self._idle.set()

    async def _publish(self, batch: Sequence[Outgoing]) -> int:
        results = await self._outlet.publish(batch)
        faults.reached(Point.CONFIRMED)
        confirmed = await self._settle(results, {outgoing.id: outgoing.recipient for outgoing in batch})
        faults.reached(Point.SENT)
        return confirmed

    async def _settle(self, results: Sequence[Confirmed | Refused], recipients: Mapping[int, str]) -> int:
        confirmed = [result.id for result in results if isinstance(result, Confirmed)]
        refused = [result for result in results if isinstance(result, Refused)]
        async with self._engine.begin() as connection:
            await outbox.may_be_repeated(connection)
            now = await self._clock.now(connection)
            await outbox.mark_sent(connection, confirmed, now)
            attempts = await outbox.put_off(connection, refused, now)
        for refusal in refused:
            level = log.error if attempts.get(refusal.id, 0) >= ALARM_AFTER_TRIES else log.warning
            recipient, tries = recipients.get(refusal.id), attempts.get(refusal.id)
            level("answer_refused", outbox=refusal.id, recipient=recipient, tries=tries, reason=refusal.reason)
        return len(confirmed)
