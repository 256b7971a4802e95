"""The proxy itself: what passes, what is lost, what the ends see."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import Proxy, Way

SECONDS = 5


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1000):
        writer.write(chunk)
    writer.write(b"end")
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Give a proxy to a server that echoes, and says `end` when its client ended."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with Proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def _open(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def _said(reader: asyncio.StreamReader, count: int) -> bytes:
    async with asyncio.timeout(SECONDS):
        return await reader.readexactly(count)


async def test_bytes_pass_and_the_end_too(proxy: Proxy) -> None:
    reader, writer = await _open(proxy)
    writer.write(b"hello")
    assert await _said(reader, 5) == b"hello"
    writer.write_eof()
    assert await _said(reader, 3) == b"end"
    assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("way", list(Way))
async def test_what_is_dropped_never_arrives_and_nobody_is_told(proxy: Proxy, way: Way) -> None:
    reader, writer = await _open(proxy)
    writer.write(b"a")
    await _said(reader, 1)
    proxy.drop(frozenset({way}))
    writer.write(b"b")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    assert not reader.at_eof()
    fresh, other = await _open(proxy)
    other.write(b"c")
    assert await _said(fresh, 1) == b"c"
    writer.close()
    other.close()


async def test_a_cut_link_is_reset(proxy: Proxy) -> None:
    reader, writer = await _open(proxy)
    writer.write(b"a")
    await _said(reader, 1)
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(1), SECONDS)
    writer.close()


async def test_a_half_closed_link_ends_one_way_only(proxy: Proxy) -> None:
    reader, writer = await _open(proxy)
    writer.write(b"a")
    await _said(reader, 1)
    proxy.half_close(Way.DOWN)
    async with asyncio.timeout(SECONDS):
        assert await reader.read(1) == b""
    writer.write(b"b")
    await writer.drain()
    assert proxy.links == 1
    writer.close()


async def test_bytes_are_rewritten_and_delayed(proxy: Proxy) -> None:
    proxy.rewrite[Way.DOWN] = lambda chunk: chunk.replace(b"good", b"evil")
    proxy.delay_s = 0.05
    reader, writer = await _open(proxy)
    began = asyncio.get_running_loop().time()
    writer.write(b"good")
    assert await _said(reader, 4) == b"evil"
    assert asyncio.get_running_loop().time() - began >= 0.1
    writer.close()


async def test_a_refused_client_is_reset(proxy: Proxy) -> None:
    proxy.refuses = True
    reader, writer = await _open(proxy)
    async with asyncio.timeout(SECONDS):
        try:
            assert await reader.read(1) == b""
        except ConnectionResetError:
            assert proxy.links == 0
    writer.close()
