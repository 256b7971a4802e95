"""Exhaustive crash points: die at each of F1 to F9, with one and with many requests in flight, and start again.

    publish ─► instance that dies at the point ─► a healthy one ─► every request answered ─► rows and answers compared

    python -m tests.faults.crashes --times 20

The points are tried beside each other, each on a virtual host and a database of its own, since most of a cycle is
waiting: an answer whose sender died is due again ten seconds after it was written. Exit 1 where a cycle did not hold.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from sqlalchemy.engine import make_url
from yarl import URL

from service import broker_admin, faults
from service.bench.ground import prepare
from service.bench.load import Load, draw_sender, requests
from service.bench.measure import preload
from service.channel import message_id_for, topology
from service.channel.connection import connect
from service.cli import logs
from service.faults import Point
from tests.faults.answers import Answers
from tests.faults.ground import INTERRUPTED, BrokerNode, DatabaseNode, ending_in_order, installed
from tests.faults.instance import environment

MANY = 200
PATIENCE_S = 90
AT_ONCE = 9
"""Lanes that work beside each other."""
ANSWERS_EACH = 3
_PREPARING = asyncio.Lock()


class DidNotHold(Exception):  # noqa: N818 - the name is the sentence
    """A cycle ended with something lost, doubled or changed; the text says what."""


@dataclass(slots=True)
class Lane:
    """One crash point on a virtual host and a database of its own."""

    point: Point
    directory: Path
    broker_url: str
    database_url: str
    sender: str
    sender_url: str
    answers: Answers = field(default_factory=Answers)
    next_number: int = 1

    async def cycle(self, count: int) -> None:
        """Die at the point with `count` requests in flight, recover, compare. Raises DidNotHold."""
        loads = list(requests(count, self.next_number, self.sender))
        self.next_number += count
        repeated = self.answers.repeated
        await self._publish(loads)
        code = await self._run_until_death("F" + self.point.value[1:] + (":3" if count > 1 else ""))
        if code != faults.EXIT_CODE:
            raise DidNotHold(f"{self.point}: ended with {code} instead of dying at the point; {self._last_words()}")
        decided = await self._value(_DECIDED, loads)
        if self.point < Point.COMMIT_SENT and count == 1 and decided:
            raise DidNotHold(f"{self.point}: decided before the commit")
        if self.point > Point.COMMIT_SENT and count == 1 and decided != 1:
            raise DidNotHold(f"{self.point}: not decided after the commit")
        await self._recover(loads)
        await self._compare(loads, self.answers.repeated - repeated)

    async def _publish(self, loads: list[Load]) -> None:
        owner, sender = await connect(self.broker_url, "crashes"), await connect(self.sender_url, "crashes")
        await preload(await owner.channel(), await sender.channel(), loads)
        await owner.close()
        await sender.close()

    async def _run_until_death(self, fault: str) -> int:
        process = await self._start({"CPAS_ONEM_FAULT": fault})
        try:
            return await asyncio.wait_for(process.wait(), PATIENCE_S)
        except TimeoutError:
            process.kill()
            return await process.wait()

    async def _start(self, more: dict[str, str]) -> asyncio.subprocess.Process:
        with (self.directory / f"{self.point}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "service", "run", "--channel", "amqp",
                env=environment(self.directory, self.broker_url, self.database_url) | more,
                cwd=self.directory, stdout=log, stderr=log,
            )  # fmt: skip

    def _log(self) -> str:
        return (self.directory / f"{self.point}.log").read_text("utf-8", "replace")

    def _served(self) -> int:
        """Count how often an instance said that it serves."""
        return self._log().count('"serving"')

    def _last_words(self) -> str:
        return self._log()[-600:]

    async def _recover(self, loads: list[Load]) -> None:
        """Run a healthy instance until every request is answered and nothing waits to be sent."""
        wanted = {message_id_for(load.sender, load.file_name) for load in loads}
        reading = asyncio.create_task(self.answers.read(self.broker_url, self.sender))
        served = self._served()
        process = await self._start({})
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._served() == served or wanted - self.answers.decided or await self._is_due():  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
            process.terminate()
            if code := await asyncio.wait_for(process.wait(), PATIENCE_S):
                raise DidNotHold(f"{self.point}: the recovered instance ended with {code}; {self._last_words()}")
        except TimeoutError:
            left = len(wanted - self.answers.decided)
            raise DidNotHold(f"{self.point}: {left} of {len(wanted)} requests lost; {self._last_words()}") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _is_due(self) -> bool:
        """Whether an answer waits to be sent, or was sent and is not read yet."""
        return bool(await self._value(_UNSENT)) or self.answers.taken < await self._value(_WRITTEN)

    async def _compare(self, loads: list[Load], repeated: int) -> None:
        found = {
            "decisions": (await self._value(_DECIDED, loads), len(loads)),
            "forms received": (await self._value(_RECEIVED, loads), len(loads)),
            "own answers": (await self._value(_ANSWERED, loads), ANSWERS_EACH * len(loads)),
            "answers that changed": (len(self.answers.differing), 0),
            "requests answered otherwise": (self.answers.doubled(), 0),
        }
        wrong = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
        if wrong:
            raise DidNotHold(f"{self.point} at {len(loads)}: (found, wanted) {wrong}")
        if len(loads) == 1:
            self._compare_repeats(repeated)

    def _compare_repeats(self, repeated: int) -> None:
        """With one request it is known what comes again: nothing before the commit and at the end, all in between."""
        if self.point in {Point.DELIVERED, Point.READ, Point.IN_TRANSACTION, Point.SENT} and repeated:
            raise DidNotHold(f"{self.point}: {repeated} answers came again for nothing")
        if self.point in {Point.COMMITTED, Point.WRITTEN, Point.CONFIRMED} and not repeated:
            raise DidNotHold(f"{self.point}: no answer came again, so the point was not where it says")

    async def _value(self, query: str, loads: list[Load] | None = None) -> int:
        url = make_url(self.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval(query, *([[load.file_name for load in loads]] if loads else [])))
        finally:
            await connection.close()


_DECIDED = "SELECT count(*) FROM decision d JOIN inbox i ON i.ticket = d.form WHERE i.file_name = ANY($1)"
_RECEIVED = "SELECT count(*) FROM inbox WHERE file_name = ANY($1)"
_ANSWERED = """
SELECT count(*) FROM outbox o JOIN inbox i ON i.ticket = o.form WHERE i.file_name = ANY($1) AND o.replay_of IS NULL
"""
_WRITTEN = "SELECT count(*) FROM outbox"
_UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"


async def try_all(
    directory: Path, times: int, tell: Callable[[str], None], points: Iterable[Point] = tuple(Point)
) -> list[str]:
    """Try each point that often with one and with many in flight; gives what did not hold. Raises UnavailableError."""
    broker: Any = await asyncio.to_thread(installed, BrokerNode, directory / "rabbitmq", "rabbitmq-server")
    try:
        database: Any = await asyncio.to_thread(installed, DatabaseNode, directory, "postgresql")
        try:
            turns = asyncio.Semaphore(AT_ONCE)
            lanes = [_lane(point, directory, broker, database, turns, times, tell) for point in points]
            return [problem for found in await asyncio.gather(*lanes) for problem in found]
        finally:
            await asyncio.to_thread(database.stop)
    finally:
        await asyncio.to_thread(broker.stop)


async def _lane(
    point: Point,
    directory: Path,
    broker: BrokerNode,
    database: DatabaseNode,
    turns: asyncio.Semaphore,
    times: int,
    tell: Callable[[str], None],
) -> list[str]:
    async with turns:
        # Alembic keeps its context for the whole process: one migration at a time
        async with _PREPARING:
            lane = await _prepared(point, directory, broker, database)
        problems = []
        for count in (1, MANY):
            for time in range(1, times + 1):
                try:
                    await lane.cycle(count)
                except DidNotHold as problem:
                    problems.append(str(problem))
                    tell(f"{point} at {count}, time {time}: {problem}")
            tell(f"{point} at {count} in flight, {times} times: {'held' if not problems else problems[-1]}")
        return problems


async def _prepared(point: Point, directory: Path, broker: BrokerNode, database: DatabaseNode) -> Lane:
    sender = draw_sender()
    url = await asyncio.to_thread(broker.broker.add_vhost, f"crash-{point}")
    database_url = await asyncio.to_thread(database.add_database, f"crash-{point.lower()}")
    await prepare(database_url, sender)
    connection = await connect(url, "crashes")
    await topology.apply(connection, [sender])
    await connection.close()
    access = await broker_admin.grant(broker.broker.admin, url, sender)
    assert access.password is not None
    sender_url = str(URL(url).with_user(sender).with_password(access.password))
    return Lane(point, directory, url, database_url, sender, sender_url)


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="make crashes", description="Die at each crash point, and lose nothing.")
    parser.add_argument("--times", type=int, default=1, help="how often each point, at 1 and at 200 in flight (1)")
    parser.add_argument("--points", nargs="+", type=Point, default=list(Point), help="only these, such as F3 F4")
    options = parser.parse_args(arguments)
    console = Console(stderr=True, highlight=False)
    logs.silence()
    with tempfile.TemporaryDirectory(prefix="cpas-onem-crashes-", ignore_cleanup_errors=True) as directory:
        try:
            with ending_in_order():
                problems = asyncio.run(try_all(Path(directory), options.times, console.print, options.points))
        except KeyboardInterrupt:
            return INTERRUPTED
    tried = f"{len(options.points)} points, {options.times} times at 1 and at {MANY} in flight"
    print(f"{tried}: {len(problems)} did not hold")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
