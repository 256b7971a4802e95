"""`bench`: how fast, beside what the broker can do at all."""

from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import output

if TYPE_CHECKING:
    from service.bench.calculation import Measured

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
    count: Annotated[int, typer.Option("--count", min=1, help="How many calculations of example requests.")] = 2000,
    most: Annotated[
        int, typer.Option("--most", min=5, help="Largest case: jobs, absences or events; 5 000 tells the growth.")
    ] = 5000,
    json: output.Json = False,
) -> None:
    """Measure the calculation alone: example requests, then awkward cases of growing size, in CPU time of one core."""
    from service.bench.calculation import SIZES, measured
    from service.bench.shapes import SHAPES

    per_second, decided = _examples(count)
    if json:
        output.tell_json({"calculations": count, "decided": decided, "per_second": round(per_second, 1)})
    else:
        print(f"{count} calculations, {decided} decided: {per_second:,.0f} a second of CPU in one process.\n")
    sizes = tuple(size for size in SIZES if size <= most)
    rows: dict[str, list[Measured]] = {}
    for one in output.tracked(measured(sizes), len(SHAPES) * len(sizes), quietly=json):
        rows.setdefault(one.shape, []).append(one)
        if json:
            output.tell_json(asdict(one))
    if not json:
        _tell_growth(rows, sizes)


def _examples(count: int) -> tuple[float, int]:
    """Give how many example calculations fit into a second of CPU, and how many of them were decided."""
    from time import process_time

    from calculation.engine import calculate as engine
    from calculation.result import Decided
    from service.bench.calculation import examples

    facts = examples(count)
    engine(facts[0])
    begun = process_time()
    decided = sum(isinstance(engine(one), Decided) for one in facts)
    return count / (process_time() - begun), decided


def _tell_growth(rows: "dict[str, list[Measured]]", sizes: tuple[int, ...]) -> None:
    from service.bench.calculation import growth
    from service.bench.shapes import SHAPES

    headings = ("shape", *(f"{size} (ms)" for size in sizes), "growth")
    lines = []
    for shape, found in rows.items():
        steps = [growth(one, other) for one, other in pairwise(found)]
        figures = [f"{one.milliseconds:.2f}" for one in found]
        lines.append((shape, *figures, " ".join(f"{step:.2f}" for step in steps)))
    output.show(headings, lines, title="CPU milliseconds of one calculation, median")
    print("growth: cost per unit of size against the size before; 1 is linear, below it is better.\n")
    for name, made in SHAPES.items():
        print(f"{name:18} {(made.__doc__ or '').splitlines()[0]}")
