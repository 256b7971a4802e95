"""What the broker gave up on, moved into the quarantine: `onem.dead` stays empty, and nothing there is lost.

    onem.dead ─► held, whole and sealed, in one transaction ─► acknowledge

Innocents are among them: the deliveries of a consumer that crashed count for every message it held. A replay takes them
through the intake, whose inbox knows what was handled after all. Refuses to handle anything itself.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from service.channel import Delivery, Inlet
from service.clock import Clock
from service.store import quarantine
from service.vault import Vault

log = structlog.get_logger(__name__)

BATCH = 64
_WAIT_MS = 50
_PAUSE_S = 10.0


class DeadLetters:
    """Drains one queue of dead letters. `run` is its only task."""

    def __init__(self, inlet: Inlet, engine: AsyncEngine, vault: Vault, clock: Clock) -> None:
        self._inlet = inlet
        self._engine = engine
        self._vault = vault
        self._clock = clock

    async def run(self) -> None:
        """Drain until the inlet stops. What cannot be written stays with the broker.

        Raises InletFailed or TopologyMismatch when no more can come: then somebody must look.
        """
        try:
            while deliveries := await self._inlet.receive(BATCH, _WAIT_MS):
                await self._put_aside(deliveries)
                await self._inlet.acknowledge(deliveries)
        except Exception as failure:
            log.error("dead_letters_not_drained", failure=type(failure).__name__)
            raise

    async def _put_aside(self, deliveries: Sequence[Delivery]) -> None:
        """Write them down, for as long as the database takes to come back."""
        held = [
            (delivery, f"dead letter: {delivery.trail or 'the broker does not say why'}") for delivery in deliveries
        ]
        while True:
            try:
                async with self._engine.begin() as connection:
                    await quarantine.hold(connection, held, await self._clock.now(connection), self._vault)
            except Exception as failure:
                log.error("dead_letters_wait", count=len(deliveries), failure=type(failure).__name__)
                await asyncio.sleep(_PAUSE_S * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, no secret
            else:
                log.error("dead_letters_quarantined", count=len(deliveries))
                return


@asynccontextmanager
async def drained(
    inlet: Inlet | None, engine: AsyncEngine, vault: Vault, clock: Clock
) -> AsyncIterator[tuple[asyncio.Task[None], ...]]:
    """Drain for as long as the context is open, and give the task that does; a channel without dead letters has none.

    The task ends early only with what it failed with.
    """
    if inlet is None:
        yield ()
        return
    await inlet.start()
    draining = asyncio.create_task(DeadLetters(inlet, engine, vault, clock).run(), name="dead letters")
    try:
        yield (draining,)
    finally:
        await inlet.close()
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
