"""Connecting to what answers, and says nothing: a proxy or a broker on its way down."""

import socket
import threading

import uvloop

from service.channel.connection import connect, is_loss

TRIES = 300


async def _failures(url: str) -> list[Exception]:
    found: list[Exception] = []
    for _ in range(TRIES):
        try:
            await connect(url, "test")
        except Exception as failure:
            found.append(failure)
    return found


def _hang_up(listener: socket.socket) -> None:
    for _ in range(TRIES):
        listener.accept()[0].close()


def test_a_link_that_ends_before_the_first_frame_is_a_loss() -> None:
    """Seen to fail with what the client library raises: in one of seven tries `StopAsyncIteration`, on uvloop alone.

    The service ended of it, and had to be started again.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_hang_up, args=[listener], daemon=True).start()
        found = uvloop.run(_failures(f"amqp://guest:guest@127.0.0.1:{listener.getsockname()[1]}/"))
    assert len(found) == TRIES
    assert [failure for failure in found if not is_loss(failure)] == []
