"""A PostgreSQL to test against: one that answers, or a private throwaway cluster. Standard library and `psql` only."""

import getpass
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from machine import UnavailableError, call, end_group, free_port, program, wait_until

_DEBIAN = "/usr/lib/postgresql/*/bin"


@dataclass(frozen=True)
class Server:
    """A server on which we may make databases. `role` is a role of ours to remove afterwards, if one had to be made."""

    host: str
    port: int
    user: str
    password: str = ""
    role: str = ""

    @classmethod
    def named(cls, url: str) -> "Server":
        """Read a database URL; the database it names is not used."""
        parts = urlsplit(url)
        user, password = unquote(parts.username or "postgres"), unquote(parts.password or "")
        return cls(parts.hostname or "127.0.0.1", parts.port or 5432, user, password)

    @property
    def where(self) -> str:
        """Give `host:port`."""
        return f"{self.host}:{self.port}"

    def url(self, database: str) -> str:
        """Give the SQLAlchemy URL of a database there."""
        login = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        return f"postgresql+asyncpg://{login}@{self.where}/{database}"

    def sql(self, statement: str) -> str:
        """Run one statement in the maintenance database; raises UnavailableError."""
        psql = program("psql", _DEBIAN)
        if psql is None:
            raise UnavailableError("psql is not installed")
        login = ["-h", self.host, "-p", str(self.port), "-U", self.user, "-d", "postgres"]
        quiet = {"PGPASSWORD": self.password or "-", "PGCONNECT_TIMEOUT": "5"}
        return call([psql, "-wXAtq", "-v", "ON_ERROR_STOP=1", *login, "-c", statement], env=quiet).strip()

    def add_database(self, name: str) -> str:
        """Make an empty database and give its URL; raises UnavailableError."""
        if self.sql("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user") != "t":
            raise UnavailableError(f"{self.user} may not make databases at {self.where}")
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8')
        return self.url(name)

    def databases(self, prefix: str) -> list[str]:
        """Give the databases whose names begin with the prefix."""
        rows = self.sql("SELECT datname FROM pg_database ORDER BY 1").splitlines()
        return [name for name in rows if name.startswith(prefix)]

    def drop(self, prefix: str) -> None:
        """Remove the databases with that prefix, and the role made for us."""
        with suppress(UnavailableError):
            for name in self.databases(prefix):
                self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if self.role:
            with suppress(UnavailableError):
                _as_postgres(self.port, f'DROP ROLE IF EXISTS "{self.role}"')


def found(server: Server, name: str) -> tuple[Server, str]:
    """Make a database on a server that answers; raises UnavailableError."""
    return server, server.add_database(name)


def usual(name: str) -> tuple[Server, str]:
    """Make a database on what answers at port 5432: as postgres, as ourselves, or as a role the superuser makes."""
    reasons = []
    for user in ("postgres", getpass.getuser()):
        try:
            return found(Server("127.0.0.1", 5432, user), name)
        except UnavailableError as problem:
            reasons.append(str(problem))
    try:
        return found(_with_own_role(5432), name)
    except UnavailableError as problem:
        reasons.append(str(problem))
    raise UnavailableError(f"nothing usable at port 5432: {reasons[0]}")


def _with_own_role(port: int) -> Server:
    role, password = f"cpas_onem_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    _as_postgres(port, f"CREATE ROLE \"{role}\" LOGIN CREATEDB PASSWORD '{password}'")
    return Server("127.0.0.1", port, role, password, role)


def _as_postgres(port: int, statement: str) -> None:
    psql = program("psql", _DEBIAN)
    if os.geteuid() != 0 or psql is None or shutil.which("runuser") is None:
        raise UnavailableError("only root can ask the superuser for a role")
    # The statement may hold a password: it goes through standard input, not on the process list.
    call(["runuser", "-u", "postgres", "--", psql, "-wXq", "-v", "ON_ERROR_STOP=1", "-p", str(port)], stdin=statement)


def private(directory: Path) -> tuple[Server, int, Path]:
    """Start a throwaway cluster; gives it, its process group and where its data are. Raises UnavailableError."""
    initdb = program("initdb", _DEBIAN)
    if initdb is None:
        raise UnavailableError("PostgreSQL is not installed")
    data = _place(directory)
    make = [initdb, "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(make, cwd=data, capture_output=True, text=True, check=False, **_as_owner(data))  # type: ignore[call-overload]
    if done.returncode:
        raise UnavailableError(f"initdb: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    port = free_port()
    server = Server("127.0.0.1", port, "postgres")
    return server, start_again(server, data), data


def start_again(server: Server, data: Path) -> int:
    """Start a private cluster, also one that ended, on its port; gives its process group. Raises UnavailableError."""
    initdb = program("initdb", _DEBIAN)
    if initdb is None:
        raise UnavailableError("PostgreSQL is not installed")
    settings = ["-p", str(server.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    with (data / "console.log").open("ab") as log:
        process = subprocess.Popen(
            [str(Path(initdb).resolve().parent / "postgres"), "-D", str(data), *settings],
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_as_owner(data),  # type: ignore[call-overload]
        )

    def ready() -> bool:
        try:
            return server.sql("SELECT 1") == "1"
        except UnavailableError:
            return False

    try:
        wait_until(ready, process, 60, f"the private PostgreSQL (see {data}/console.log)")
    except BaseException:
        stop_private(process.pid, data)
        raise
    return process.pid


def end_private(pid: int, number: signal.Signals = signal.SIGQUIT) -> None:
    """End a private cluster for a while and keep its data: SIGQUIT as in a crash, SIGINT in order."""
    end_group(pid, number, 60)


def _as_owner(data: Path) -> dict[str, object]:
    """Give how to run a program as the account that owns a directory, where that is not ours."""
    state = data.stat()
    return {} if state.st_uid == os.geteuid() else {"user": state.st_uid, "group": state.st_gid, "extra_groups": []}


def _place(directory: Path) -> Path:
    """Make where the cluster lives: PostgreSQL refuses root, and its owner may not be let into our tree."""
    if os.geteuid() != 0:
        data = directory / "postgres"
        data.mkdir(parents=True, mode=0o700)
        return data
    for owner in ("postgres", "nobody"):
        with suppress(KeyError):
            account = pwd.getpwnam(owner)
            data = Path(tempfile.mkdtemp(prefix="cpas-onem-postgres-"))
            os.chown(data, account.pw_uid, account.pw_gid)
            return data
    raise UnavailableError("PostgreSQL refuses to run as root and there is no other account")


def stop_private(pid: int, data: Path) -> None:
    """Stop a private cluster and remove its data."""
    # At once, with all its children, whoever is connected.
    end_group(pid, signal.SIGQUIT)
    shutil.rmtree(data, ignore_errors=True)
