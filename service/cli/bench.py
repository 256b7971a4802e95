"""`bench`: how fast, beside what the broker can do at all."""

from typing import Annotated

import typer

from service.cli import output

app = typer.Typer(help="Measure the service beside a bare relay, on one broker, in one run.", no_args_is_help=True)

Messages = Annotated[int, typer.Option("--messages", min=1, help="Requests in each run.")]


@app.command("relay")
def relay(
    runs: Annotated[int, typer.Option("--runs", min=1)] = 5, messages: Messages = 4000, json: output.Json = False
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
    messages: Messages = 4000,
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


@app.command("calculate")
def calculate(
    count: Annotated[int, typer.Option("--count", min=1, help="How many calculations.")] = 2000,
    json: output.Json = False,
) -> None:
    """Measure the calculation alone, on the example requests with their start moved day by day."""
    from dataclasses import replace
    from datetime import timedelta
    from time import perf_counter

    from calculation.engine import calculate as engine
    from calculation.result import Decided
    from handlers.mapping import to_facts
    from schemas import examples
    from schemas.codec import decode
    from schemas.models import CalculationRequest

    messages = [decode(examples.path(name).read_bytes()) for name in examples.names() if name.startswith("request-")]
    kinds = [to_facts(message) for message in messages if isinstance(message, CalculationRequest)]
    facts = []
    for number in range(count):
        one, days = kinds[number % len(kinds)], timedelta(number // len(kinds) % 365)
        facts.append(replace(one, contract=replace(one.contract, start=one.contract.start + days, planned_end=None)))
    engine(facts[0])
    begun = perf_counter()
    decided = sum(isinstance(engine(one), Decided) for one in facts)
    per_second = len(facts) / (perf_counter() - begun)
    if json:
        output.tell_json({"calculations": len(facts), "decided": decided, "per_second": round(per_second, 1)})
    else:
        print(f"{len(facts)} calculations, {decided} decided: {per_second:,.0f} a second in one process.")
