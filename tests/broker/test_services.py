"""The set-up of services: one command around which they exist, and nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import rabbitmq
from sqlalchemy.engine import make_url

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "services.py"


def run(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command through `services.py run`, whatever choice of services this run was itself given."""
    inherited = {name: value for name, value in os.environ.items() if name != "CPAS_ONEM_TEST_SERVICES"}
    return subprocess.run(
        [sys.executable, str(SCRIPT), "run", "--", "sh", "-c", command],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


async def test_gives_the_exit_code_and_removes_what_it_made(broker: rabbitmq.Broker) -> None:
    done = run('echo "$CPAS_ONEM_TEST_AMQP_URL" "$CPAS_ONEM_TEST_DATABASE_URL"; exit 7')
    assert done.returncode == 7
    amqp_url, database_url = done.stdout.split()
    vhost = amqp_url.rpartition("/")[2]
    assert vhost != os.environ["CPAS_ONEM_TEST_AMQP_URL"].rpartition("/")[2]
    assert not rabbitmq.answers(amqp_url, vhost)
    assert vhost not in broker.vhosts()
    database = make_url(database_url)
    server = database.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(server)
    assert not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", database.database)
    await connection.close()


def test_what_is_named_but_dead_is_replaced_with_a_word() -> None:
    done = run("true", CPAS_ONEM_TEST_AMQP_URL="amqp://guest:guest@127.0.0.1:1/")
    assert done.returncode == 0
    assert "the one CPAS_ONEM_TEST_AMQP_URL names: no broker accepts us at 127.0.0.1:1" in done.stderr


def test_private_nodes_end_with_the_command(private_broker: rabbitmq.Broker) -> None:
    done = run('echo "$CPAS_ONEM_TEST_AMQP_URL"', CPAS_ONEM_TEST_SERVICES="private")
    assert done.returncode == 0
    url = done.stdout.strip()
    assert url.rpartition(":")[2].split("/")[0] != private_broker.url.rpartition(":")[2]
    assert not rabbitmq.answers(url, "/")
