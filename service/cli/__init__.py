"""The command line: one module per command, each a thin layer over the room that does the work.

What a command needs is imported inside it, so that `cpas-onem --help` and `validate` start at once.
"""

import typer

from service.cli import (
    bench,
    calculate,
    corpus,
    deadlines,
    doctor,
    dossier,
    migrate,
    promises,
    quarantine,
    rerun,
    review_acts,
    run,
    send,
    sender,
    topology,
    validate,
)
from service.cli.demo import demo

app = typer.Typer(
    name="cpas-onem",
    help="CPAS@ONEM: article 60 § 7 calculation requests in, explained decisions out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo)
app.command("run")(run.run)
app.command("validate")(validate.validate)
app.command("calculate")(calculate.calculate)
app.command("corpus")(corpus.corpus)
app.command("send")(send.send)
app.command("dossier")(dossier.dossier)
app.command("deadlines")(deadlines.deadlines)
app.command("promises")(promises.promises)
app.command("rerun")(rerun.rerun)
app.add_typer(review_acts.app, name="review")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(sender.app, name="sender")
app.command("migrate")(migrate.migrate)
app.add_typer(topology.app, name="topology")
app.command("doctor")(doctor.doctor)
app.add_typer(bench.app, name="bench")
