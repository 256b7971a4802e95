"""The campaign: numbered requests through two instances while everything around them breaks, then the sets compared.

    sender ─► broker ─► instance 1, instance 2 ─► database        kill -9 · restarts · cut links, at seeded moments
       ▲                    │
       └──── answers ◄──────┘          confirmed = decided + refused + held, each once; repeated answers identical

A recovery is measured from each breakage (for a restart: from when the server answers again) until every request that
was confirmed and unanswered at that moment has all its answers.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import StrEnum

import asyncpg
from sqlalchemy.engine import make_url

from service import quarantine
from service.clock import Clock
from service.installation import Installation
from service.settings import Settings
from service.store.engine import connect as connect_database
from service.vault import load_or_make
from tests.faults.answers import Answers
from tests.faults.ground import Ground
from tests.faults.instance import Instance, environment
from tests.faults.load import BURST_S, Kind, Message, Publisher, messages, schedule
from tests.faults.proxy import Proxy

UNANSWERED_AT_MOST = 1500
PATIENCE_S = 15
"""Longest time without a new answer before the rest counts as lost."""
_LAST_RECOVERY_S = 10
_IN_HAND_S = 0.3


class Breakage(StrEnum):
    """What is broken."""

    KILL = "kill -9"
    BROKER = "broker restart"
    DATABASE = "database restart"
    CUT = "cut link"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything, over how many seconds."""

    messages: int
    kills: int
    seconds: float
    broker_restarts: int
    database_restarts: int
    cuts: int
    seed: int


@dataclass(slots=True)
class Result:
    """The sets compared; `lost` and `duplicate_decisions` must be 0."""

    confirmed: int = 0
    decided: int = 0
    lost: int = 0
    duplicate_decisions: int = 0
    duplicate_answers_identical: bool = True
    kills: int = 0
    broker_restarts: int = 0
    database_restarts: int = 0
    p99_recovery_s: float = 0.0
    seed: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return self.lost == 0 and self.duplicate_decisions == 0 and self.duplicate_answers_identical


@dataclass(slots=True)
class Campaign:
    """One run on one ground. `tell` hears of every event, for people."""

    plan: Plan
    ground: Ground
    tell: Callable[[str], None]
    answers: Answers = field(default_factory=Answers)
    done: Counter[Breakage] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    publisher: Publisher = field(init=False)
    replayed: int = 0
    _links: list[Proxy] = field(default_factory=list)
    _draw: random.Random = field(init=False)
    _watched: set[asyncio.Task[None]] = field(default_factory=set)
    _one_at_a_time: dict[Breakage, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def __post_init__(self) -> None:
        self._draw = random.Random(self.plan.seed)  # noqa: S311 - a seed that can be given again
        self.publisher = Publisher(self.ground.sender_url, self._is_enough)

    def unanswered(self) -> set[str]:
        """Give the message ids of confirmed requests whose decision has not come."""
        return self.publisher.asked - self.answers.decided

    def _is_enough(self) -> bool:
        """Tell whether as much is unanswered as may be: counted, since every copy asks it many times a second."""
        return len(self.publisher.asked) - len(self.answers.decided) > UNANSWERED_AT_MOST

    async def run(self) -> Result:
        """Run it all, then compare."""
        wanted = messages(self.plan.messages, self.ground.sender, self._draw)
        due = schedule(wanted, self.plan.seconds, self._draw)
        async with AsyncExitStack() as stack:
            await self._start(stack)
            way = await stack.enter_async_context(Proxy.of(*self.ground.broker.urls))
            self.publisher.url = way.url(self.ground.sender_url)
            reading = asyncio.create_task(self.answers.read(way.url(self.ground.broker.url), self.ground.sender))
            breaking = asyncio.create_task(self._break())
            try:
                await self.publisher.publish(due)
                await breaking
                self.tell("everything is published and nothing breaks any more: waiting for the answers")
                await self._settle(wanted)
            finally:
                for task in (breaking, reading, *self._watched):
                    task.cancel()
                await asyncio.gather(breaking, reading, *self._watched, return_exceptions=True)
            return await self._compare(wanted)

    async def _start(self, stack: AsyncExitStack) -> None:
        for number in (1, 2):
            broker = await stack.enter_async_context(Proxy.of(*self.ground.broker.urls))
            database = await stack.enter_async_context(Proxy.of(self.ground.database.url))
            self._links += [broker, database]
            urls = broker.url(self.ground.broker.url), database.url(self.ground.database.url)
            instance = Instance(f"instance-{number}", self.ground.directory, environment(self.ground.directory, *urls))
            self.instances.append(instance)
            keeping = asyncio.create_task(instance.keep(), name=instance.name)
            stack.push_async_callback(self._end, instance, keeping)

    async def _end(self, instance: Instance, keeping: asyncio.Task[None]) -> None:
        code = await instance.stop(PATIENCE_S / 2)
        self.tell(f"{instance.name} drained with exit code {code} after {instance.starts} starts")
        await keeping

    def _moments(self) -> Iterator[tuple[float, Breakage]]:
        counts = {
            Breakage.KILL: self.plan.kills,
            Breakage.BROKER: self.plan.broker_restarts,
            Breakage.DATABASE: self.plan.database_restarts,
            Breakage.CUT: self.plan.cuts,
        }
        yield from sorted((self._moment(what), what) for what in Breakage for _ in range(counts[what]))

    def _moment(self, what: Breakage) -> float:
        """Draw a moment; half of the kills hit while a burst is in hand."""
        at = self._draw.random() * self.plan.seconds
        if what is Breakage.KILL and self._draw.random() < 0.5:
            return at // BURST_S * BURST_S + self._draw.random() * _IN_HAND_S
        return at

    async def _break(self) -> None:
        """Break each thing at its moment, one while another is still down; a server restarts once at a time."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for at, what in list(self._moments()):
                await asyncio.sleep(max(0.0, began + at - asyncio.get_running_loop().time()))
                group.create_task(self._break_now(what))

    async def _break_now(self, what: Breakage) -> None:
        hard = self._draw.random() < 0.5
        async with self._one_at_a_time[what]:
            told = await self._one(what, hard=hard)
        self.done[what] += 1
        self.tell(f"{what.value}: {told}")
        self._watched.add(asyncio.create_task(self._recovery(self.unanswered())))

    async def _one(self, what: Breakage, *, hard: bool) -> str:
        match what:
            case Breakage.KILL:
                return await self._kill()
            case Breakage.BROKER:
                await self.ground.broker.restart(hard=hard)
            case Breakage.DATABASE:
                await self.ground.database.restart(hard=hard)
            case Breakage.CUT:
                self._draw.choice(self._links).cut()
                return "reset"
        return "by force" if hard else "in order"

    async def _kill(self) -> str:
        """Kill one that runs; a kill of what is already dead would not count."""
        first = self._draw.randrange(2)
        while True:
            for instance in (self.instances[first], self.instances[1 - first]):
                if instance.kill():
                    return instance.name
            await asyncio.sleep(0.1)

    async def _recovery(self, waiting: set[str]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while waiting - self.answers.decided:  # noqa: ASYNC110 - the answers are the condition
            await asyncio.sleep(0.05)
        self.recoveries.append(loop.time() - began)

    async def _settle(self, wanted: list[Message]) -> None:
        """Wait until everything is accounted for, replay the innocents among the dead letters, and wait again."""
        await self._quiet(wanted)
        if await self._replay_innocents(wanted):
            await self._quiet(wanted)
        # where something is lost, who waits for it waits for ever
        if self._watched:
            await asyncio.wait(self._watched, timeout=_LAST_RECOVERY_S)

    async def _quiet(self, wanted: list[Message]) -> None:
        """Wait until nothing is missing and nothing is unsent; give up when nothing moves any more."""
        loop = asyncio.get_running_loop()
        moved, before = loop.time(), (-1, -1, -1)
        while True:
            missing, unsent = len(await self._missing(wanted)), await self._value(_UNSENT)
            now = (missing, unsent, len(self.answers.decided))
            if missing == unsent == 0:
                return
            if now != before:
                moved, before = loop.time(), now
            elif loop.time() - moved > PATIENCE_S:
                self.tell(f"nothing moves any more: {missing} missing, {unsent} unsent")
                return
            await asyncio.sleep(0.5)

    async def _missing(self, wanted: list[Message]) -> list[Message]:
        """Give the confirmed messages that are neither answered as they must be, nor held."""
        held = {bytes(row["sha256"]) for row in await self._rows("SELECT sha256 FROM quarantine WHERE state = 'held'")}
        answered = self.answers.ids.keys()
        return [
            message
            for message in wanted
            if message.number in self.publisher.confirmed
            and not (
                message.message_id in self.answers.decided
                if message.kind is Kind.GOOD
                else message.message_id in answered or message.sha256 in held
            )
            and not (message.kind is Kind.GOOD and message.sha256 in held)
        ]

    async def _replay_innocents(self, wanted: list[Message]) -> int:
        """Do what an operator does with good messages that the broker gave up on: replay them."""
        good = {message.sha256 for message in wanted if message.kind is Kind.GOOD}
        engine = connect_database(self.ground.database.url)
        try:
            vault = load_or_make(self.ground.directory / "secret.key", "S")
            place = Installation(Settings(_env_file=None), engine, vault, Clock())  # type: ignore[call-arg]
            innocents = [kept for kept in await quarantine.listed(place) if kept.sha256 in good]
            for kept in innocents:
                self.tell(f"replaying {kept.id}: {kept.reason}")
                await quarantine.replay(place, kept.id, "chaos", "an innocent among the dead letters")
        finally:
            await engine.dispose()
        self.replayed = len(innocents)
        return len(innocents)

    async def _compare(self, wanted: list[Message]) -> Result:
        decisions = {row["file_name"]: row["n"] for row in await self._rows(_DECISIONS)}
        confirmed = self.publisher.confirmed
        good = [message for message in confirmed.values() if message.kind is Kind.GOOD]
        lost = {message.number for message in await self._missing(wanted)}
        lost |= {m.number for m in good if not decisions.get(m.file_name) or m.message_id not in self.answers.decided}
        doubled = sum(n - 1 for n in decisions.values()) + await self._value(_TWICE)
        return Result(
            confirmed=len(confirmed),
            decided=sum(1 for message in good if decisions.get(message.file_name)),
            lost=len(lost),
            duplicate_decisions=max(doubled, self.answers.doubled()),
            duplicate_answers_identical=not self.answers.differing,
            kills=self.done[Breakage.KILL],
            broker_restarts=self.done[Breakage.BROKER],
            database_restarts=self.done[Breakage.DATABASE],
            p99_recovery_s=round(_percentile(self.recoveries, 0.99), 1),
            seed=self.plan.seed,
        )

    async def _rows(self, query: str) -> list[asyncpg.Record]:
        url = make_url(self.ground.database.url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    async def _value(self, query: str) -> int:
        return int((await self._rows(query))[0][0])


_UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
_DECISIONS = """
SELECT i.file_name, count(*) AS n FROM decision d JOIN inbox i ON i.ticket = d.form GROUP BY i.file_name
"""
_TWICE = "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM dossier GROUP BY person_index) AS persons"
"""Every number is another person: a person with two dossiers was decided twice."""


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def sized(messages: int, kills: int, seconds: float | None, seed: int) -> Plan:
    """Give a plan of the usual proportions: to 50 kills 5 broker restarts, 3 database restarts, 10 cut links."""
    return Plan(
        messages=messages,
        kills=kills,
        seconds=seconds if seconds is not None else max(30.0, messages / 50),
        broker_restarts=max(1, round(kills / 10)) if kills else 0,
        database_restarts=max(1, round(kills * 3 / 50)) if kills else 0,
        cuts=max(1, round(kills / 5)) if kills else 0,
        seed=seed,
    )
