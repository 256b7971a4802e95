"""The core under a seeded scheduler: the real intake, relay, pressure, handlers and store code; only time is not real.

    seed ─► messages, copies, crashes, cut links, failing statements, unknown commits, lost confirmations
              two instances, each with lives one after the other  ─► heal ─► quiet ─► promises checked

The same seed gives the same run. What is broken and how much of it is drawn for each seed anew.
"""

import asyncio
import contextvars
import hashlib
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers import dispatch
from handlers.context import Context
from handlers.outcome import Outcome
from schemas.parser import Opened
from service import quarantine
from service.app import _Service
from service.bench.load import Load
from service.channel import Delivery, message_id_for, topology
from service.clock import Clock
from service.dead_letters import DeadLetters
from service.deadlines import Deadlines
from service.installation import Installation
from service.intake import Intake
from service.pressure import Pressure
from service.relay import Relay
from service.settings import Settings
from service.vault import Vault
from tests.faults.loop import GRAVEYARD, LIFE, Life, SimulatedLoop, Stuck
from tests.faults.simulated_broker import Broken, Item, Mailbox, Queue, SimulatedInlet, SimulatedOutlet
from tests.faults.simulated_store import Database

KINDS = ("ACRF001", "NOTI001", "OCCP003")
TROUBLED_S = 20.0
QUIET_AFTER_S = 3_000.0
VAULT = Vault(bytes(range(32)))


@dataclass(frozen=True, slots=True)
class Sample:
    """What all simulations share: an engine, an empty migrated database, requests of one sender."""

    engine: AsyncEngine
    template: sqlite3.Connection
    loads: Sequence[Load]
    began: datetime


@dataclass(frozen=True, slots=True)
class SimulatedClock(Clock):
    """The loop's time, as the database's."""

    began: datetime = datetime(2026, 11, 24, tzinfo=UTC)

    async def now(self, connection: AsyncConnection) -> datetime:
        """Give the simulated moment."""
        return self.began + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass(eq=False, slots=True)
class Form:
    """A message that is sent, and what must become of it: how many answers of its own, how many decisions."""

    delivery: Delivery
    answers: int
    decisions: int
    held: bool = False

    @property
    def sha256(self) -> bytes:
        """Give the hash of its bytes."""
        return hashlib.sha256(self.delivery.body).digest()


@dataclass(eq=False)
class Simulation:
    """One run."""

    sample: Sample
    seed: int
    draw: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - the seed is the point
        random.seed(self.seed)
        self.loop = SimulatedLoop(self.draw)
        self.database = Database(self.sample.template, self.draw)
        Database.current = self.database
        self.dead = Queue(self.draw)
        self.inbox = Queue(self.draw, limit=self.draw.choice((3, 10, 10)), dead=self.dead)
        self.mailbox = Mailbox()
        self.clock = SimulatedClock(began=self.sample.began)
        self.settings = Settings(_env_file=None, batch_size=self.draw.choice((1, 3, 8)), hold_seconds=60)  # type: ignore[call-arg]
        self.forms = self._forms()
        self.mailbox.happened = self.inbox.happened = self.dead.happened = self.database.happened
        self.troubled = True
        self.outlet_trouble = self.draw.choice((0.0, 0.05, 0.3))
        self.inlets: set[SimulatedInlet] = set()
        self.outlets: set[SimulatedOutlet] = set()
        self.broken: list[BaseException] = []

    def _forms(self) -> list[Form]:
        """Draw the messages: mostly requests, and one of each kind of bad ones now and then."""
        loads = self.draw.sample(list(self.sample.loads), self.draw.randint(3, 8))
        forms = [Form(_delivery(load.body, load.file_name, load.sender), 3, 1) for load in loads]
        first = loads[0]
        more = (
            Form(_delivery(b"%PDF-1.7", loads[0].file_name + "9.S.1.1", first.sender), 1, 0),
            Form(_delivery(b"%PDF 2", "request.xml", first.sender), 1, 0),
            Form(_delivery(b"<nobody/>", None, None), 0, 0, held=True),
            Form(_delivery(b"<poison/>", f"FI.OCCP.{first.sender}.20261124.77.S.1.1", first.sender), 0, 0, held=True),
        )
        return forms + [form for form in more if self.draw.random() < 0.4]

    def run(self) -> None:
        """Run to the end and check every promise. Raises Broken and Stuck."""
        try:
            self.loop.run(self._main())
        finally:
            GRAVEYARD.append(self)

    async def _main(self) -> None:
        self.database.trouble = self.draw.choice((0.0, 0.002, 0.02))
        self.database.unknown = self.draw.choice((0.0, 0.02, 0.2))
        crashes = self.draw.randint(0, 4)
        keepers = [asyncio.ensure_future(self._keep(f"instance-{n}", crashes)) for n in (1, 2)]
        sending = [asyncio.ensure_future(self._send(form)) for form in self.forms]
        cutting = asyncio.ensure_future(self._cut_links())
        await asyncio.sleep(TROUBLED_S)
        await asyncio.gather(*sending)
        self._heal()
        await self._quiet()
        await self._replay()
        await self._quiet()
        self.check()
        for task in (*keepers, cutting):
            task.cancel()

    def _heal(self) -> None:
        self.troubled = False
        self.database.trouble = self.database.unknown = 0.0
        for outlet in self.outlets:
            outlet.trouble = 0.0

    async def _send(self, form: Form) -> None:
        """Send a form, and copies of it, at moments of their own."""
        for _ in range(self.draw.choice((1, 1, 1, 2, 5))):
            await asyncio.sleep(self.draw.random() * 4)
            self.inbox.put(Item(form.delivery), self.draw.randint(0, len(self.inbox.ready)))

    async def _cut_links(self) -> None:
        for _ in range(self.draw.randint(0, 5)):
            await asyncio.sleep(self.draw.random() * 5)
            if self.inlets and self.troubled:
                inlets = sorted(self.inlets, key=lambda inlet: inlet.number)
                self.draw.choice(inlets).lose_link()
                self.database.happened["links cut"] += 1

    async def _keep(self, name: str, crashes: int) -> None:
        """Keep an instance living: after each crash another life, as a supervisor would."""
        for number in range(10**6):
            dies = int(10 ** self.draw.uniform(1.0, 3.2)) if self.troubled and number < crashes else None
            life = Life(f"{name}.{number}", dies)
            ended = asyncio.get_running_loop().create_future()
            life.on_death.append(lambda ended=ended: ended.done() or ended.set_result(None))
            context = contextvars.copy_context()
            context.run(LIFE.set, life)
            asyncio.get_running_loop().create_task(self._live(life), context=context)
            await ended
            await asyncio.sleep(self.draw.random() * 2)

    async def _live(self, life: Life) -> None:
        """Be one life of an instance: the service as `service.app` composes it, on the simulated ends."""
        try:
            inlet = SimulatedInlet(self.inbox, self.database, self.draw)
            letters = SimulatedInlet(self.dead, self.database, self.draw)
            outlet = SimulatedOutlet(self.mailbox, self.draw)
            outlet.trouble = self.outlet_trouble if self.troubled else 0.0
            self.inlets.add(inlet)
            self.outlets.add(outlet)
            life.on_death += [lambda: self.inlets.discard(inlet), self._count_death]
            engine, stop = self.sample.engine, asyncio.Event()
            intake = Intake(engine, VAULT, self.clock, "S", handle=_handle)
            relay = Relay(engine, VAULT, self.clock, outlet)
            due = Deadlines(engine, VAULT, self.clock, "S", relay.offer)
            pressure = Pressure(self.settings, inlet, intake, engine, self.clock, stop)
            service = _Service(self.settings, inlet, pressure, relay, due, stop)
            await asyncio.gather(DeadLetters(letters, engine, VAULT, self.clock).run(), service.serve())
        except Exception as failure:
            self.broken.append(failure)
        life.die()

    def _count_death(self) -> None:
        self.database.happened["crashes"] += 1

    async def _quiet(self) -> None:
        """Wait until nothing waits anywhere. Raises Stuck where that never comes."""
        loop = asyncio.get_running_loop()
        end = loop.time() + QUIET_AFTER_S
        while not self._is_quiet():
            if loop.time() > end:
                raise Stuck(
                    f"{len(self.inbox.ready)} ready, {self.inbox.held} held, {len(self.dead.ready)} dead letters"
                )
            await asyncio.sleep(1.0)

    def _is_quiet(self) -> bool:
        if self.broken:
            raise self.broken[0]
        queues = (self.inbox, self.dead)
        if not self.database.is_free or any(queue.ready or queue.held for queue in queues):
            return False
        return self.database.rows("SELECT count(*) FROM outbox WHERE sent_at IS NULL")[0][0] == 0

    async def _replay(self) -> None:
        """Replay what good there is in quarantine, as an operator would."""
        good = {form.sha256 for form in self.forms if not form.held}
        place = Installation(self.settings, self.sample.engine, VAULT, self.clock)
        for kept in await quarantine.listed(place):
            if kept.sha256 in good:
                self.database.happened["innocents replayed"] += 1
                await quarantine.replay(place, kept.id, "simulation", "an innocent")

    def check(self) -> None:
        """Compare the sets. Raises Broken."""
        for identity, bodies in self.mailbox.bodies.items():
            _hold(len(bodies) == 1, f"answer {identity} came with {len(bodies)} different bodies")
        stored = {row[0] for row in self.database.rows("SELECT message_id FROM outbox")}
        _hold(self.mailbox.bodies.keys() <= stored, "an answer was sent that is not stored")
        _hold(stored <= self.mailbox.bodies.keys(), "a stored answer was never received")
        held = {row[0] for row in self.database.rows("SELECT sha256 FROM quarantine WHERE state = 'held'")}
        for form in self.forms:
            self._check(form, held)
        decisions = self.database.rows("SELECT count(*), count(DISTINCT form) FROM decision")[0]
        wanted = sum(form.decisions for form in self.forms)
        _hold(decisions == (wanted, wanted), f"{decisions} decisions and forms decided, wanted {wanted}")
        received = self.database.rows("SELECT count(*) FROM inbox")[0][0]
        wanted = sum(1 for form in self.forms if not form.held)
        _hold(received == wanted, f"{received} forms received, wanted {wanted}")

    def _check(self, form: Form, held: set[bytes]) -> None:
        name = form.delivery.file_name
        kinds = self.mailbox.ids.get(form.delivery.message_id or "", {})
        _hold(all(len(ids) == 1 for ids in kinds.values()), f"{name} was answered otherwise: {dict(kinds)}")
        _hold(len(kinds) == form.answers, f"{name} got {sorted(kinds)} instead of {form.answers} answers")
        _hold((form.sha256 in held) == form.held, f"{name} is {'' if form.held else 'not '}to be held and is otherwise")


def _hold(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise Broken(otherwise)


def _delivery(body: bytes, file_name: str | None, sender: str | None) -> Delivery:
    message_id = message_id_for(sender or "", file_name or body.hex())
    return Delivery(body, sender, file_name, message_id, "20264", source=topology.INBOX)


def _handle(opened: Opened, context: Context) -> Outcome:
    """Handle as the service does; the poison fails each time, as a defect would."""
    if context.envelope.file_name.endswith(".77.S.1.1"):
        raise RuntimeError("poison")
    return dispatch.handle(opened, context)


def template(path: Path) -> sqlite3.Connection:
    """Copy a migrated database into memory."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with sqlite3.connect(path) as source:
        source.backup(copy)
    source.close()
    return copy
