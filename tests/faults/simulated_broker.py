"""A broker in memory: redelivers, reorders, loses links and confirmations, and gives up after some deliveries.

    sender ─► ready ─► session's unacknowledged ─► acknowledged (checked: durable before?)
                ▲              │ link lost, released, life dead
                └── redelivered┴─► beyond the limit: dead letters

Refuses to lose or invent a message: what goes wrong here goes wrong in real brokers.
"""

import asyncio
import hashlib
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from service.channel import Confirmed, Delivery, Outgoing, Refused
from tests.faults.loop import LIFE, Life
from tests.faults.simulated_store import Database

PREFETCH = 20
_NUMBERS = itertools.count()


class Broken(Exception):  # noqa: N818 - the name is the sentence
    """A promise does not hold; the text says which."""


@dataclass(eq=False, slots=True)
class Item:
    """A message in a queue."""

    delivery: Delivery
    deliveries: int = 0


@dataclass(eq=False, slots=True)
class Queue:
    """A queue with a delivery limit; what goes beyond it goes to `dead`."""

    draw: random.Random
    limit: int = 10**9
    dead: "Queue | None" = None
    ready: list[Item] = field(default_factory=list)
    held: int = 0
    news: dict[asyncio.Event, None] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)

    def put(self, item: Item, place: int | None = None) -> None:
        """Put a message in, last or at a place."""
        self.ready.insert(len(self.ready) if place is None else place, item)
        for event in self.news:
            event.set()

    def back(self, item: Item) -> None:
        """Take a message back that was not acknowledged, anywhere in the queue."""
        self.held -= 1
        self.happened["redeliveries"] += 1
        if item.deliveries > self.limit and self.dead is not None:
            self.happened["dead letters"] += 1
            self.dead.put(Item(replace(item.delivery, trail="delivery_limit in onem.inbox", source="onem.dead")))
        else:
            self.put(item, self.draw.randint(0, len(self.ready)))


@dataclass(eq=False, slots=True)
class Mailbox:
    """What the senders received: bodies by message id, and message ids by request and kind."""

    bodies: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    ids: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    happened: Counter[str] = field(default_factory=Counter)

    def take(self, outgoing: Outgoing) -> None:
        """Receive one answer."""
        self.happened["answers again"] += outgoing.message_id in self.bodies
        self.bodies[outgoing.message_id].add(outgoing.body)
        self.ids[outgoing.correlation_id or ""][outgoing.identification].add(outgoing.message_id)


class SimulatedInlet:
    """One instance's consumer, with everything that the real one promises."""

    def __init__(self, queue: Queue, database: Database, draw: random.Random) -> None:
        self.number = next(_NUMBERS)
        """Which of all inlets this is: an order that every run of a seed shares."""
        self._queue = queue
        self._database = database
        self._draw = draw
        self._held: dict[int, Item] = {}
        self._session = 0
        self._tag = 0
        self._paused = False
        self._stopped = False
        self._news = asyncio.Event()
        queue.news[self._news] = None
        life = LIFE.get()
        if isinstance(life, Life):
            life.on_death.append(self._gone)

    def _gone(self) -> None:
        self.lose_link()
        self._queue.news.pop(self._news, None)

    def lose_link(self) -> None:
        """Lose the connection: everything unacknowledged goes back, and old tags mean nothing."""
        self._session += 1
        held, self._held = self._held, {}
        for item in held.values():
            self._queue.back(item)

    async def start(self) -> None:
        """Nothing to do."""

    async def receive(self, limit: int, wait_ms: int) -> Sequence[Delivery]:
        """Take what is ready, within the prefetch."""
        while not self._stopped:
            room = min(limit, PREFETCH - len(self._held), self._draw.randint(1, limit))
            if not self._paused and room > 0 and self._queue.ready:
                await asyncio.sleep(self._draw.expovariate(300.0))
                if taken := [self._take() for _ in range(min(room, len(self._queue.ready)))]:
                    return taken
                continue
            self._news.clear()
            try:
                async with asyncio.timeout(1.0):
                    await self._news.wait()
            except TimeoutError:
                continue
        return ()

    def _take(self) -> Delivery:
        item = self._queue.ready.pop(0)
        item.deliveries += 1
        self._queue.held += 1
        self._tag += 1
        self._held[self._tag] = item
        return replace(item.delivery, handle=(self._session, self._tag))

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge what this session holds. Raises Broken where one is not durable."""
        for delivery in deliveries:
            if hashlib.sha256(delivery.body).digest() not in self._database.committed:
                raise Broken("acknowledged before it was durable")
        await asyncio.sleep(self._draw.expovariate(300.0))
        for delivery in deliveries:
            session, tag = delivery.handle
            if session == self._session and self._held.pop(tag, None):
                self._queue.held -= 1

    async def pause(self) -> None:
        """Take nothing new."""
        self._paused = True

    async def resume(self) -> None:
        """Go on."""
        self._paused = False
        self._news.set()

    async def release(self) -> None:
        """Give everything back."""
        self.lose_link()

    async def stop_receiving(self) -> None:
        """Take no more."""
        self._stopped = True
        self._news.set()

    async def close(self) -> None:
        """Close."""
        self._gone()


class SimulatedOutlet:
    """One instance's publisher: the answer may arrive without its confirmation, or neither. `trouble` is how likely."""

    def __init__(self, mailbox: Mailbox, draw: random.Random) -> None:
        self.trouble = 0.0
        self._mailbox = mailbox
        self._draw = draw

    async def start(self) -> None:
        """Nothing to do."""

    async def publish(self, batch: Sequence[Outgoing]) -> Sequence[Confirmed | Refused]:
        """Publish each, in any order, and tell of each what came of it."""
        results: dict[int, Confirmed | Refused] = {}
        for outgoing in self._draw.sample(batch, len(batch)):
            await asyncio.sleep(self._draw.expovariate(1000.0))
            if self._draw.random() < self.trouble:
                if self._draw.random() < 0.5:
                    self._mailbox.take(outgoing)
                results[outgoing.id] = Refused(outgoing.id, "no confirmation")
            else:
                self._mailbox.take(outgoing)
                results[outgoing.id] = Confirmed(outgoing.id)
        await asyncio.sleep(self._draw.expovariate(300.0))
        return [results[outgoing.id] for outgoing in batch]

    async def close(self) -> None:
        """Close."""
