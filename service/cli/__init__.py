"""The command line: one module per command, each a thin layer over the room that does the work.

What a command needs is imported inside it, so that `cpas-onem --help` and `validate` start at once.
"""

import typer

from service.cli import calculate, validate

app = typer.Typer(
    name="cpas-onem",
    help="CPAS@ONEM: article 60 § 7 calculation requests in, explained decisions out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("validate")(validate.validate)
app.command("calculate")(calculate.calculate)
