"""A RabbitMQ to test against: one that answers, or a private throwaway node. Standard library only.

A broker that was found is only ever used through virtual hosts of ours; users made in them are removed with them.
"""

import base64
import json
import os
import signal
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from machine import UnavailableError, call, end_group, free_port, program, wait_until

ROOT = "CPAS_ONEM_TEST_RABBITMQ_ROOT"
"""Folder of another Debian whose RabbitMQ private nodes run, made by `debian13.sh`."""
USUAL = "amqp://guest:guest@127.0.0.1:5672/"
_DEBIAN = "/usr/lib/rabbitmq/bin"
_SAID_NO = (OSError, struct.error, urllib.error.URLError)


def answers(url: str, vhost: str) -> bool:
    """Whether a broker accepts the URL's user and opens the virtual host (a bare AMQP 0-9-1 handshake)."""
    parts = urlsplit(url)
    secret = f"\0{unquote(parts.username or 'guest')}\0{unquote(parts.password or 'guest')}".encode()
    start_ok = struct.pack(">HHI", 10, 11, 0) + b"\x05PLAIN" + struct.pack(">I", len(secret)) + secret + b"\x05en_US"
    name = vhost.encode()
    opening = struct.pack(">HHB", 10, 40, len(name)) + name + b"\0\0"
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5672), timeout=5) as connection:
            stream = connection.makefile("rwb", buffering=0)
            stream.write(b"AMQP\0\0\x09\x01")
            if _method(stream)[:2] != (10, 10):
                return False
            stream.write(_frame(start_ok))
            tune = _method(stream)
            if tune[:2] != (10, 30):
                return False
            stream.write(_frame(struct.pack(">HH", 10, 31) + tune[2]) + _frame(opening))
            return _method(stream)[:2] == (10, 41)
    except _SAID_NO:
        return False


def _frame(payload: bytes) -> bytes:
    return struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce"


def _method(stream: socket.SocketIO) -> tuple[int, int, bytes]:  # type: ignore[name-defined]
    def exactly(count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = stream.read(count - len(data))
            if not more:
                raise OSError("closed by the broker")
            data += more
        return data

    _, _, size = struct.unpack(">BHI", exactly(7))
    payload = exactly(size + 1)[:-1]
    return (*struct.unpack(">HH", payload[:4]), payload[4:])


@dataclass(frozen=True)
class Broker:
    """A broker we may make virtual hosts on. `url` is without virtual host; `admin` is `rabbitmqctl` or an HTTP URL."""

    url: str
    admin: str

    def vhost_url(self, vhost: str) -> str:
        """Give the AMQP URL of a virtual host."""
        return f"{self.url.rstrip('/')}/{quote(vhost, safe='')}"

    def add_vhost(self, vhost: str) -> str:
        """Make a virtual host our user may do everything in, and give its URL; raises UnavailableError."""
        user = unquote(urlsplit(self.url).username or "guest")
        if self.admin == "rabbitmqctl":
            call(["rabbitmqctl", "-q", "add_vhost", vhost])
            call(["rabbitmqctl", "-q", "set_permissions", "-p", vhost, user, ".*", ".*", ".*"])
        else:
            self._http("PUT", f"/vhosts/{quote(vhost, safe='')}")
            everything = {"configure": ".*", "write": ".*", "read": ".*"}
            self._http("PUT", f"/permissions/{quote(vhost, safe='')}/{quote(user, safe='')}", everything)
        if not answers(self.url, vhost):
            self.drop_vhost(vhost)
            raise UnavailableError(
                f"{self.admin} does not administer the broker that answers at {host_and_port(self.url)}"
            )
        return self.vhost_url(vhost)

    def vhosts(self) -> list[str]:
        """Give the names of all virtual hosts."""
        if self.admin == "rabbitmqctl":
            rows = json.loads(call(["rabbitmqctl", "-q", "list_vhosts", "name", "--formatter", "json"]))
        else:
            rows = self._http("GET", "/vhosts")
        return [row["name"] for row in rows]

    def drop_vhost(self, vhost: str) -> None:
        """Remove a virtual host of ours and the users that could enter nothing else."""
        with suppress(UnavailableError):
            users = self._users_of(vhost) - {unquote(urlsplit(self.url).username or "guest")}
            if self.admin == "rabbitmqctl":
                call(["rabbitmqctl", "-q", "delete_vhost", vhost])
            else:
                self._http("DELETE", f"/vhosts/{quote(vhost, safe='')}")
            for user in users:
                self._drop_homeless(user)

    def _users_of(self, vhost: str) -> set[str]:
        if self.admin == "rabbitmqctl":
            rows = json.loads(call(["rabbitmqctl", "-q", "list_permissions", "-p", vhost, "--formatter", "json"]))
        else:
            rows = self._http("GET", f"/vhosts/{quote(vhost, safe='')}/permissions")
        return {row["user"] for row in rows}

    def _drop_homeless(self, user: str) -> None:
        if self.admin == "rabbitmqctl":
            homes = json.loads(call(["rabbitmqctl", "-q", "list_user_permissions", user, "--formatter", "json"]))
        else:
            homes = self._http("GET", f"/users/{quote(user, safe='')}/permissions")
        if not homes:
            self.drop_user(user)

    def add_user(
        self, user: str, password: str, vhost: str, configure: str, write: str, read: str, tags: str = ""
    ) -> None:
        """Make a user with just these rights in a virtual host of ours; raises UnavailableError."""
        if self.admin == "rabbitmqctl":
            call(["rabbitmqctl", "-q", "add_user", user], stdin=f"{password}\n")
            call(["rabbitmqctl", "-q", "set_user_tags", user, *tags.split()])
            call(["rabbitmqctl", "-q", "set_permissions", "-p", vhost, user, configure, write, read])
        else:
            self._http("PUT", f"/users/{quote(user, safe='')}", {"password": password, "tags": tags})
            rights = {"configure": configure, "write": write, "read": read}
            self._http("PUT", f"/permissions/{quote(vhost, safe='')}/{quote(user, safe='')}", rights)

    def drop_user(self, user: str) -> None:
        """Remove a user of ours; raises UnavailableError."""
        if self.admin == "rabbitmqctl":
            call(["rabbitmqctl", "-q", "delete_user", user])
        else:
            self._http("DELETE", f"/users/{quote(user, safe='')}")

    def _http(self, method: str, path: str, body: object = None) -> list[dict[str, str]]:
        parts = urlsplit(self.admin)
        address = f"{parts.scheme}://{parts.hostname}:{parts.port or 15672}/api{path}"
        data = json.dumps(body or {}).encode() if method == "PUT" else None
        request = urllib.request.Request(address, data=data, method=method)  # noqa: S310 - http(s) named by the operator
        login = f"{unquote(parts.username or 'guest')}:{unquote(parts.password or 'guest')}".encode()
        request.add_header("Authorization", f"Basic {base64.b64encode(login).decode()}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
                text = answer.read()
        except (OSError, ValueError) as problem:
            raise UnavailableError(f"management API at {parts.hostname}:{parts.port}: {problem}") from problem
        return json.loads(text) if text else []


def host_and_port(url: str) -> str:
    """Give `host:port` of a URL, never its password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 5672}"


def found(url: str, vhost: str, admin: str | None = None) -> tuple[Broker, str]:
    """Make `vhost` on the broker at the URL; raises UnavailableError when none answers or none can be made."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    home = unquote(parts.path[1:]) or "/"
    if not answers(url, home):
        raise UnavailableError(f"no broker accepts us at {host_and_port(url)}")
    login = f"{parts.username or 'guest'}:{parts.password or 'guest'}"
    reasons = []
    for way in [admin] if admin else ["rabbitmqctl", f"http://{login}@{parts.hostname}:15672"]:
        broker = Broker(base, way)
        try:
            return broker, broker.add_vhost(vhost)
        except UnavailableError as problem:
            reasons.append(str(problem))
    raise UnavailableError(
        f"a broker answers at {host_and_port(url)}, but no virtual host can be made: {'; '.join(reasons)}"
    )


def private(directory: Path) -> tuple[Broker, int]:
    """Start a throwaway node with the management API; gives it and its process group. Raises UnavailableError."""
    if not _program("rabbitmq-server"):
        raise UnavailableError("RabbitMQ is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    amqp, management = free_port(), free_port()
    (directory / "enabled_plugins").write_text("[rabbitmq_management].\n")
    (directory / "rabbitmq.conf").write_text(
        f"listeners.tcp.local = 127.0.0.1:{amqp}\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}\n"
    )
    _private_environment(directory, amqp)
    broker = Broker(f"amqp://guest:guest@127.0.0.1:{amqp}", f"http://guest:guest@127.0.0.1:{management}")
    return broker, start_again(broker, directory)


def start_again(broker: Broker, directory: Path) -> int:
    """Start a private node that ended, with its data and on its ports; gives its new process group."""
    with (directory / "console.log").open("ab") as log:
        node = subprocess.Popen(
            _program("rabbitmq-server"),
            env={**os.environ, **private_environment(directory)},
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def ready() -> bool:
        if not answers(broker.url, "/"):
            return False
        try:
            return "/" in broker.vhosts()
        except UnavailableError:
            return False

    try:
        wait_until(ready, node, 120, "the private RabbitMQ")
    except UnavailableError as problem:
        stop_private(node.pid, directory)
        # the directory is thrown away, so what the node said last must be told here
        raise UnavailableError(f"{problem}; its last words: {_last_words(directory / 'console.log')}") from problem
    except BaseException:
        stop_private(node.pid, directory)
        raise
    return node.pid


def end_private(pid: int, number: signal.Signals) -> None:
    """End a private node for a while: SIGTERM stops it in order, SIGKILL does not."""
    end_group(pid, number, 60)


def _program(name: str) -> list[str]:
    """Give how to run one of RabbitMQ's programs, in the Debian folder that ROOT names; empty where there is none."""
    root = os.environ.get(ROOT)
    if root:
        return ["chroot", root, f"{_DEBIAN}/{name}"]
    found = program(name, _DEBIAN)
    return [found] if found else []


def _last_words(log: Path, length: int = 300) -> str:
    return " ".join(log.read_text("utf-8", "replace").split())[-length:] or "nothing"


def _private_environment(directory: Path, amqp: int) -> dict[str, str]:
    environment = {
        "HOME": str(directory),
        "RABBITMQ_NODENAME": f"cpas-onem-{amqp}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "generated"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "rabbitmq-env.conf"),
        "RABBITMQ_PID_FILE": str(directory / "pid"),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    (directory / "rabbitmq-env.conf").touch()
    (directory / "environment.json").write_text(json.dumps(environment, indent=1))
    return environment


def private_environment(directory: Path) -> dict[str, str]:
    """Give the variables with which `rabbitmqctl` reaches the private node in that directory."""
    return json.loads((directory / "environment.json").read_text())


def ctl(directory: Path, *arguments: str) -> str:
    """Run `rabbitmqctl` on the private node in that directory; raises UnavailableError."""
    # Debian's own wrapper would become another user, who may not read the node's cookie
    return call([*_program("rabbitmqctl"), "-q", *arguments], env=private_environment(directory))


def stop_private(pid: int, directory: Path) -> None:
    """Stop a private node and its own port mapper."""
    # Nothing on a throwaway node is worth a graceful stop of several seconds.
    end_group(pid, signal.SIGKILL)
    mapper = program("epmd", "/usr/lib/erlang/erts-*/bin")
    if mapper and (directory / "environment.json").exists():
        port = private_environment(directory)["ERL_EPMD_PORT"]
        for _ in range(50):
            # It refuses for as long as it has not noticed that the node is gone.
            with suppress(UnavailableError):
                call([mapper, "-port", port, "-kill"])
                return
            time.sleep(0.1)
