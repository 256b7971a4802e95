"""What became of a corpus: how many cases were decided, and why not the others. Counts results, knows no file.

A reason is avoidable where the form could have been filled in so that it does not arise (`advice.toml`). How far that
would go is not guessed from the reasons: the same careers with complete forms are calculated too.
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
    """A corpus counted. `decided_if_complete`: decided of the same careers, sent with complete forms."""

    count: int
    decided: int
    warned: int
    decided_if_complete: int
    causes: tuple[Cause, ...]
    """The most frequent first."""

    @property
    def share(self) -> float:
        """The share decided, from 0 to 1."""
        return self.decided / self.count

    @property
    def share_if_complete(self) -> float:
        """The share decided of the same careers with complete forms."""
        return self.decided_if_complete / self.count


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
    first = reason.subject.partition(", ")[0]
    if first == "career_in_attachments":
        return f"{reason.code.value}:attachments"
    return f"{reason.code.value}:{'services' if first.endswith('.services') else 'week'}"


def report(results: Iterable[tuple[Result, Result]]) -> Report:
    """Count results, each beside that of the same career with a complete form."""
    count = decided = warned = complete = 0
    cases: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for result, completed in results:
        count += 1
        complete += isinstance(completed, Decided)
        warned += bool(result.warnings)
        if isinstance(result, Decided):
            decided += 1
            continue
        names = {cause_of(reason) for reason in result.reasons}
        cases.update(names)
        alone.update(names if len(names) == 1 else ())
    ranked = sorted(cases.items(), key=lambda item: (-item[1], item[0]))
    causes = tuple(Cause(name, number, alone[name], advice(name, "en") is not None) for name, number in ranked)
    return Report(count, decided, warned, complete, causes)
