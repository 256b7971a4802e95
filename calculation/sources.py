"""The legal texts that an answer applies, with their titles and ELI: what a reader looks up."""

from collections.abc import Iterator

from calculation.result import Decided, Result
from calculation.shelf import Instrument, instrument
from calculation.steps import Step


def instruments(result: Result) -> list[Instrument]:
    """Give each text that the steps of an answer or of the proposals apply, by its id."""
    found = (result.computation,) if isinstance(result, Decided) else result.proposals
    named = {step.instrument for computation in found for step in _walk(computation.steps)}
    return [instrument(name) for name in sorted(named)]


def _walk(step: Step) -> Iterator[Step]:
    yield step
    for child in step.children:
        yield from _walk(child)
