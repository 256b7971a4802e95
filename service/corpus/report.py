"""What became of a corpus: how many cases were decided, and why not the others. Counts results, knows no file.

A reason is avoidable where the form could have been filled in so that it does not arise (`advice.toml`). Cases whose
reasons are all avoidable would have been decided: a second figure says how far complete forms would go.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from calculation.result import Decided, Reason, Result, ReviewReason


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of review: how many cases have it, and how many have no other one."""

    name: str
    """The review reason; for INCOMPLETE also what was missing, as in `INCOMPLETE:week`."""
    cases: int
    alone: int
    avoidable: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A corpus counted. `avoided` are the cases in review that have avoidable causes only."""

    count: int
    decided: int
    warned: int
    avoided: int
    causes: tuple[Cause, ...]
    """The most frequent first."""

    @property
    def share(self) -> float:
        """The share decided, from 0 to 1."""
        return self.decided / self.count

    @property
    def share_if_complete(self) -> float:
        """The share that would be decided, had no avoidable cause arisen."""
        return (self.decided + self.avoided) / self.count


@cache
def _book() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("advice.toml").read_text("utf-8"))


def advice(name: str, language: str) -> str | None:
    """Say what would have avoided a cause; None where whoever fills in the form cannot. LookupError for a language."""
    return _book()[language].get(name)


def cause_of(reason: Reason) -> str:
    """Name the cause behind a reason."""
    if reason.code is not ReviewReason.INCOMPLETE:
        return reason.code.value
    if reason.subject == "career_in_attachments":
        return f"{reason.code.value}:attachments"
    return f"{reason.code.value}:{'services' if reason.subject.endswith('.services') else 'week'}"


def report(results: Iterable[Result]) -> Report:
    """Count results."""
    count = decided = warned = avoided = 0
    cases: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for result in results:
        count += 1
        warned += bool(result.warnings)
        if isinstance(result, Decided):
            decided += 1
            continue
        names = {cause_of(reason) for reason in result.reasons}
        cases.update(names)
        alone.update(names if len(names) == 1 else ())
        avoided += all(advice(name, "en") for name in names)
    ranked = sorted(cases.items(), key=lambda item: (-item[1], item[0]))
    causes = tuple(Cause(name, number, alone[name], advice(name, "en") is not None) for name, number in ranked)
    return Report(count, decided, warned, avoided, causes)
