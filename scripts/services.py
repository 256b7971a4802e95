"""RabbitMQ and PostgreSQL for tests and benchmarks: found, or started and thrown away. Standard library only.

    services.py start          find or start both, write .services/env, say what was decided
    services.py env            print what .services/env says
    services.py stop           remove what start made: virtual host, database, private nodes
    services.py run -- CMD     the same around one command, everything removed afterwards; gives CMD's exit code

Looked for in this order: what CPAS_ONEM_TEST_AMQP_URL and CPAS_ONEM_TEST_DATABASE_URL name, what `start` made, what
answers on the usual local ports, a private node on free ports, Debian's packages (when root), docker compose. A server
that was found is only used through a fresh virtual host and fresh databases. With CPAS_ONEM_TEST_SERVICES=private only
private nodes are used.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import compose
import postgres
import rabbitmq
from machine import UnavailableError, apt_install, is_alive

HOME = Path(__file__).resolve().parent.parent / ".services"
PREFIX = "cpas-onem-test-"
AMQP, DATABASE, ADMIN = "CPAS_ONEM_TEST_AMQP_URL", "CPAS_ONEM_TEST_DATABASE_URL", "CPAS_ONEM_TEST_BROKER_ADMIN"
Had = TypeVar("Had")


@dataclass
class State:
    """What was made, to find it again and to remove it. Written to `state.json` beside the private nodes' data."""

    name: str
    directory: str
    env: dict[str, str] = field(default_factory=dict)
    broker: dict[str, str] = field(default_factory=dict)
    database: dict[str, str | int] = field(default_factory=dict)
    broker_pid: int = 0
    database_pid: int = 0
    database_data: str = ""
    composed: bool = False
    notes: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, directory: Path) -> "State | None":
        """Read it back; None where there is none or it is unreadable."""
        try:
            return cls(**json.loads((directory / "state.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def save(self) -> None:
        """Write it down at once: what was started must be found again even when we are killed."""
        path = Path(self.directory)
        path.mkdir(parents=True, exist_ok=True)
        with open(path / "state.json", "w", opener=_private_file) as file:
            json.dump(asdict(self), file, indent=1)

    def is_alive(self) -> bool:
        """Whether both still answer: the virtual host opens and the database is there."""
        if not self.env or not self.broker or not self.database:
            return False
        with suppress(UnavailableError):
            server = postgres.Server(**self.database)  # type: ignore[arg-type]
            return rabbitmq.answers(self.broker["url"], self.name) and self.name in server.databases(self.name)
        return False

    def remove(self) -> None:
        """Remove our virtual hosts, users, databases and private nodes. Harmless when they are gone."""
        if self.broker_pid:
            rabbitmq.stop_private(self.broker_pid, Path(self.directory) / "rabbitmq")
        elif self.broker:
            broker = rabbitmq.Broker(**self.broker)
            with suppress(UnavailableError):
                for vhost in broker.vhosts():
                    if vhost.startswith(self.name):
                        broker.drop_vhost(vhost)
        if self.database_pid:
            postgres.stop_private(self.database_pid, Path(self.database_data))
        elif self.database:
            postgres.Server(**self.database).drop(self.name)  # type: ignore[arg-type]
        if self.composed:
            compose.down(Path(self.directory))
        shutil.rmtree(self.directory, ignore_errors=True)


def _private_file(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def prepare(directory: Path) -> State:
    """Find or start both services; raises UnavailableError, with everything removed again, when one cannot be had."""
    state = State(PREFIX + secrets.token_hex(4), str(directory))
    state.save()
    try:
        _broker(state)
        _database(state)
    except BaseException:
        state.remove()
        raise
    state.save()
    return state


def _broker(state: State) -> None:
    made = State.load(HOME / "kept")
    named, admin = os.environ.get(AMQP), os.environ.get(ADMIN)

    def take(broker: rabbitmq.Broker, url: str) -> None:
        state.broker = asdict(broker)
        state.env |= {AMQP: url, ADMIN: broker.admin}
        state.save()

    def own_node() -> None:
        broker, state.broker_pid = rabbitmq.private(Path(state.directory) / "rabbitmq")
        state.save()
        take(broker, broker.add_vhost(state.name))

    ways: list[tuple[str, Callable[[], None]]] = []
    if not _only_private():
        if named:
            ways.append((f"the one {AMQP} names", lambda: take(*rabbitmq.found(named, state.name, admin))))
        if made and made.broker:
            theirs = made.broker
            ways.append(
                ("the one `start` made", lambda: take(*rabbitmq.found(theirs["url"], state.name, theirs["admin"])))
            )
        ways.append(("the one on port 5672", lambda: take(*rabbitmq.found(rabbitmq.USUAL, state.name))))
    ways += [
        ("a private node", own_node),
        ("Debian's package", lambda: (apt_install("rabbitmq-server"), own_node())[1]),
        (
            "docker compose",
            lambda: take(*_composed(state)[0]),
        ),
    ]
    _first_that_works("RabbitMQ", "rabbitmq-server", ways, state)


def _database(state: State) -> None:
    made = State.load(HOME / "kept")
    named = os.environ.get(DATABASE)

    def take(server: postgres.Server, url: str) -> None:
        state.database = asdict(server)
        state.env |= {DATABASE: url}
        state.save()

    def own_cluster() -> None:
        server, state.database_pid, data = postgres.private(Path(state.directory))
        state.database_data = str(data)
        state.save()
        take(*postgres.found(server, state.name))

    ways: list[tuple[str, Callable[[], None]]] = []
    if not _only_private():
        if named:
            ways.append(
                (f"the one {DATABASE} names", lambda: take(*postgres.found(postgres.Server.named(named), state.name)))
            )
        if made and made.database:
            theirs = postgres.Server(**{**made.database, "role": ""})  # type: ignore[arg-type]
            ways.append(("the one `start` made", lambda: take(*postgres.found(theirs, state.name))))
        ways.append(("the one on port 5432", lambda: take(*postgres.usual(state.name))))
    ways += [
        ("a private cluster", own_cluster),
        ("Debian's package", lambda: (apt_install("postgresql"), own_cluster())[1]),
        ("docker compose", lambda: take(*_composed(state)[1])),
    ]
    _first_that_works("PostgreSQL", "postgresql", ways, state)


def _composed(state: State) -> tuple[tuple[rabbitmq.Broker, str], tuple[postgres.Server, str]]:
    state.composed = True
    state.save()
    broker, server = compose.up(Path(state.directory))
    if state.name not in server.databases(state.name):
        server.add_database(state.name)
    return (broker, broker.add_vhost(state.name)), (server, server.url(state.name))


def _only_private() -> bool:
    return os.environ.get("CPAS_ONEM_TEST_SERVICES") == "private"


def _first_that_works(what: str, package: str, ways: list[tuple[str, Callable[[], None]]], state: State) -> None:
    reasons = []
    for way, attempt in ways:
        try:
            attempt()
        except UnavailableError as problem:
            reasons.append(f"  {way}: {problem}")
        else:
            state.notes.append(
                f"{what}: {way}" + (f" (not {'; '.join(r.strip() for r in reasons)})" if reasons else "")
            )
            return
    advice = f"Run:  sudo sh -c 'apt-get update && apt-get install -y {package}'"
    raise UnavailableError(f"{what} is not to be had.\n" + "\n".join(reasons) + f"\n{advice}")


def start() -> State:
    """Give the kept services, made anew where they no longer answer."""
    kept = State.load(HOME / "kept")
    if kept and kept.is_alive():
        return kept
    if kept:
        print("What was there no longer answers: making it anew")
        kept.remove()
    state = prepare(HOME / "kept")
    with open(HOME / "env", "w", opener=_private_file) as file:
        file.writelines(f"{name}={value}\n" for name, value in state.env.items())
    return state


def stop() -> None:
    """Remove what `start` made."""
    kept = State.load(HOME / "kept")
    if kept:
        kept.remove()
    (HOME / "env").unlink(missing_ok=True)


def run(command: list[str]) -> int:
    """Run a command with fresh services in its environment and remove them afterwards, whatever happens."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    state = prepare(HOME / f"run-{os.getpid()}")
    try:
        print("\n".join(state.notes), file=sys.stderr, flush=True)
        process = subprocess.Popen(command, env={**os.environ, **state.env})
        try:
            return _patiently(process)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        state.remove()


def _patiently(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal sends Ctrl-C to the command too: let it end by itself.
            continue


def sweep() -> None:
    """Remove what runs left behind that were killed by force."""
    for directory in HOME.glob("run-*"):
        if not is_alive(int(directory.name.removeprefix("run-"))):
            left = State.load(directory)
            if left:
                left.remove()
            shutil.rmtree(directory, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Do what the first argument says."""
    sweep()
    try:
        match arguments:
            case ["start"]:
                state = start()
                print("\n".join([*state.notes, f"Written to {HOME / 'env'}:", *(f"  {k}" for k in state.env)]))
            case ["stop"]:
                stop()
            case ["env"]:
                print((HOME / "env").read_text() if (HOME / "env").exists() else "Nothing was started.", end="\n")
            case ["run", "--", *command] if command:
                return run(command)
            case _:
                print(__doc__)
                return 2
    except UnavailableError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
