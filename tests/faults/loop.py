"""An event loop with a clock of its own and a seeded choice of who goes next; what it runs can die between two steps.

    ready of life A ─┐
    ready of life B ─┼─ seeded choice ─► one step        none ready: the clock jumps to the next timer
    ready of nobody ─┘

Within one life the order is asyncio's own; between lives it is drawn. A life that dies is not cancelled: its steps are
simply never run again, as after kill -9. Refuses threads, sockets and real time.
"""

import asyncio
import contextvars
import heapq
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

STEPS_AT_MOST = 2_000_000


class Stuck(Exception):  # noqa: N818 - the name is the sentence
    """Nothing is ready and nothing will be, or it never ends."""


class Life:
    """One life of one process: from its start to its crash."""

    def __init__(self, name: str, dies_after: int | None = None) -> None:
        self.name = name
        self.is_alive = True
        self.on_death: list[Callable[[], None]] = []
        self.steps = 0
        self.dies_after = dies_after

    def die(self) -> None:
        """End it where it stands."""
        if self.is_alive:
            self.is_alive = False
            for tell in self.on_death:
                tell()


LIFE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("LIFE", default=None)

GRAVEYARD: list[object] = []
"""What died is kept: a coroutine that is collected would run its `finally` blocks after its death."""


class SimulatedLoop(asyncio.AbstractEventLoop):
    """Runs one simulation."""

    def __init__(self, draw: random.Random) -> None:
        self.steps = 0
        self.trace = 0
        """A hash of who went when: equal for equal seeds."""
        self._draw = draw
        self._now = 0.0
        self._ready: dict[Life | None, deque[asyncio.Handle]] = {}
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._counted = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self._failure: BaseException | None = None
        GRAVEYARD.append(self._tasks)

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        """Run until `main` ends and give its result. Raises Stuck, and what `main` raises."""
        asyncio._set_running_loop(self)
        try:
            task = self.create_task(main)
            while not task.done():
                self._step()
            return task.result()
        finally:
            asyncio._set_running_loop(None)

    def _step(self) -> None:
        self._wake()
        lives = [life for life, handles in self._ready.items() if handles]
        if not lives:
            if not self._timers:
                raise Stuck("nothing is ready and no timer waits")
            self._now = max(self._now, self._timers[0][0])
            return
        life = lives[self._draw.randrange(len(lives))] if len(lives) > 1 else lives[0]
        handle = self._ready[life].popleft()
        self.steps += 1
        if self.steps > STEPS_AT_MOST:
            raise Stuck(f"no end after {STEPS_AT_MOST} steps")
        self.trace = hash((self.trace, life.name if life else "", round(self._now, 9)))
        if life is not None and not self._lives_on(life):
            return
        if not handle.cancelled():
            handle._run()

    def _lives_on(self, life: Life) -> bool:
        life.steps += 1
        if life.dies_after is not None and life.steps >= life.dies_after:
            life.die()
        if not life.is_alive:
            GRAVEYARD.append(self._ready.pop(life, None))
        return life.is_alive

    def _wake(self) -> None:
        while self._timers and self._timers[0][0] <= self._now:
            _, _, handle = heapq.heappop(self._timers)
            if not handle.cancelled():
                self._put(handle)

    def _put(self, handle: asyncio.Handle) -> None:
        life = handle._context.get(LIFE)  # type: ignore[attr-defined]
        if life is None or life.is_alive:
            self._ready.setdefault(life, deque()).append(handle)
        else:
            GRAVEYARD.append(handle)

    def time(self) -> float:
        """Give the simulated seconds."""
        return self._now

    def call_soon(self, callback: Any, *args: Any, context: contextvars.Context | None = None) -> asyncio.Handle:
        """Run it as soon as its life's turn comes."""
        handle = asyncio.Handle(callback, args, self, context)
        self._put(handle)
        return handle

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        """Run it after some simulated seconds."""
        return self.call_at(self._now + max(0.0, delay), callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        """Run it at a simulated time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._counted += 1
        heapq.heappush(self._timers, (when, self._counted, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Be told by asyncio that a timer is not wanted; it is skipped when its time comes."""

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> asyncio.Task[Any]:
        """Make a task of this loop, in the life it is made in."""
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        """Say that this is not debugging."""
        return False

    def is_running(self) -> bool:
        """Say that it runs."""
        return True

    def is_closed(self) -> bool:
        """Say that it is open."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Leave what nobody awaited: the comparison at the end finds what it caused."""
