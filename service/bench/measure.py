"""One measurement: fill the inbox, start a program, time it by the answers that arrive. One stopwatch for all programs.

The clock runs from the first look at which all of a program's processes consume and answers are there, to the last
answer: start-up does not count, and neither do the answers already there.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiormq.abc import AbstractChannel
from pamqp.commands import Basic

from service.bench.load import Load
from service.channel import message_id_for, topology

LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 60
"""Longest time without a new answer before the measurement is given up."""
_CHUNK = 200

Progress = Callable[[int, int], None]
"""Called with (answers so far, answers in all)."""


class NoProgress(Exception):  # noqa: N818 - the name is the sentence
    """The program under measurement ended, or stopped answering; the text has its last words."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is measured: how to run it, how many processes it becomes, and how many answers a request gets from it."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    answers_each: int
    processes: int = 1
    """0 where only the answers matter, not the rate."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests answered per second."""

    requests: float
    seconds: float


async def preload(owner: AbstractChannel, sender: AbstractChannel, loads: Sequence[Load]) -> None:
    """Publish the requests as the sender, confirmed; what was in the queues is removed first."""
    for queue in {topology.INBOX, *(topology.out_queue(load.sender) for load in loads)}:
        await owner.queue_purge(queue)
    for start in range(0, len(loads), _CHUNK):
        await asyncio.gather(*(publish(sender, load) for load in loads[start : start + _CHUNK]))


async def publish(channel: AbstractChannel, load: Load) -> None:
    """Publish one request as its sender, confirmed."""
    await channel.basic_publish(
        load.body,
        exchange=topology.IN,
        routing_key=topology.inbound_key("OCCP001", 0, load.sender),
        properties=Basic.Properties(
            content_type="application/xml",
            headers={"FileName": load.file_name, "SchemaVersion": "20264"},
            delivery_mode=2,
            message_id=message_id_for(load.sender, load.file_name),
            message_type="OCCP001",
            user_id=load.sender,
        ),
        mandatory=True,
    )


async def timed(channel: AbstractChannel, program: Program, sender: str, requests: int, progress: Progress) -> Rate:
    """Run a program until every request is answered. Raises NoProgress."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program.arguments,
        env={**os.environ, **program.environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    words: list[bytes] = []
    listener = asyncio.create_task(_listen(process, words))
    try:
        return await _watch(channel, process, program, sender, requests * program.answers_each, progress)
    except NoProgress as problem:
        raise NoProgress(f"{problem}\n{b''.join(words[-20:]).decode(errors='replace')}") from None
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await listener


async def _listen(process: asyncio.subprocess.Process, words: list[bytes]) -> None:
    if process.stderr is not None:
        async for line in process.stderr:
            words.append(line)
            del words[:-20]


async def _watch(
    channel: AbstractChannel,
    process: asyncio.subprocess.Process,
    program: Program,
    sender: str,
    wanted: int,
    progress: Progress,
) -> Rate:
    seen, last_change = 0, time.perf_counter()
    begin = None if program.processes else (0, last_change)
    while seen < wanted:
        await asyncio.sleep(LOOK_SECONDS)
        count = await answered(channel, sender)
        now = time.perf_counter()
        if begin is None and count and await _consumers(channel) >= program.processes:
            begin = count, now
        if count > seen:
            seen, last_change = count, now
            progress(min(seen, wanted), wanted)
        elif process.returncode is not None:
            raise NoProgress(f"the program ended with exit code {process.returncode} at {seen} of {wanted} answers")
        elif now - last_change > PATIENCE_SECONDS:
            raise NoProgress(f"no answer for {PATIENCE_SECONDS} seconds at {seen} of {wanted}")
    if begin is None or begin[0] >= wanted:
        raise NoProgress("everything was answered before all processes had started: measure with more messages")
    seconds = max(last_change - begin[1], LOOK_SECONDS)
    return Rate((wanted - begin[0]) / program.answers_each / seconds, seconds)


async def _consumers(channel: AbstractChannel) -> int:
    return (await channel.queue_declare(topology.INBOX, passive=True)).consumer_count or 0


async def answered(channel: AbstractChannel, sender: str) -> int:
    """Give how many answers are in the sender's queue."""
    return (await channel.queue_declare(topology.out_queue(sender), passive=True)).message_count or 0


async def sizes(channel: AbstractChannel, sender: str, requests: int) -> tuple[int, ...]:
    """Take all answers from the sender's queue and give their mean sizes in bytes, one per answer of a request."""
    by_kind: dict[str, list[int]] = {}
    while True:
        message = await channel.basic_get(topology.out_queue(sender), no_ack=True)
        if not isinstance(message.delivery, Basic.GetOk):
            break
        by_kind.setdefault(message.header.properties.message_type or "", []).append(len(message.body))
    return tuple(sum(found) // len(found) for found in by_kind.values() for _ in range(len(found) // requests))
