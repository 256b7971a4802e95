"""The commands: `run_relay` measures the bare relay, `run_pipeline` the service beside it in alternated pairs."""

import asyncio
import json
import os
import secrets
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from aiormq.abc import AbstractChannel
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from yarl import URL

from service import broker_admin, replicas
from service.bench import load, measure, relay
from service.bench.ground import prepare
from service.bench.measure import NoProgress, Program, Rate
from service.channel import topology
from service.channel.connection import connect
from service.settings import ChannelKind, Settings

LEAST_PAIRS = 5
WARM_UP = 20
ANSWERS = 3
"""To a decided request: acknowledgement, notification, decision."""
TYPICAL_SIZES = (1200, 1300, 6000)
"""Sizes in bytes of the three answers to a decided request, for `bench relay` alone."""
AMQP, DATABASE, ADMIN = "CPAS_ONEM_TEST_AMQP_URL", "CPAS_ONEM_TEST_DATABASE_URL", "CPAS_ONEM_TEST_BROKER_ADMIN"


class BenchUnavailable(Exception):  # noqa: N818 - the name is the sentence
    """There is nothing to measure on; the text says what to do."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What was measured, in requests per second. `ratio` is the median of the pairs' ratios, None without pairs."""

    messages: int
    answer_bytes: tuple[int, ...]
    relay: tuple[float, ...]
    pipeline: tuple[float, ...] = ()
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class _Site:
    """A broker and a database that may be filled; the sender's own channel there, and one that may do everything."""

    amqp_url: str
    database_url: str
    secret_key_file: Path
    number: str
    """The sender's."""
    owner: AbstractChannel
    sender: AbstractChannel


def run_relay(settings: Settings, runs: int, messages: int, json_out: bool) -> BenchResult:
    """Measure the bare relay alone. Raises BenchUnavailable."""
    return asyncio.run(_relay(settings, runs, messages, json_out))


def run_pipeline(settings: Settings, pairs: int, messages: int, json_out: bool) -> BenchResult:
    """Measure relay and service in turn, at least five times. Raises BenchUnavailable."""
    return asyncio.run(_pipeline(settings, max(pairs, LEAST_PAIRS), messages, json_out))


async def _relay(settings: Settings, runs: int, messages: int, json_out: bool) -> BenchResult:
    async with _site(settings) as site:
        with _display() as display:
            rates = [await _one_relay(site, display, messages, n, TYPICAL_SIZES) for n in range(runs)]
    result = BenchResult(messages, TYPICAL_SIZES, tuple(round(rate.requests, 1) for rate in rates))
    show(result, json_out)
    return result


async def _pipeline(settings: Settings, pairs: int, messages: int, json_out: bool) -> BenchResult:
    bare: list[Rate] = []
    full: list[Rate] = []
    async with _site(settings) as site:
        await prepare(site.database_url, site.number)
        with _display() as display:
            service = _service(site, settings)
            await _one(site, display, replace(service, processes=0), WARM_UP, "warm-up")
            sizes = await measure.sizes(site.sender, site.number, WARM_UP)
            for n in range(pairs):
                bare.append(await _one_relay(site, display, messages, n, sizes))
                full.append(await _one(site, display, service, messages, f"service {n + 1}"))
    result = BenchResult(
        messages,
        sizes,
        tuple(round(rate.requests, 1) for rate in bare),
        tuple(round(rate.requests, 1) for rate in full),
        round(statistics.median(b.requests / a.requests for a, b in zip(bare, full, strict=True)), 3),
    )
    show(result, json_out)
    return result


async def _one_relay(site: _Site, display: Progress, messages: int, n: int, sizes: Sequence[int]) -> Rate:
    environment = {relay.URL: site.amqp_url, relay.SIZES: ",".join(map(str, sizes)), relay.SENDER: site.number}
    program = Program(("-m", relay.__name__), environment, len(sizes))
    return await _one(site, display, program, messages, f"relay {n + 1}")


def _service(site: _Site, settings: Settings) -> Program:
    """Give the service as it is run by default: with as many processes as the settings say."""
    its = {"channel": ChannelKind.AMQP, "amqp_url": site.amqp_url, "database_url": site.database_url}
    environment = {
        "CPAS_ONEM_CHANNEL": "amqp",
        "CPAS_ONEM_AMQP_URL": site.amqp_url,
        "CPAS_ONEM_DATABASE_URL": site.database_url,
        "CPAS_ONEM_SECRET_KEY_FILE": str(site.secret_key_file),
    }
    processes = replicas.processes(settings.model_copy(update=its))
    return Program(("-m", "service", "run"), environment, ANSWERS, processes)


async def _one(site: _Site, display: Progress, program: Program, messages: int, what: str) -> Rate:
    task = display.add_task(what, total=messages * program.answers_each)
    # A random start: no file and hardly a person is ever sent twice to one database.
    fresh = list(load.requests(messages, secrets.randbelow(load.MOST), site.number))
    await measure.preload(site.owner, site.sender, fresh)

    def tell(done: int, total: int) -> None:
        display.update(task, completed=done, total=total)

    try:
        rate = await measure.timed(site.owner, program, site.number, messages, tell)
    except NoProgress as problem:
        raise BenchUnavailable(f"{what}: {problem}") from problem
    display.update(task, description=f"{what}: {rate.requests:,.0f} requests/s")
    return rate


@asynccontextmanager
async def _site(settings: Settings) -> AsyncIterator[_Site]:
    """Give a broker with the topology and the sender's user, and a database."""
    amqp_url, database_url, admin = where(settings)
    number = load.draw_sender()
    owner = await connect(amqp_url, "bench")
    try:
        await topology.apply(owner, [number])
        access = await broker_admin.grant(admin, amqp_url, number)
        if access.password is None:
            raise BenchUnavailable(f"Broker user {number} cannot be made. Run: make bench")
        sender_url = str(URL(amqp_url).with_user(number).with_password(access.password))
        sender = await connect(sender_url, "bench sender")
        try:
            with tempfile.TemporaryDirectory() as directory:
                key = Path(directory) / "secret.key"
                yield _Site(amqp_url, database_url, key, number, await owner.channel(), await sender.channel())
        finally:
            await sender.close()
    finally:
        await owner.close()


def where(settings: Settings) -> tuple[str, str, str]:
    """Give broker, database and administration: those made for measuring, else those set for a simulation."""
    measured = os.environ.get(AMQP), os.environ.get(DATABASE), os.environ.get(ADMIN)
    if measured[0] and measured[1]:
        return measured[0], measured[1], measured[2] or "auto"
    if settings.environment != "S" or settings.amqp_url is None:
        raise BenchUnavailable("A benchmark fills a broker and a database with invented requests. Run: make bench")
    return settings.amqp_url, settings.database_url, settings.broker_admin


def show(result: BenchResult, json_out: bool) -> None:
    """Print one JSON object, or a table with the ratio first."""
    if json_out:
        print(json.dumps(asdict(result)))
        return
    console = Console()
    if result.ratio is not None:
        console.print(f"[bold]ratio {result.ratio:.2f}[/]: the service beside a relay that reads and stores nothing")
    table = Table("run", "relay, requests/s", "service, requests/s", "ratio")
    for n, bare in enumerate(result.relay):
        full = result.pipeline[n] if result.pipeline else None
        table.add_row(str(n + 1), f"{bare:,.0f}", f"{full:,.0f}" if full else "", f"{full / bare:.2f}" if full else "")
    console.print(table)
    console.print(f"{result.messages} requests a run, answers of {', '.join(map(str, result.answer_bytes))} bytes")


def _display() -> Progress:
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))
