"""As many processes of the service as there are processors: competing consumers on one queue, nothing shared but it.

    first process ──starts, restarts, stops──► replica, replica, …

Each is a whole service. The first serves too; when it is killed the kernel ends the replicas with SIGTERM, and they
drain. Only RabbitMQ with PostgreSQL is served so: a SQLite file and a directory belong to one process.
"""

import asyncio
import contextlib
import ctypes
import os
import random
import signal
import sys
from collections.abc import Mapping

import structlog
from sqlalchemy.engine import make_url

from service.settings import PREFIX, ChannelKind, Settings

log = structlog.get_logger(__name__)

_PR_SET_PDEATHSIG = 1
_RESTART_PAUSE_S = 2.0
_GRACE_S = 5.0


def processes(settings: Settings) -> int:
    """Tell how many processes serve these settings."""
    shareable = (
        settings.channel is ChannelKind.AMQP and make_url(settings.database_url).get_backend_name() == "postgresql"
    )
    if not shareable:
        return 1
    return settings.processes or len(os.sched_getaffinity(0))


async def keep(settings: Settings, stop: asyncio.Event) -> None:
    """Keep the other processes running until `stop` is set, then end them; for the first process alone."""
    others = processes(settings) - 1
    async with asyncio.TaskGroup() as group:
        for number in range(1, others + 1):
            group.create_task(_keep_one(settings, stop), name=f"replica {number}")


async def _keep_one(settings: Settings, stop: asyncio.Event) -> None:
    while not stop.is_set():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service", "run", env=_environment(settings), preexec_fn=_end_with_parent
        )
        try:
            code = await _until(process, stop)
        finally:
            await _end(process, settings.drain_seconds + _GRACE_S)
        if not stop.is_set():
            log.error("replica_ended", exit_code=code)
            with contextlib.suppress(TimeoutError):
                pause = _RESTART_PAUSE_S * random.uniform(0.5, 1.5)  # noqa: S311 - spreads restarts, no secret
                await asyncio.wait_for(stop.wait(), pause)


def _environment(settings: Settings) -> Mapping[str, str]:
    return {**os.environ, f"{PREFIX}CHANNEL": settings.channel.value, f"{PREFIX}PROCESSES": "1"}


async def _until(process: asyncio.subprocess.Process, stop: asyncio.Event) -> int | None:
    """Wait for the process or for `stop`; gives the exit code where it ended by itself."""
    ended = asyncio.ensure_future(process.wait())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        return process.returncode
    finally:
        for waiting in (ended, stopped):
            waiting.cancel()


async def _end(process: asyncio.subprocess.Process, seconds: float) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
            await process.wait()


def _end_with_parent() -> None:
    """Ask the kernel, in the child, for SIGTERM when the first process is gone however it went."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
