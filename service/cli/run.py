"""`run`: the service itself, until SIGTERM or SIGINT ends it."""

from collections.abc import Iterator
from typing import Annotated

import typer

from service.cli import output
from service.settings import ChannelKind

Channel = Annotated[ChannelKind | None, typer.Option("--channel", help="Instead of CPAS_ONEM_CHANNEL.")]


def run(channel: Channel = None) -> None:
    """Receive, decide, answer. SIGTERM ends it when what is in hand is done; then the exit is 0."""
    from aiormq.exceptions import AMQPError
    from sqlalchemy.exc import DBAPIError

    from service import app
    from service.channel import InletFailed
    from service.channel.topology import TopologyMismatch
    from service.cli import logs
    from service.store.migrate import Stopped
    from service.vault import NoKey

    settings = output.settings(channel=channel)
    logs.configure()
    failures: list[str] = []
    try:
        app.run(settings)
    except* (app.NotMigrated, app.ClockApart, app.PartEnded, NoKey, Stopped, TopologyMismatch, InletFailed) as told:
        failures += [str(sentence) for sentence in leaves(told)]
    except* (AMQPError, DBAPIError, OSError, TimeoutError) as lost:
        failures += [f"A server is not reached: {type(loss).__name__}." for loss in leaves(lost)]
    if failures:
        output.stop("\n".join([*failures, "`cpas-onem doctor` says more."]))


def leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Give the exceptions in a group, however deep."""
    for failure in group.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            yield from leaves(failure)
        else:
            yield failure
