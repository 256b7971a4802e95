"""`run`: the service itself, until SIGTERM or SIGINT ends it."""

from typing import Annotated

import typer

from service.cli import output
from service.settings import ChannelKind

Channel = Annotated[ChannelKind | None, typer.Option("--channel", help="Instead of CPAS_ONEM_CHANNEL.")]


def run(channel: Channel = None) -> None:
    """Receive, decide, answer. SIGTERM ends it when what is in hand is done; then the exit is 0."""
    from service import app
    from service.channel.topology import TopologyMismatch
    from service.cli import logs
    from service.vault import NoKey

    settings = output.settings(channel=channel)
    logs.configure()
    try:
        app.run(settings)
    except (app.NotMigrated, NoKey, TopologyMismatch) as sentence:
        output.stop(str(sentence))
