"""RabbitMQ and PostgreSQL in containers, the last resort. Not exercised where no container engine is available."""

import shutil
from contextlib import suppress
from pathlib import Path

import postgres
import rabbitmq
from machine import UnavailableError, call, free_port

_FILE = """\
services:
  rabbitmq:
    image: rabbitmq:3.13-management
    ports: ["127.0.0.1:{amqp}:5672", "127.0.0.1:{management}:15672"]
    healthcheck: {{test: [CMD, rabbitmq-diagnostics, -q, check_port_connectivity], interval: 3s, retries: 40}}
  postgres:
    image: postgres:15
    environment: {{POSTGRES_HOST_AUTH_METHOD: trust}}
    ports: ["127.0.0.1:{database}:5432"]
    healthcheck: {{test: [CMD, pg_isready, -h, 127.0.0.1, -U, postgres], interval: 2s, retries: 40}}
"""


def _command(directory: Path, *what: str) -> list[str]:
    return ["docker", "compose", "-p", "cpas-onem-test", "-f", str(directory / "compose.yml"), *what]


def up(directory: Path) -> tuple[rabbitmq.Broker, postgres.Server]:
    """Start both containers, or find them started; raises UnavailableError."""
    if shutil.which("docker") is None:
        raise UnavailableError("docker is not installed")
    ports = directory / "compose.ports"
    if not ports.exists():
        amqp, management, database = free_port(), free_port(), free_port()
        (directory / "compose.yml").write_text(_FILE.format(amqp=amqp, management=management, database=database))
        call(_command(directory, "up", "--detach", "--wait"), timeout=600)
        ports.write_text(f"{amqp} {management} {database}")
    amqp, management, database = map(int, ports.read_text().split())
    broker = rabbitmq.Broker(f"amqp://guest:guest@127.0.0.1:{amqp}", f"http://guest:guest@127.0.0.1:{management}")
    return broker, postgres.Server("127.0.0.1", database, "postgres")


def down(directory: Path) -> None:
    """Stop and remove both containers."""
    with suppress(UnavailableError):
        call(_command(directory, "down", "--volumes"), timeout=120)
