"""Runs the demonstration: the service itself in a directory of its own, files dropped into its folders, answers read.

set up ─► first wave ─► second wave ─► the agent's outcome ─► Story
└── each: files into IN/, wait until IN/ is empty and the outbox is sent, read OUT/
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from handlers.dossier import Mandate, PartyKind, Sender
from service import app, back_office, views
from service.answers import Reading, read
from service.channel.topology import ONEM
from service.client import Answer, FolderClient, Sent
from service.clock import Clock
from service.demo import requests
from service.demo.requests import Example
from service.installation import Installation
from service.settings import Settings
from service.store import outbox, parties
from service.store.access import SERVICE, Change
from service.store.engine import connect
from service.store.key_check import unlock
from service.store.migrate import upgrade

AGENT = "A1234"
MOTIVE = "Travail en France : convention appliquée, ces jours ne changent pas la fin du contrat."
LONGEST_WAIT = 25.0
"""Seconds after which a wave counts as stuck."""
_POLL_SECONDS = 0.05

Progress = Callable[[str, int], None]
"""Hears what is being done, and how many files were handled with it."""


class Stuck(Exception):  # noqa: N818 - the name is the sentence
    """The service did not come to rest in time, or ended by itself."""


@dataclass(slots=True)
class Exchange:
    """One file sent, and what came back for it."""

    example: Example
    client: FolderClient
    sent: Sent
    answers: Sequence[Answer] = ()
    dossier: dict[str, Any] | None = None
    """What the store holds of it; None where it opened no dossier."""

    @property
    def readings(self) -> list[Reading]:
        """What the answers say, ACRF first, then NOTIFICATION, then the decision."""
        found = [read(answer.body) for answer in self.answers]
        order = {"ACRF001": 0, "NOTI001": 1}
        return sorted(found, key=lambda reading: order.get(reading.identification, 2))

    @property
    def is_as_expected(self) -> bool:
        """Whether exactly the expected answers came, in content."""
        return tuple(reading.name for reading in self.readings) == self.example.expected

    def body_of(self, identification: str) -> bytes | None:
        """Give the bytes of the answer with that identification."""
        for answer in self.answers:
            if answer.identification == identification:
                return answer.body
        return None

    def repeats(self, other: "Exchange") -> bool:
        """Whether it got, byte for byte, the answers of another."""
        return sorted(answer.body for answer in self.answers) == sorted(answer.body for answer in other.answers)


@dataclass(slots=True)
class Story:
    """All that happened, read back from the folders and the store."""

    directory: Path
    exchanges: list[Exchange] = field(default_factory=list)
    agent: Exchange | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)
    """All review tasks as they stand at the end."""

    @property
    def is_as_expected(self) -> bool:
        """Whether everything came out as it should."""
        return self.agent is not None and all(exchange.is_as_expected for exchange in (*self.exchanges, self.agent))


async def run(directory: Path, progress: Progress) -> Story:
    """Run the whole demonstration there. Raises Stuck."""
    story = Story(directory)
    async with _installed(directory) as place, _serving(place) as is_alive:
        for name, wave in (("requests", requests.first_wave()), ("repeats", requests.second_wave())):
            story.exchanges += await _send(place, wave, is_alive)
            progress(name, len(wave))
        story.agent = await _agent(place, story, is_alive)
        progress("an agent decides", 1)
        await _read_back(place, story)
    return story


@asynccontextmanager
async def _installed(directory: Path) -> AsyncIterator[Installation]:
    """Set up database, key, senders and folders, and a clock that says the demonstration's moment."""
    settings = _settings(directory)
    await upgrade(settings.database_url)
    engine = connect(settings.database_url)
    try:
        async with engine.begin() as connection:
            clock = Clock(requests.NOW - await Clock().now(connection))
            now = await clock.now(connection)
            change = Change(SERVICE, now)
            await back_office.know_onem(connection, now)
            for sender, company in _senders():
                await parties.add(connection, sender, change)
                await parties.give_mandates(connection, sender.number, [Mandate(company, requests.NOW.date())], change)
        vault = await unlock(settings.database_url, settings.secret_key_file, settings.environment)
        for number in (ONEM, requests.FRENCH_VENDOR, requests.DUTCH_VENDOR):
            (settings.folder / number / "IN").mkdir(parents=True)
        yield Installation(settings, engine, vault, clock)
    finally:
        await engine.dispose()


def _settings(directory: Path) -> Settings:
    """Give settings that nothing in the environment changes."""
    given: dict[str, Any] = {name: field.default for name, field in Settings.model_fields.items()}
    given |= {
        "database_url": f"sqlite+aiosqlite:///{directory / 'demo.db'}",
        "folder": directory / "channel",
        "secret_key_file": directory / "secret.key",
    }
    return Settings(**given)


def _senders() -> tuple[tuple[Sender, str], ...]:
    return (
        (Sender(requests.FRENCH_VENDOR, "Logiciel social", PartyKind.VENDOR, 2), requests.CPAS),
        (Sender(requests.DUTCH_VENDOR, "Sociale software", PartyKind.VENDOR, 1), requests.OCMW),
    )


@asynccontextmanager
async def _serving(place: Installation) -> AsyncIterator[Callable[[], None]]:
    """Run the service beside; gives a check that raises Stuck when it has ended."""
    stop = asyncio.Event()
    service = asyncio.create_task(app.serve(place.settings, stop, place.clock))

    def is_alive() -> None:
        if service.done():
            raise Stuck("The service ended by itself.") from service.exception()

    try:
        yield is_alive
    finally:
        stop.set()
        await asyncio.gather(service, return_exceptions=True)


async def _send(place: Installation, wave: Sequence[Example], is_alive: Callable[[], None]) -> list[Exchange]:
    """Drop a wave's files, wait until all is handled and answered, and read the answers."""
    exchanges = []
    for example in wave:
        client = FolderClient(place.settings.folder, example.sender)
        exchanges.append(Exchange(example, client, await client.send(example.body, example.file_name)))
    await _settled(place, is_alive)
    for exchange in exchanges:
        exchange.answers = await exchange.client.answers(exchange.sent, 0)
    return exchanges


async def _settled(place: Installation, is_alive: Callable[[], None]) -> None:
    """Wait until no file waits and no answer is unsent."""
    until = datetime.now(UTC) + timedelta(seconds=LONGEST_WAIT)
    while _waiting(place.settings.folder) or await _unsent(place):
        is_alive()
        if datetime.now(UTC) > until:
            raise Stuck("Files or answers are still waiting.")
        await asyncio.sleep(_POLL_SECONDS)


def _waiting(folder: Path) -> bool:
    return any(folder.glob("*/IN/FI.*"))


async def _unsent(place: Installation) -> int:
    async with place.engine.begin() as connection:
        return await outbox.unsent(connection)


async def _agent(place: Installation, story: Story, is_alive: Callable[[], None]) -> Exchange | None:
    """Let an agent confirm the engine's proposal on the first task, as an OCCP102 in ONEM's own folder."""
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        tasks = [task for task in await views.tasks(connection) if "FOREIGN_WORK" in task["reasons"]]
    if not tasks:
        return None
    message = back_office.outcome(tasks[0]["ticket"], AGENT, MOTIVE, now, proposal=1)
    made = back_office.delivery(message, place.settings.environment, now)
    example = Example(ONEM, 1, "the agent's outcome on the first task", made.body, requests.ACCEPTED)
    client = FolderClient(place.settings.folder, ONEM)
    exchange = Exchange(example, client, await client.send(made.body, made.file_name))
    await _settled(place, is_alive)
    exchange.answers = await client.answers(exchange.sent, 0)
    return exchange


async def _read_back(place: Installation, story: Story) -> None:
    """Read each exchange's answers again, now that an agent has decided, and what the store holds of it."""
    async with place.engine.begin() as connection:
        story.tasks = await views.tasks(connection, everything=True)
        for exchange in story.exchanges:
            exchange.answers = await exchange.client.answers(exchange.sent, 0)
            tickets = [reading.ticket for reading in exchange.readings if reading.ticket]
            exchange.dossier = await views.dossier(connection, tickets[0]) if tickets else None
