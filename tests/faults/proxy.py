"""A TCP proxy that misbehaves on command: between a client and a broker or database of the test's own.

    client ──up──► proxy ──up──► server
           ◄─down──       ◄─down──

Commands hold for the links open now, except `refuse` and `delay`, which hold for new ones too. Refuses to look inside:
what passes is bytes; `rewrite` replaces some by others of the same length.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit, urlunsplit

_CHUNK = 64 * 1024


class Way(StrEnum):
    """A direction."""

    UP = "up"
    """From the client to the server."""
    DOWN = "down"
    """From the server to the client."""


BOTH = frozenset(Way)


@dataclass(eq=False, slots=True)
class Link:
    """One client's connection and ours to the server, with what was done to it."""

    writers: dict[Way, asyncio.StreamWriter]
    """Where the bytes of a direction go."""
    lost: set[Way] = field(default_factory=set)
    passed: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))

    def close(self, *, reset: bool = False) -> None:
        """End both connections; with `reset` the peers see a reset instead of an end."""
        for writer in self.writers.values():
            raw = writer.get_extra_info("socket")
            if reset and raw is not None:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                with contextlib.suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort() if reset else writer.close()


class Proxy:
    """Listens on a port of its own for as long as the context is open."""

    def __init__(self, host: str, port: int, *others: tuple[str, int]) -> None:
        self.host = host
        self.port = 0
        self.accepted = 0
        """How many clients came so far."""
        self.delay_s = 0.0
        """How long each chunk is kept back, in each direction."""
        self.refuses = False
        self.rewrite: dict[Way, Callable[[bytes], bytes]] = {}
        self._targets = [(host, port), *others]
        """The first that answers is taken."""
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @classmethod
    def of(cls, *urls: str) -> Self:
        """Make a proxy to the server that a URL names; of several, to the first that answers."""
        places = [
            (parts.hostname or "127.0.0.1", parts.port or {"amqp": 5672}.get(parts.scheme, 5432))
            for parts in map(urlsplit, urls)
        ]
        return cls(*places[0], *places[1:])

    def url(self, url: str) -> str:
        """Give the URL that leads through the proxy."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(
            parts._replace(netloc=f"{login}@127.0.0.1:{self.port}" if login else f"127.0.0.1:{self.port}")
        )

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut everything and listen no more."""
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def links(self) -> int:
        """Count the links open now."""
        return len(self._links)

    def cut(self) -> None:
        """Reset every link."""
        for link in list(self._links):
            link.close(reset=True)

    def drop(self, ways: frozenset[Way] = BOTH) -> None:
        """Lose, from now on and without a word, what passes in these directions on the links open now."""
        for link in self._links:
            link.lost |= ways

    def half_close(self, way: Way) -> None:
        """End one direction of the links open now; the other goes on."""
        for link in self._links:
            link.lost.add(way)
            with contextlib.suppress(OSError, RuntimeError):
                link.writers[way].write_eof()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.refuses:
            writer.transport.abort()
            return
        opened = await self._open()
        if opened is None:
            writer.transport.abort()
            return
        up_reader, up_writer = opened
        link = Link({Way.UP: up_writer, Way.DOWN: writer})
        self._links.add(link)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await asyncio.gather(self._pump(link, Way.UP, reader), self._pump(link, Way.DOWN, up_reader))
        finally:
            self._links.discard(link)
            self._tasks.discard(task)
            link.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for target in self._targets:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(*target, limit=_CHUNK)
        return None

    async def _pump(self, link: Link, way: Way, reader: asyncio.StreamReader) -> None:
        writer = link.writers[way]
        try:
            while chunk := await reader.read(_CHUNK):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                link.passed[way] += len(chunk)
                if way in link.lost:
                    continue
                writer.write(self.rewrite.get(way, bytes)(chunk))
                await writer.drain()
            if way not in link.lost:
                writer.write_eof()
        except OSError:
            link.close(reset=True)
