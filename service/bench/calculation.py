"""The calculation alone: what a case costs, and how that grows with its size.

    shape(size) ──► engine, so many times ──► median of the CPU time of this process

CPU time of one process on one core, so that what else the machine does counts little. The engine's own caches of
calendar arithmetic are warm, as they are in a service.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import process_time

from calculation.engine import calculate
from calculation.facts import Facts
from calculation.result import Decided
from service.bench.shapes import SHAPES

SIZES = (5, 50, 500, 5000)
_LEAST_RUNS = 3
_MOST_RUNS = 50
_ENOUGH = 0.25
"""Seconds of CPU that a measurement may take before its median is taken."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one shape of one size costs."""

    shape: str
    size: int
    milliseconds: float
    """Median CPU time of one calculation."""
    runs: int
    outcome: str
    """`decided`, or the review reasons."""


def milliseconds(work: Callable[[], object]) -> tuple[float, int]:
    """Give the median CPU time of some work, and how often it was run."""
    taken: list[float] = []
    while len(taken) < _LEAST_RUNS or (sum(taken) < _ENOUGH and len(taken) < _MOST_RUNS):
        begun = process_time()
        work()
        taken.append(process_time() - begun)
    return median(taken) * 1000, len(taken)


def measure(shape: str, size: int) -> Measured:
    """Measure one shape. LookupError for a name that is none."""
    facts = SHAPES[shape](size)
    result = calculate(facts)
    outcome = "decided" if isinstance(result, Decided) else " ".join(reason.code for reason in result.reasons)
    taken, runs = milliseconds(lambda: calculate(facts))
    return Measured(shape, size, taken, runs, outcome)


def measured(sizes: tuple[int, ...] = SIZES) -> Iterator[Measured]:
    """Measure every shape in every size, the ordinary one first."""
    for shape in SHAPES:
        for size in sizes:
            yield measure(shape, size)


def growth(smaller: Measured, larger: Measured) -> float:
    """Tell how much more a larger case costs for each unit of its size: about 1 or below where the cost is linear."""
    return (larger.milliseconds / smaller.milliseconds) / (larger.size / smaller.size)


def examples(count: int) -> list[Facts]:
    """Give the facts of the example requests, their start moved day by day so that no two are the same."""
    from dataclasses import replace

    from handlers.mapping import to_facts
    from schemas import examples as stored
    from schemas.codec import decode
    from schemas.models import CalculationRequest

    messages = [decode(stored.path(name).read_bytes()) for name in stored.names() if name.startswith("request-")]
    kinds = [to_facts(message) for message in messages if isinstance(message, CalculationRequest)]
    found = []
    for number in range(count):
        one, days = kinds[number % len(kinds)], timedelta(number // len(kinds) % 365)
        found.append(replace(one, contract=replace(one.contract, start=one.contract.start + days, planned_end=None)))
    return found
