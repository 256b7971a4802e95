"""A broker user for a sender: made through rabbitmqctl or the management API, or told to the operator as commands.

    sender 123456 ─► user 123456   configure nothing · write occp.in · read its own queue
                                   keys on occp.in: <identification>.<status>.123456, only of the forms it may send
    suspended     ─► user 123456   no right in the virtual host, its connections closed

Refuses to give more than that, to change the password of a user that exists, and to put a password on a process list.
"""

import asyncio
import json
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import httpx
from yarl import URL

from handlers.dossier import PartyKind
from handlers.rights import forms_of
from service.channel import topology

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_SECONDS = 30
_NOTHING = "^$"
_MAY_MISS = frozenset({"GET", "DELETE"})
SUSPENDED = "access suspended by ONEM"
"""What the broker tells a sender whose connections it closes."""


class AdministrationFailed(Exception):  # noqa: N818 - the name is the sentence
    """The broker's administration did not do what was asked; the text says what, without a password."""


class UserLeft(AdministrationFailed):
    """A user was made whose password nobody has, and could not be removed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one sender's user may do, as regular expressions of the broker."""

    user: str
    vhost: str
    write: str
    read: str
    key: str
    """Routing keys it may publish with on `occp.in`."""


@dataclass(frozen=True, slots=True)
class Access:
    """What came of it.

    `password` is None where the user existed already (its password is unchanged) and where nothing was done. `commands`
    are what an operator must run, in order; empty where it is done.
    """

    rights: Rights
    password: str | None
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """A sender's user is shut out. `commands` are what an operator must run for it; empty where it is done."""

    commands: tuple[str, ...] = ()


def rights(sender: str, vhost: str, kind: PartyKind) -> Rights:
    """Give a sender's rights (channel contract, identity): the keys are those of the forms that its kind may send."""
    return Rights(
        user=sender,
        vhost=vhost,
        write=f"^{re.escape(topology.IN)}$",
        read=f"^{re.escape(topology.out_queue(sender))}$",
        key=rf"^({'|'.join(forms_of(kind))})\.[0-9]\.{sender}$",
    )


async def grant(broker_admin: str, amqp_url: str, sender: str, kind: PartyKind = PartyKind.VENDOR) -> Access:
    """Make the sender's user with its rights, or give the commands for it.

    `broker_admin` is `auto`, `rabbitmqctl`, `none` or the management API's URL. Raises AdministrationFailed; `auto`
    does so only as UserLeft: it tries rabbitmqctl on this machine, then the management API with the service's own
    account, and gives the commands where neither works.
    """
    wanted = rights(sender, vhost_of(amqp_url), kind)
    for way in _ways(broker_admin, amqp_url):
        try:
            return await _grant(way, wanted)
        except UserLeft:
            raise
        except AdministrationFailed:
            if broker_admin != "auto":
                raise
    return Access(wanted, None, commands(wanted))


async def close(broker_admin: str, amqp_url: str, sender: str) -> Closed:
    """Take a sender's user every right in the virtual host and close its connections, or give the commands for it.

    The user stays, with its password: `grant` gives it its rights back. Raises AdministrationFailed, as `grant` does.
    """
    vhost = vhost_of(amqp_url)
    for way in _ways(broker_admin, amqp_url):
        try:
            await way.check(vhost)
            await way.shut_out(sender, vhost)
        except AdministrationFailed:
            if broker_admin != "auto":
                raise
        else:
            return Closed()
    return Closed(closing_commands(sender, vhost))


def vhost_of(amqp_url: str) -> str:
    """Give the virtual host that an AMQP URL names."""
    return URL(amqp_url).path[1:] or "/"


def commands(wanted: Rights) -> tuple[str, ...]:
    """Give the exact commands for an operator; rabbitmqctl asks for the password."""
    vhost = f"-p {_shell(wanted.vhost)}"
    return (
        f"rabbitmqctl add_user {wanted.user}",
        f"rabbitmqctl set_permissions {vhost} {wanted.user} '{_NOTHING}' '{wanted.write}' '{wanted.read}'",
        f"rabbitmqctl set_topic_permissions {vhost} {wanted.user} {topology.IN} '{wanted.key}' '{_NOTHING}'",
    )


def closing_commands(sender: str, vhost: str) -> tuple[str, ...]:
    """Give the exact commands that shut a sender's user out."""
    where = f"-p {_shell(vhost)} {sender}"
    return (
        f"rabbitmqctl clear_topic_permissions {where}",
        f"rabbitmqctl clear_permissions {where}",
        f"rabbitmqctl close_all_user_connections {sender} '{SUSPENDED}'",
    )


class Administration(Protocol):
    """A way to administer the broker. Each method raises AdministrationFailed."""

    async def check(self, vhost: str) -> None:
        """Fail where this way does not reach the broker that has the virtual host."""
        ...

    async def add_user(self, user: str, password: str) -> bool:
        """Make a user without tags; False where it exists, which changes nothing."""
        ...

    async def remove_user(self, user: str) -> None:
        """Remove a user."""
        ...

    async def permit(self, wanted: Rights) -> None:
        """Set the user's rights to exactly these."""
        ...

    async def shut_out(self, user: str, vhost: str) -> None:
        """Take the user all rights in the virtual host and close its connections; harmless for one without any."""
        ...


class RabbitmqCtl:
    """The broker on this machine, through rabbitmqctl as root or as the broker's own account.

    `port` is where the broker must listen: a machine may run several, and rabbitmqctl knows one.
    """

    def __init__(self, port: int | None = None) -> None:
        self._port = port

    async def check(self, vhost: str) -> None:
        """Fail where rabbitmqctl does not work, or reaches a broker on another port or without the virtual host."""
        if self._port is not None:
            status = json.loads(await self._run("status", "--formatter", "json"))
            if self._port not in {listener["port"] for listener in status["listeners"]}:
                raise AdministrationFailed(f"rabbitmqctl reaches a broker that does not listen at port {self._port}")
        if vhost not in (await self._run("list_vhosts", "--no-table-headers", "name")).splitlines():
            raise AdministrationFailed(f"rabbitmqctl reaches a broker without the virtual host {vhost}")

    async def add_user(self, user: str, password: str) -> bool:
        """Make a user; the password goes through standard input."""
        if user in (line.split("\t")[0] for line in (await self._run("list_users")).splitlines()):
            return False
        await self._run("add_user", user, stdin=password + "\n")
        return True

    async def remove_user(self, user: str) -> None:
        """Delete the user."""
        await self._run("delete_user", user)

    async def permit(self, wanted: Rights) -> None:
        """Set permissions and topic permissions."""
        who = ("-p", wanted.vhost, wanted.user)
        await self._run("set_permissions", *who, _NOTHING, wanted.write, wanted.read)
        await self._run("set_topic_permissions", *who, topology.IN, wanted.key, _NOTHING)

    async def shut_out(self, user: str, vhost: str) -> None:
        """Clear permissions, then close connections: a channel remembers what it was allowed."""
        if user not in (line.split("\t")[0] for line in (await self._run("list_users")).splitlines()):
            return
        await self._run("clear_topic_permissions", "-p", vhost, user)
        await self._run("clear_permissions", "-p", vhost, user)
        await self._run("close_all_user_connections", user, SUSPENDED)

    async def _run(self, *arguments: str, stdin: str = "") -> str:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                "rabbitmqctl", "--quiet", *arguments, stdin=pipe, stdout=pipe, stderr=pipe
            )
            async with asyncio.timeout(_SECONDS):
                out, error = await process.communicate(stdin.encode())
        except (OSError, TimeoutError) as problem:
            raise AdministrationFailed(f"rabbitmqctl {arguments[0]}: {problem}") from problem
        if process.returncode:
            complaint = error.decode(errors="replace").strip().splitlines() or ["failed"]
            raise AdministrationFailed(f"rabbitmqctl {arguments[0]}: {complaint[0]}")
        return out.decode()


class ManagementApi:
    """Any broker with the management plugin, over HTTP."""

    def __init__(self, url: str) -> None:
        address = URL(url)
        self._login = (address.user or "guest", address.password or "guest")
        self._base = str(address.with_user(None).with_path("/api"))

    async def check(self, vhost: str) -> None:
        """Fail where the API does not answer or does not know the virtual host."""
        if (await self._call("GET", "vhosts", vhost)).status_code == httpx.codes.NOT_FOUND:
            raise AdministrationFailed(f"the broker at {self._base} has no virtual host {vhost}")

    async def add_user(self, user: str, password: str) -> bool:
        """Make a user; the password goes in the body of the request."""
        if (await self._call("GET", "users", user)).status_code == httpx.codes.OK:
            return False
        await self._call("PUT", "users", user, body={"password": password, "tags": ""})
        return True

    async def remove_user(self, user: str) -> None:
        """Delete the user."""
        await self._call("DELETE", "users", user)

    async def permit(self, wanted: Rights) -> None:
        """Set permissions and topic permissions."""
        plain = {"configure": _NOTHING, "write": wanted.write, "read": wanted.read}
        topic = {"exchange": topology.IN, "write": wanted.key, "read": _NOTHING}
        await self._call("PUT", "permissions", wanted.vhost, wanted.user, body=plain)
        await self._call("PUT", "topic-permissions", wanted.vhost, wanted.user, body=topic)

    async def shut_out(self, user: str, vhost: str) -> None:
        """Clear permissions, then close connections: a channel remembers what it was allowed."""
        await self._call("DELETE", "topic-permissions", vhost, user)
        await self._call("DELETE", "permissions", vhost, user)
        await self._call("DELETE", "connections", "username", user)

    async def _call(self, method: str, *path: str, body: dict[str, str] | None = None) -> httpx.Response:
        address = "/".join([self._base, *(quote(part, safe="") for part in path)])
        try:
            async with httpx.AsyncClient(auth=self._login, timeout=_SECONDS, trust_env=False) as client:
                answer = await client.request(method, address, json=body)
        except httpx.HTTPError as problem:
            raise AdministrationFailed(f"{self._base} does not answer: {type(problem).__name__}") from problem
        if answer.is_success or (answer.status_code == httpx.codes.NOT_FOUND and method in _MAY_MISS):
            return answer
        raise AdministrationFailed(f"{method} {'/'.join(path[:1])} at {self._base}: HTTP {answer.status_code}")


async def _grant(way: Administration, wanted: Rights) -> Access:
    await way.check(wanted.vhost)
    password = secrets.token_urlsafe(24)
    is_new = await way.add_user(wanted.user, password)
    try:
        await way.permit(wanted)
    except AdministrationFailed as failure:
        if is_new:
            await _take_back(way, wanted.user, failure)
        raise
    return Access(wanted, password if is_new else None)


async def _take_back(way: Administration, user: str, failure: AdministrationFailed) -> None:
    """Remove a user that got no rights: the next attempt would find it, and nobody would have its password."""
    try:
        await way.remove_user(user)
    except AdministrationFailed:
        raise UserLeft(
            f"{failure}. The broker has a new user {user} without rights, whose password nobody has: "
            f"remove it (rabbitmqctl delete_user {user}), then run this again"
        ) from failure


def _ways(broker_admin: str, amqp_url: str) -> Sequence[Administration]:
    match broker_admin:
        case "none":
            return ()
        case "auto":
            return _automatic(URL(amqp_url))
        case "rabbitmqctl":
            return (RabbitmqCtl(),)
        case _:
            return (ManagementApi(broker_admin),)


def _automatic(broker: URL) -> Sequence[Administration]:
    ways: list[Administration] = []
    if broker.host in LOCAL and shutil.which("rabbitmqctl"):
        ways.append(RabbitmqCtl(broker.port or (5671 if broker.scheme == "amqps" else 5672)))
    if broker.host in LOCAL and broker.scheme == "amqp":
        # The service's password goes to a remote broker only over an address that the operator named.
        api = URL.build(scheme="http", host=broker.host or "", port=15672, user=broker.user, password=broker.password)
        ways.append(ManagementApi(str(api)))
    return ways


def _shell(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_.-]+", text) else "'" + text.replace("'", "'\\''") + "'"
