"""`doctor`: does this installation hold together? Each finding comes with its remedy.

It looks and changes nothing: no key is made, no table, no queue. It tells no secret.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import typer

from service.cli import output
from service.settings import BadSettings, ChannelKind, Settings, load

LIBXML2_FLOOR = (2, 14, 6)
"""Oldest libxml2 that the reading of hostile files was measured with."""


class State(StrEnum):
    """What a check came to; values are contract."""

    OK = "ok"
    """As it should be."""
    WARNING = "warning"
    """Works, but look at it."""
    FAULT = "fault"
    """Does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` is empty where nothing is to be done."""

    check: str
    state: State
    found: str
    remedy: str = ""


def doctor(json: output.Json = False) -> None:
    """Check settings, key, database, channel and libraries.

    Exit: 0 nothing wrong (warnings may stand), 1 a fault.
    """
    from service.cli import logs

    logs.silence()
    findings = asyncio.run(_examine())
    if json:
        for finding in findings:
            output.tell_json(asdict(finding))
    else:
        output.show(("check", "state", "found", "remedy"), [tuple(asdict(finding).values()) for finding in findings])
    if any(finding.state is State.FAULT for finding in findings):
        raise typer.Exit(1)


async def _examine() -> list[Finding]:
    try:
        settings = load()
    except BadSettings as bad:
        faults = [
            Finding("settings", State.FAULT, problem, "Correct it and run this again.") for problem in bad.problems
        ]
        return [*faults, *_libxml2()]
    settled = f"environment {settings.environment}, channel {settings.channel}"
    findings = [Finding("settings", State.OK, settled), *_secret_key(settings), *_libxml2()]
    findings += _offices(settings)
    findings += [finding async for finding in _database(settings)]
    if settings.channel is ChannelKind.AMQP:
        findings += [finding async for finding in _broker(settings)]
    else:
        findings += _folder(settings)
    return findings


def _libxml2() -> Iterator[Finding]:
    from lxml import etree

    version = ".".join(map(str, etree.LIBXML_VERSION))
    if etree.LIBXML_VERSION < LIBXML2_FLOOR:
        floor = ".".join(map(str, LIBXML2_FLOOR))
        yield Finding("libxml2", State.FAULT, version, f"Install the locked lxml; at least libxml2 {floor} is needed.")
    else:
        yield Finding("libxml2", State.OK, version)


def _offices(settings: Settings) -> Iterator[Finding]:
    from service.offices import offices_of

    if settings.environment == "R" and offices_of(settings).is_example:
        found = "the shipped example: its contacts are invented, and decisions would carry them"
        yield Finding("offices", State.WARNING, found, "Name the real table in CPAS_ONEM_OFFICES_FILE.")


def _secret_key(settings: Settings) -> Iterator[Finding]:
    from service.vault import NoKey, load

    file = settings.secret_key_file
    if not file.is_file():
        yield Finding("secret key", State.WARNING, f"{file} is not there", "It is made at the first start; back it up.")
        return
    try:
        load(file)
    except (OSError, NoKey) as error:
        yield Finding("secret key", State.FAULT, str(error), "Put the right key back from its backup.")
        return
    if file.stat().st_mode & 0o077:
        yield Finding("secret key", State.WARNING, f"{file} is readable by others", f"chmod 600 {file}")
    else:
        yield Finding("secret key", State.OK, f"{file}")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    from sqlalchemy.exc import DBAPIError

    from service.store.migrate import newest, revision

    file = _sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        yield Finding("database", State.FAULT, f"{file} is not there", "cpas-onem migrate")
        return
    try:
        found = await revision(settings.database_url)
        apart = await _clock_difference(settings)
    except (DBAPIError, OSError, TimeoutError) as error:
        remedy = "Start the database, or correct CPAS_ONEM_DATABASE_URL (user, password, host, name)."
        yield Finding("database", State.FAULT, f"not reached: {type(error).__name__}", remedy)
        return
    if found == newest():
        yield await _schema_and_key(settings, f"reached, schema {found}")
    else:
        yield Finding("database", State.FAULT, f"schema {found or 'none'}, newest is {newest()}", "cpas-onem migrate")
    yield _clock(apart)


async def _schema_and_key(settings: Settings, found: str) -> Finding:
    from service.store.key_check import verify
    from service.vault import NoKey

    try:
        await verify(settings.database_url, settings.secret_key_file)
    except NoKey as error:
        return Finding("database", State.FAULT, str(error), "Put the right key back from its backup.")
    return Finding("database", State.OK, found)


def _sqlite_file(url: str) -> Path | None:
    scheme, _, file = url.partition(":///")
    return Path(file) if scheme.startswith("sqlite") and file and file != ":memory:" else None


async def _clock_difference(settings: Settings) -> timedelta:
    from service.clock import apart
    from service.store.engine import connect

    engine = connect(settings.database_url)
    try:
        return await apart(engine)
    finally:
        await engine.dispose()


def _clock(apart: timedelta) -> Finding:
    from service.clock import ALERT, LIMIT

    found = f"{apart.total_seconds():.1f} s from the database's"
    remedy = "Let both machines take their time from the same source (NTP)."
    if apart > LIMIT:
        return Finding("clock", State.FAULT, found, remedy)
    return Finding("clock", State.WARNING, found, remedy) if apart > ALERT else Finding("clock", State.OK, found)


def _folder(settings: Settings) -> Iterator[Finding]:
    root = settings.folder
    nearest = next(place for place in (root, *root.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        yield Finding("folder", State.FAULT, f"{root}: {error.strerror}", "Give the service's user write access to it.")
        return
    if not root.exists():
        yield Finding("folder", State.WARNING, f"{root} is not there", "Add a sender: cpas-onem sender add --help")
    else:
        yield Finding("folder", State.OK, f"{root}, {sum(1 for entry in os.scandir(root) if entry.is_dir())} senders")


async def _broker(settings: Settings) -> AsyncIterator[Finding]:
    from aiormq.exceptions import AMQPError

    from service.channel import topology
    from service.channel.connection import connect

    try:
        connection = await connect(settings.amqp_url or "", "cpas-onem doctor")
    except (AMQPError, OSError, TimeoutError) as error:
        remedy = "Start the broker, or correct CPAS_ONEM_AMQP_URL (user, password, host, virtual host)."
        yield Finding("broker", State.FAULT, f"not reached: {type(error).__name__}", remedy)
        return
    try:
        yield Finding("broker", State.OK, "reached")
        for queue in topology.QUEUES:
            channel = await connection.channel(publisher_confirms=False)
            try:
                declared = await channel.queue_declare(queue.name, passive=True)
            except AMQPError as error:
                yield Finding(
                    "topology", State.FAULT, f"{queue.name}: {type(error).__name__}", "cpas-onem topology apply"
                )
                continue
            yield _queue(queue.name, declared.message_count or 0, dead=queue.name == topology.DEAD)
            await channel.close()
    finally:
        await connection.close()


def _queue(name: str, waiting: int, *, dead: bool) -> Finding:
    if dead and waiting:
        remedy = "The broker gave up on these; a running service moves them to the quarantine."
        return Finding("topology", State.WARNING, f"{name}: {waiting} messages", remedy)
    return Finding("topology", State.OK, f"{name}: {waiting} messages")
