"""`bench`: how fast, beside what the broker can do at all."""

from typing import Annotated

import typer

from service.cli import output

app = typer.Typer(help="Measure the service beside a bare relay, on one broker, in one run.", no_args_is_help=True)

Messages = Annotated[int, typer.Option("--messages", min=1, help="Requests in each run.")]


@app.command("relay")
def relay(
    runs: Annotated[int, typer.Option("--runs", min=1)] = 5, messages: Messages = 2000, json: output.Json = False
) -> None:
    """Measure a bare relay: consume, publish confirmed answers, acknowledge; nothing else."""
    from service.bench.run import BenchUnavailable, run_relay
    from service.cli import logs

    settings = output.settings()
    logs.configure()
    try:
        run_relay(settings, runs, messages, json)
    except BenchUnavailable as sentence:
        output.stop(str(sentence))


@app.command("pipeline")
def pipeline(
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="At least five are run.")] = 5,
    messages: Messages = 2000,
    json: output.Json = False,
) -> None:
    """Measure the whole service and the bare relay in turn, and the ratio of both."""
    from service.bench.run import BenchUnavailable, run_pipeline
    from service.cli import logs

    settings = output.settings()
    logs.configure()
    try:
        run_pipeline(settings, pairs, messages, json)
    except BenchUnavailable as sentence:
        output.stop(str(sentence))
