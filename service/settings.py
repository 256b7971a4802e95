"""The settings: `CPAS_ONEM_*` variables and a `.env` file, checked before anything starts.

Refuses with a sentence that says what to do: an unknown variable (with the nearest known one), contradictory values,
and in the real environment (R) guest credentials, an unencrypted remote broker or database, a missing secret key. No
message and no `repr` carries a password: values of URLs never leave this module in a text.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service import faults

PREFIX = "CPAS_ONEM_"
RESERVED = "CPAS_ONEM_TEST_"
"""Prefix of what the tests read; not a setting, and no mistake either."""

MIB = 1024 * 1024
DATABASE_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
LOCAL_HOSTS = frozenset({"", "localhost", "127.0.0.1", "::1"})


class BadSettings(Exception):  # noqa: N818 - the name is the sentence
    """The settings do not hold together; `problems` are sentences, each with what to do, none with a secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ChannelKind(StrEnum):
    """How messages come and go."""

    FOLDER = "folder"
    """Files in directories: the embedded default, no server."""
    AMQP = "amqp"
    """RabbitMQ."""


class Settings(BaseSettings):
    """All settings. Sizes in bytes, waits in the unit that the name says."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    channel: ChannelKind = Field(ChannelKind.FOLDER, description="how messages come and go: `folder` or `amqp`")
    amqp_url: str | None = Field(
        None, repr=False, description="the broker, as the service's own user: `amqps://user:password@host/vhost`"
    )
    database_url: str = Field(
        "sqlite+aiosqlite:///var/cpas-onem.db",
        repr=False,
        description="`sqlite+aiosqlite:///file` or `postgresql+asyncpg://user:password@host/name?ssl=require`",
    )
    folder: Path = Field(Path("var/channel"), description="root of the folder channel, one 6-digit folder per sender")
    environment: Literal["R", "T", "S"] = Field("S", description="real, test or simulation; part of every file name")
    secret_key_file: Path = Field(
        Path("var/secret.key"), description="key that encrypts personal data; made on first start, except in R"
    )
    language: Literal["fr", "nl", "de", "en"] = Field("fr", description="language of texts on the command line")
    offices_file: Path | None = Field(
        None,
        description="table of ONEM offices by residence, in the form of `handlers/offices.toml`; else that example",
    )
    office: str | None = Field(
        None, description="code of the office that `review` works for: it then lists and decides its own tasks only"
    )
    processes: int = Field(
        0,
        ge=0,
        le=64,
        description="service processes; 0 is one for each processor on RabbitMQ with PostgreSQL, else one",
    )
    batch_size: int = Field(64, ge=1, le=1000, description="most messages in one transaction")
    batch_wait_ms: int = Field(5, ge=0, le=10_000, description="longest wait for a batch to fill, in milliseconds")
    max_message_bytes: int = Field(MIB, ge=1024, le=12 * MIB, description="largest message, documents apart, in bytes")
    broker_admin: str = Field(
        "auto",
        repr=False,
        description="how `sender add` makes broker users: `auto`, `rabbitmqctl`, `none`, or the management API's URL",
    )
    prefetch: int = Field(300, ge=1, le=2000, description="most messages taken from RabbitMQ and not yet decided")
    watch_seconds: float = Field(
        30, ge=0.1, le=600, description="how often the consumer is looked at; it is replaced when it has gone silent"
    )
    broker_seconds: float = Field(10, ge=0.1, le=600, description="longest wait for RabbitMQ's answer to anything")
    hold_seconds: float = Field(
        600, ge=1, le=1200, description="longest time to keep undecided messages while the database is away"
    )
    max_unsent: int = Field(
        50_000, ge=1, description="stored answers waiting to be sent from which on nothing more is taken in"
    )
    due_seconds: float = Field(5, ge=0.1, le=600, description="how often the service looks at what has fallen due")
    drain_seconds: int = Field(20, ge=1, le=600, description="longest time to finish what is in hand when stopped")
    fault: str | None = Field(
        None, pattern=f"^{faults.SPECIFICATION}$", description="where a test instance dies, such as `F3`; refused in R"
    )


def load(**given: Any) -> Settings:
    """Read the settings from the environment and `.env`; `given` (such as a command's options) goes first.

    Raises BadSettings with one sentence per problem, all at once.
    """
    written = {**dotenv_values(".env"), **os.environ}
    problems = list(unknown(written))
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise BadSettings((*problems, *(_sentence(detail) for detail in error.errors()))) from None
    problems += contradictions(settings)
    if settings.environment == "R":
        problems += refusals_in_real(settings)
    if problems:
        raise BadSettings(tuple(problems))
    return settings


def unknown(written: Mapping[str, str | None]) -> Iterator[str]:
    """Name each variable with our prefix that is no setting, and the nearest one that is."""
    known = [variable(name) for name in Settings.model_fields]
    for name in sorted(written):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper.startswith(RESERVED) or upper in known:
            continue
        nearest = difflib.get_close_matches(upper, known, n=1, cutoff=0.0)[0]
        yield f"{name} is not a setting. Did you mean {nearest}? Rename it or remove it."


def contradictions(settings: Settings) -> Iterator[str]:
    """Say what does not go together, whatever the environment."""
    if settings.channel is ChannelKind.AMQP and settings.amqp_url is None:
        yield f"{variable('channel')} is amqp, but {variable('amqp_url')} is not set: set it or use folder."
    if settings.amqp_url is not None and _scheme(settings.amqp_url) not in {"amqp", "amqps"}:
        yield f"{variable('amqp_url')} must begin with amqp:// or amqps://."
    driver = _scheme(settings.database_url)
    if driver not in DATABASE_DRIVERS:
        wanted = DATABASE_DRIVERS[driver.startswith("postgres")]
        yield f"{variable('database_url')} must begin with {wanted}://, not with {driver or 'nothing'}://."
    yield from _offices(settings)
    admin = settings.broker_admin
    if admin not in {"auto", "rabbitmqctl", "none"} and _scheme(admin) not in {"http", "https"}:
        yield f"{variable('broker_admin')} must be auto, rabbitmqctl, none, or the management API's http(s) address."


def _offices(settings: Settings) -> Iterator[str]:
    from handlers.offices import BadOffices
    from service.offices import offices_of

    try:
        table = offices_of(settings) if settings.offices_file or settings.office else None
    except OSError as error:
        yield f"{variable('offices_file')}: {settings.offices_file} cannot be read ({error.strerror})."
    except BadOffices as bad:
        yield f"{variable('offices_file')}: {bad} Correct {settings.offices_file}."
    else:
        if table and settings.office and settings.office not in table.codes():
            yield f"{variable('office')}: no office has the code {settings.office}. Known: {', '.join(table.codes())}."


def refusals_in_real(settings: Settings) -> Iterator[str]:
    """Say why these settings must not touch real data (environment R)."""
    if settings.amqp_url is not None:
        broker = _split(settings.amqp_url)
        if (broker.username or "guest") == "guest":
            yield f"{variable('amqp_url')} uses the guest account; environment R needs a user of its own."
        if broker.scheme != "amqps" and not _is_local(broker):
            yield f"{variable('amqp_url')} names a remote broker without TLS; environment R needs amqps://."
    database = _split(settings.database_url)
    if database.scheme.startswith("postgresql") and not _is_local(database) and not _is_encrypted(database):
        yield f"{variable('database_url')} names a remote database without TLS; environment R needs ?ssl=require."
    admin = _split(settings.broker_admin)
    if admin.scheme == "http" and not _is_local(admin):
        yield f"{variable('broker_admin')} sends passwords to a remote address without TLS; environment R needs https://."
    if admin.scheme in {"http", "https"} and admin.username == "guest":
        yield f"{variable('broker_admin')} uses the guest account; environment R needs a user of its own."
    if settings.fault is not None:
        yield f"{variable('fault')} makes the service die on purpose; environment R never does: remove it."
    if not settings.secret_key_file.is_file():
        yield (
            f"{variable('secret_key_file')} names no file ({settings.secret_key_file}); in environment R the key is "
            "never made by itself. Make one with `openssl rand -base64 32` and keep a copy apart from the backups."
        )


def variable(field: str) -> str:
    """Give the environment variable of a field."""
    return PREFIX + field.upper()


def _sentence(detail: Mapping[str, Any]) -> str:
    name = variable(str(detail["loc"][0])) if detail["loc"] else "the settings"
    return f"{name}: {detail['msg']}."


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _scheme(url: str) -> str:
    return url.partition("://")[0] if "://" in url else ""


def _is_local(url: SplitResult) -> bool:
    hosts = [url.hostname or "", *parse_qs(url.query).get("host", ())]
    return all(host in LOCAL_HOSTS or host.startswith("/") for host in hosts)


def _is_encrypted(url: SplitResult) -> bool:
    return parse_qs(url.query).get("ssl", [""])[-1].lower() in ENCRYPTED
