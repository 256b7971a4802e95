"""Fixtures that reach a real RabbitMQ and a real PostgreSQL. Without them tests fail loudly: nothing is skipped."""

import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from sqlalchemy.engine import make_url

from service.store import migrate

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import rabbitmq


def from_environment(name: str) -> str:
    """Give a variable that `make test` sets; fails the test otherwise."""
    value = os.environ.get(name)
    if not value:
        pytest.fail(f"{name} is not set: run make test", pytrace=False)
    return value


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Undo what a test does to the logs of its process: a silenced log would hide what a later test looks for."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def broker() -> rabbitmq.Broker:
    """Give the broker as its administrator sees it."""
    server, _, _ = from_environment("CPAS_ONEM_TEST_AMQP_URL").rpartition("/")
    return rabbitmq.Broker(server, from_environment("CPAS_ONEM_TEST_BROKER_ADMIN"))


@pytest.fixture(scope="module")
def amqp_url(broker: rabbitmq.Broker) -> Iterator[str]:
    """Give the URL of a fresh virtual host, one per test module, removed with its users afterwards."""
    _, _, ours = from_environment("CPAS_ONEM_TEST_AMQP_URL").rpartition("/")
    vhost = f"{ours}-{secrets.token_hex(3)}"
    yield broker.add_vhost(vhost)
    broker.drop_vhost(vhost)


@pytest.fixture(scope="session")
def private_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rabbitmq.Broker]:
    """Give a throwaway node with the management API, for what must not be done to a broker that was found."""
    directory = tmp_path_factory.mktemp("rabbitmq")
    broker, pid = rabbitmq.private(directory)
    yield broker
    rabbitmq.stop_private(pid, directory)


async def _maintenance(statement: str) -> None:
    url = make_url(from_environment("CPAS_ONEM_TEST_DATABASE_URL")).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def _template() -> dict[str, str]:
    """Remember the migrated PostgreSQL database that fresh ones are copied from."""
    return {}


async def fresh_postgresql(template: dict[str, str]) -> str:
    """Make a fresh, migrated PostgreSQL database, and give its URL."""
    ours = make_url(from_environment("CPAS_ONEM_TEST_DATABASE_URL"))
    if "name" not in template:
        name = f"{ours.database}-template"
        await _maintenance(f'CREATE DATABASE "{name}" TEMPLATE template0')
        await migrate.upgrade(ours.set(database=name).render_as_string(hide_password=False))
        template["name"] = name
    fresh = f"{ours.database}-{secrets.token_hex(4)}"
    await _maintenance(f'CREATE DATABASE "{fresh}" TEMPLATE "{template["name"]}"')
    return ours.set(database=fresh).render_as_string(hide_password=False)


async def drop_postgresql(url: str) -> None:
    """Remove a database of ours."""
    await _maintenance(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')


@pytest.fixture
async def postgresql_url(_template: dict[str, str]) -> AsyncIterator[str]:
    """Give the URL of a fresh, migrated PostgreSQL database."""
    url = await fresh_postgresql(_template)
    yield url
    await drop_postgresql(url)


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of a fresh, migrated SQLite file."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'cpas-onem.db'}"
    await migrate.upgrade(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a fresh, migrated database of each kind in turn."""
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url
