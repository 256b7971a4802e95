"""Three private RabbitMQ nodes in one cluster on this machine; a restart ends the leader of the inbox's quorum queue.

    node 1 ─┬─ node 2          onem.inbox: one leader, two followers; the leader dies, a follower takes over
            └─ node 3          clients come through a proxy that takes whichever node answers

Used by `make chaos ARGS="--cluster"`. The nodes share a port mapper and a cookie of their own.
"""

import asyncio
import json
import secrets
import signal
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import rabbitmq
from machine import call, free_port, program

from service.channel import topology
from tests.faults.ground import VHOST, BrokerNode

NODES = 3
_JOIN_SECONDS = 300
_DOWN_S = 3.0
"""How long a killed leader stays away, so that a follower must take over."""


class Cluster(BrokerNode):
    """Three nodes, seen as one broker."""

    def __init__(self, directory: Path) -> None:
        cookie, mapper = secrets.token_hex(20).upper(), free_port()
        self._directories = [directory / f"node-{number}" for number in range(1, NODES + 1)]
        self._brokers: list[rabbitmq.Broker] = []
        self._pids: list[int] = []
        self.leaders_killed: list[str] = []
        try:
            for place in self._directories:
                self._brokers.append(_prepared(place, cookie, mapper))
                self._pids.append(rabbitmq.start_again(self._brokers[-1], place))
            for place in self._directories[1:]:
                self._join(place)
        except BaseException:
            self.stop()
            raise
        self.broker = self._brokers[0]
        self.urls = tuple(broker.vhost_url(VHOST) for broker in self._brokers)
        self.url = self.broker.add_vhost(VHOST)

    def _join(self, place: Path) -> None:
        control = program("rabbitmqctl", rabbitmq._DEBIAN) or "rabbitmqctl"
        first = rabbitmq.private_environment(self._directories[0])["RABBITMQ_NODENAME"]
        for command in (["stop_app"], ["reset"], ["join_cluster", first], ["start_app"]):
            call([control, "-q", *command], env=rabbitmq.private_environment(place), timeout=_JOIN_SECONDS)

    async def restart(self, *, hard: bool) -> None:
        """Kill the node that leads the inbox (SIGKILL, or SIGTERM), and start it again a little later."""
        leader = await asyncio.to_thread(self._leader)
        number = self._names().index(leader)
        self.leaders_killed.append(leader)
        how = signal.SIGKILL if hard else signal.SIGTERM
        await asyncio.to_thread(rabbitmq.end_private, self._pids[number], how)
        await asyncio.sleep(_DOWN_S)
        place = self._directories[number]
        self._pids[number] = await asyncio.to_thread(rabbitmq.start_again, self._brokers[number], place)

    def _names(self) -> list[str]:
        return [rabbitmq.private_environment(place)["RABBITMQ_NODENAME"] for place in self._directories]

    def _leader(self) -> str:
        """Ask whichever node answers who leads the inbox."""
        for broker in self._brokers:
            try:
                found = _asked(broker, f"/api/queues/{VHOST}/{topology.INBOX}")
            except OSError:
                continue
            if found.get("leader") in found.get("online", ()):
                return str(found["leader"])
        return self._names()[0]

    def stop(self) -> None:
        """End all nodes."""
        for pid, place in zip(self._pids, self._directories, strict=False):
            rabbitmq.stop_private(pid, place)


def _prepared(place: Path, cookie: str, mapper: int) -> rabbitmq.Broker:
    """Write a node's configuration, with the cluster's own cookie and port mapper."""
    place.mkdir(parents=True)
    amqp, management = free_port(), free_port()
    (place / "enabled_plugins").write_text("[rabbitmq_management].\n")
    (place / "rabbitmq.conf").write_text(
        f"listeners.tcp.local = 127.0.0.1:{amqp}\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}\n"
    )
    (place / ".erlang.cookie").write_text(cookie)
    (place / ".erlang.cookie").chmod(0o400)
    environment = rabbitmq._private_environment(place, amqp) | {"ERL_EPMD_PORT": str(mapper)}
    (place / "environment.json").write_text(json.dumps(environment))
    return rabbitmq.Broker(f"amqp://guest:guest@127.0.0.1:{amqp}", f"http://guest:guest@127.0.0.1:{management}")


def _asked(broker: rabbitmq.Broker, path: str) -> dict[str, Any]:
    parts = urlsplit(broker.admin)
    request = urllib.request.Request(f"http://{parts.hostname}:{parts.port}{path}")
    request.add_header("Authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=")
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return dict(json.load(answer))
