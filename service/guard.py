"""Keeps the reading of a message from taking the service down: what may have killed a reader is first read apart.

    first delivery ──────────────────────────────► read here, under a time limit for the whole batch
    suspect (delivered before, or a file) ─► worker process: memory and time limited ─ survived ─► read here
                                                  └─ died: the one message is unclear, the rest go on

The byte gate stops every input that is known to crash libxml2; this is for the next one. A message that kills a reader
comes back, marked as redelivered, together with those that were in hand with it: so it kills once at most, and nothing
is paid for those that come for the first time. Run as a module, this is the worker: `python -m service.guard`.
Refuses to trust a worker's findings: all it tells is that it lived.
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
BATCH_SECONDS = 30.0
"""Within the service itself: longer than any batch can take, shorter than the broker's patience."""
_OUT_OF_MEMORY = 3
_LIVED = b"."
_HEAD = struct.Struct(">II")
_GRACE_S = 60.0


class Guard:
    """Has at most one worker, started with the first suspect and kept. `close` ends it."""

    def __init__(self, limits: Limits | None = None, reader: str = READER, seconds: float = MESSAGE_SECONDS) -> None:
        self._limits = limits or Limits()
        self._command = (sys.executable, "-m", "service.guard", reader, str(seconds), str(MESSAGE_BYTES))
        self._seconds = seconds
        self._worker: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def deadly(self, deliveries: Sequence[Delivery]) -> dict[int, str]:
        """Read the suspects apart; gives what killed a worker, by its place, with how. Raises OSError."""
        suspects = [place for place, delivery in enumerate(deliveries) if delivery.is_suspect]
        found: dict[int, str] = {}
        async with self._one_at_a_time:
            while suspects:
                lived = await self._try([deliveries[place] for place in suspects])
                if lived < len(suspects):
                    place = suspects[lived]
                    found[place] = f"reading it killed a process: {await self._cause()}"
                    log.error("deadly_message", source=deliveries[place].source, cause=found[place])
                suspects = suspects[lived + 1 :]
        return found

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """End this process, with a traceback that names places only, where what is inside never ends."""
        faulthandler.dump_traceback_later(BATCH_SECONDS, exit=True, file=sys.__stderr__ or sys.stderr)
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

    async def _try(self, deliveries: Sequence[Delivery]) -> int:
        """Let the worker read these; gives how many it survived, which is all but for a deadly one."""
        questions, answers = await self._living()
        lived = 0
        try:
            async with asyncio.timeout(_GRACE_S + self._seconds * len(deliveries)):
                questions.write(b"".join(_frame(delivery, self._limits) for delivery in deliveries))
                while lived < len(deliveries):
                    answer = await answers.read(len(deliveries) - lived)
                    if not answer:
                        break
                    lived += len(answer)
        except BaseException:
            # what it has not answered it must not answer to the next question
            await self.close()
            raise
        return lived

    async def _living(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        if self._worker is None or self._worker.returncode is not None:
            self._worker = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        if self._worker.stdin is None or self._worker.stdout is None:
            raise OSError("the worker has no pipes")
        return self._worker.stdin, self._worker.stdout

    async def _cause(self) -> str:
        """Say how the worker ended."""
        code = await self._worker.wait() if self._worker is not None else 0
        self._worker = None
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
    """Read what comes on standard input, one message after the other; a dot for each that did not kill us."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # the default for this signal is death, also in the middle of a library that never returns
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    while head := sys.stdin.buffer.read(_HEAD.size):
        described, length = _HEAD.unpack(head)
        given = json.loads(sys.stdin.buffer.read(described))
        body = sys.stdin.buffer.read(length)
        # the processor's time, not the clock's: a busy machine is no message's fault
        signal.setitimer(signal.ITIMER_PROF, seconds)
        _read(reader, body, given)
        signal.setitimer(signal.ITIMER_PROF, 0)
        os.write(sys.stdout.fileno(), _LIVED)


def _read(reader: Callable[..., Any], body: bytes, given: dict[str, Any]) -> None:
    try:
        opened = reader(body, schema_version=given["schema_version"], limits=Limits(max_bytes=given["max_bytes"]))
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    if isinstance(opened, Unclear) and opened.reason.startswith(MemoryError.__name__):
        os._exit(_OUT_OF_MEMORY)


if __name__ == "__main__":
    _module, _, _name = sys.argv[1].partition(":")
    work(getattr(importlib.import_module(_module), _name), float(sys.argv[2]), int(sys.argv[3]))
