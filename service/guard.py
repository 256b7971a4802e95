"""Keeps the reading of a message from taking the service down: what may have killed a reader is first read apart.

    first delivery ──────────────────────────────► read here, under a time limit
    suspect (delivered before, or a file) ─► worker process: memory and time limited ─ survived ─► read here
                                                  ├─ died of reading it: the one message is unclear, the rest go on
                                                  └─ died otherwise: a new worker, and at last GuardFailed

The byte gate stops every input that is known to crash libxml2; this is for the next one. A message that kills a reader
comes back, marked as redelivered, together with those that were in hand with it: so it kills once at most, and nothing
is paid for those that come for the first time.

A worker dies for reasons of its own too: an upgrade under its feet, the kernel in need of memory, somebody's signal. So
it first proves itself on a harmless message, says when it begins to read one, and a death in between is blamed on the
message only if reading is what causes such deaths, or if three workers in a row ended at it.

Run as a module, this is the worker: `python -m service.guard`. Refuses to trust a worker's findings: all it tells is
that it lived.
"""

import asyncio
import contextlib
import faulthandler
import importlib
import json
import os
import resource
import signal
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog

from schemas.parser import Limits, Unclear
from service.channel import Delivery

log = structlog.get_logger(__name__)

READER = "schemas.parser:open_message"
MESSAGE_SECONDS = 5.0
"""Time of a processor that a worker may take for one message."""
MESSAGE_BYTES = 1024 * 1024 * 1024
"""Address space of a worker: the interpreter with the schemas takes a third of it."""
READING_SECONDS = 30.0
"""Within the service itself, for what is read at once: longer than it can take, shorter than the broker's patience."""
TRIES = 3
"""Workers that may end for a reason of their own, one after the other."""
_OUT_OF_MEMORY = 3
_DEATHS_OF_READING = frozenset(
    {
        _OUT_OF_MEMORY,
        *(-death for death in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)),
        *(-limit for limit in (signal.SIGPROF, signal.SIGXCPU)),
    }
)
"""Exit codes that only the worker itself brings about."""
_BEGUN, _LIVED = b">", b"."
_HEAD = struct.Struct(">II")
_GRACE_S = 60.0
_HARMLESS = Delivery(b"<x/>", None, None, None, None, source="guard")


class GuardFailed(Exception):  # noqa: N818 - the name is the sentence
    """No worker lives long enough to read anything; the text says how the last one ended. No message is to blame."""


class Guard:
    """Has at most one worker, started with the first suspect and kept. `close` ends it."""

    def __init__(self, limits: Limits | None = None, reader: str = READER, seconds: float = MESSAGE_SECONDS) -> None:
        self._limits = limits or Limits()
        self._command = (sys.executable, "-m", "service.guard", reader, str(seconds), str(MESSAGE_BYTES))
        self._seconds = seconds
        self._worker: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def deadly(self, deliveries: Sequence[Delivery]) -> dict[int, str]:
        """Read the suspects apart; gives what killed a worker, by its place, with how. Raises GuardFailed."""
        suspects = [place for place, delivery in enumerate(deliveries) if delivery.is_suspect]
        found: dict[int, str] = {}
        async with self._one_at_a_time:
            while suspects:
                lived, how = await self._survived([deliveries[place] for place in suspects])
                if lived < len(suspects):
                    place = suspects[lived]
                    found[place] = f"reading it killed a process: {how}"
                    log.error("deadly_message", source=deliveries[place].source, cause=found[place])
                suspects = suspects[lived + 1 :]
        return found

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """End this process, with a traceback that names places only, where what is inside never ends."""
        faulthandler.dump_traceback_later(READING_SECONDS, exit=True, file=sys.__stderr__ or sys.stderr)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    async def close(self) -> None:
        """End the worker."""
        if self._worker is not None and self._worker.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._worker.kill()
            await self._worker.wait()
        self._worker = None

    async def _survived(self, deliveries: Sequence[Delivery]) -> tuple[int, str]:
        """Let workers read these; gives how many lived, which is all but for a deadly one, and how that one killed."""
        lived = 0
        ends: Counter[tuple[int, bool]] = Counter()
        while True:
            answers, code = await self._try(deliveries[lived:])
            lived += answers // 2
            if lived == len(deliveries):
                return lived, ""
            is_begun, how = answers % 2 == 1, self._told(code)
            ends[lived, is_begun] += 1
            is_last = ends[lived, is_begun] == TRIES
            if is_begun and (is_last or code in _DEATHS_OF_READING):
                return lived, how
            if is_last:
                raise GuardFailed(how)
            log.warning("guard_worker_ended", how=how, while_reading=is_begun)

    async def _try(self, deliveries: Sequence[Delivery]) -> tuple[int, int]:
        """Let one worker read these; gives how many answers came, two for each that lived, and how it ended if so."""
        try:
            if self._worker is None or self._worker.returncode is not None:
                self._worker = await self._started()
                if await self._answers(self._worker, [_HARMLESS]) < 2:
                    return 0, await self._code(self._worker)
            answers = await self._answers(self._worker, deliveries)
            return answers, 0 if answers == 2 * len(deliveries) else await self._code(self._worker)
        except BaseException:
            # what it has not answered it must not answer to the next question
            await self.close()
            raise

    async def _started(self) -> asyncio.subprocess.Process:
        """Start a worker in a session of its own: what a terminal tells all its processes is not meant for it."""
        try:
            return await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True
            )
        except OSError as failure:
            raise GuardFailed(type(failure).__name__) from failure

    async def _answers(self, worker: asyncio.subprocess.Process, deliveries: Sequence[Delivery]) -> int:
        if worker.stdin is None or worker.stdout is None:
            raise GuardFailed("no pipes")
        worker.stdin.write(b"".join(_frame(delivery, self._limits) for delivery in deliveries))
        answers = 0
        while answers < 2 * len(deliveries):
            try:
                async with asyncio.timeout(_GRACE_S + self._seconds):
                    answer = await worker.stdout.read(2 * len(deliveries) - answers)
            except TimeoutError:
                log.warning("guard_worker_silent")
                with contextlib.suppress(ProcessLookupError):
                    worker.kill()
                continue
            if not answer:
                break
            answers += len(answer)
        return answers

    async def _code(self, worker: asyncio.subprocess.Process) -> int:
        self._worker = None
        return await worker.wait()

    def _told(self, code: int) -> str:
        """Say how a worker ended."""
        if code == _OUT_OF_MEMORY:
            return "out of memory"
        if code == -signal.SIGPROF:
            return f"more than {self._seconds:g} seconds of a processor"
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _frame(delivery: Delivery, limits: Limits) -> bytes:
    given = {"schema_version": delivery.schema_version, "max_bytes": limits.max_bytes}
    head = json.dumps(given).encode()
    return _HEAD.pack(len(head), len(delivery.body)) + head + delivery.body


def work(reader: Callable[..., Any], seconds: float, memory: int) -> None:
    """Read what comes on standard input, one message after the other; say when each begins, and that we lived.

    It ends when its input does: a signal that ends the service is not meant for what it has in hand.
    """
    for sent_to_all in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent_to_all, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # the default for this signal is death, also in the middle of a library that never returns
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    while head := sys.stdin.buffer.read(_HEAD.size):
        described, length = _HEAD.unpack(head)
        given = json.loads(sys.stdin.buffer.read(described))
        body = sys.stdin.buffer.read(length)
        _say(_BEGUN)
        # the processor's time, not the clock's: a busy machine is no message's fault
        signal.setitimer(signal.ITIMER_PROF, seconds)
        _read(reader, body, given)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _say(_LIVED)


def _say(word: bytes) -> None:
    try:
        os.write(sys.stdout.fileno(), word)
    except BrokenPipeError:  # the service was killed: nobody listens
        sys.exit()


def _read(reader: Callable[..., Any], body: bytes, given: dict[str, Any]) -> None:
    try:
        opened = reader(body, schema_version=given["schema_version"], limits=Limits(max_bytes=given["max_bytes"]))
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    except Exception:  # the service meets it too, and can tell what it is
        return
    if isinstance(opened, Unclear) and opened.reason.startswith(MemoryError.__name__):
        os._exit(_OUT_OF_MEMORY)


if __name__ == "__main__":
    _module, _, _name = sys.argv[1].partition(":")
    work(getattr(importlib.import_module(_module), _name), float(sys.argv[2]), int(sys.argv[3]))
