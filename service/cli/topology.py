"""`topology apply`: exchanges, queues and bindings on RabbitMQ, the senders' queues included."""

import asyncio
from collections.abc import Sequence

import typer

from service.cli import output
from service.settings import Settings

app = typer.Typer(help="RabbitMQ's exchanges and queues.", no_args_is_help=True)


@app.callback()
def topology() -> None:
    """RabbitMQ's exchanges and queues."""


@app.command("apply")
def apply(json: output.Json = False) -> None:
    """Declare what is missing; what exists otherwise stops it with a sentence."""
    from service.cli import logs

    settings = output.settings()
    if settings.amqp_url is None:
        output.stop("CPAS_ONEM_AMQP_URL is not set: there is no broker to apply it to.", output.USAGE)
    logs.silence()
    declared = asyncio.run(_apply(settings))
    if json:
        output.tell_json({"declared": list(declared)})
    else:
        print("\n".join(declared) if declared else "Everything is there already.")


async def _apply(settings: Settings) -> Sequence[str]:
    from service.cli.session import opened
    from service.store import parties

    async with opened(settings) as session, session.engine.begin() as connection:
        senders = list(await parties.load(connection))
    return await declare(settings, senders)


async def declare(settings: Settings, senders: Sequence[str]) -> Sequence[str]:
    """Declare what is missing on the broker, for these senders too; gives what was declared now."""
    from aiormq.exceptions import AMQPError

    from service.channel import topology as broker
    from service.channel.connection import connect

    try:
        connection = await connect(settings.amqp_url or "", "cpas-onem topology")
    except (AMQPError, OSError, TimeoutError) as error:
        output.stop(f"The broker is not reached ({type(error).__name__}). `cpas-onem doctor` says more.")
    try:
        return await broker.apply(connection, senders)
    except broker.TopologyMismatch as mismatch:
        output.stop(str(mismatch))
    finally:
        await connection.close()
