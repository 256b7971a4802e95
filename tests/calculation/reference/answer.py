"""The whole answer: walk the claim dates one by one, then say what `calculate --json` says."""

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

from calculation.facts import Facts
from tests.calculation.reference.dates import DAY, each, is_clipped, non_sundays, plus_months, rounded
from tests.calculation.reference.law import NEW, PENSION_AGES, REFORM, Way, law_of, ways
from tests.calculation.reference.reasons import ORDER, cannot_be_held, of_declaration, of_scope, scope_start
from tests.calculation.reference.stage import Met, Stage

FAR = 14


@dataclass
class Dates:
    """Each reading's first date, and the first one, not before the later, on which both are met."""

    a: date | None = None
    b: date | None = None
    both: date | None = None

    @property
    def deciding(self) -> str:
        """The reading whose own first date is the later one; A if equal."""
        return "b" if self.a and self.b and self.b > self.a else "a"

    @property
    def found(self) -> list[date]:
        return [day for day in (self.a, self.b, self.both) if day]

    @property
    def far_apart(self) -> bool:
        if not self.a or not self.b:
            return False
        late = self.both is not None and (self.both - max(self.a, self.b)).days > FAR
        return late or abs((self.a - self.b).days) > FAR


def search(stage: Stage, first: date, last: date) -> Dates:
    """Look at each claim date, up to and including the fifth anniversary of the contract's start."""
    dates = Dates()
    for claim in each(first, last):
        a, b = stage.met("a", claim), stage.met("b", claim)
        dates.a = dates.a or (claim if a else None)
        dates.b = dates.b or (claim if b else None)
        if a and b:
            dates.both = claim
            break
    return dates


def computation(
    stage: Stage, claim: date, law: str, met: Met, reading: str, dates: Dates, *, half_days: bool = False
) -> dict[str, Any]:
    """Give one computed answer as it is printed."""
    proven = stage.proven(reading, law, met.start, claim, half_days=half_days)
    whole, rest = divmod(int(rounded(proven) * 10000), 10000)
    return {
        "law": law,
        "route": met.way.route,
        "required_days": met.way.days,
        "prior_days": f"{whole}.{rest:04d}",
        "remaining_days": max(0, met.way.days - ceil(proven)),
        "first_claim_date": claim.isoformat(),
        "contract_end": (claim - DAY).isoformat(),
        "period_start": met.start.isoformat(),
        "period_end": (claim - DAY).isoformat(),
        "reading_a_date": dates.a.isoformat() if dates.a else None,
        "reading_b_date": dates.b.isoformat() if dates.b else None,
        "contract_days": non_sundays(stage.facts.contract.start, claim - DAY),
    }


FIELDS = (
    *("law", "route", "required_days", "prior_days", "remaining_days", "first_claim_date", "contract_end"),
    *("period_start", "period_end", "reading_a_date", "reading_b_date", "contract_days"),
)


def solve(facts: Facts) -> dict[str, Any]:
    """Give every field that is printed for a case, but the steps and the receipt."""
    stage = Stage(facts)
    start = facts.contract.start
    first, last = start + DAY, plus_months(start, 60)
    law = law_of(first)
    reasons = set(of_declaration(stage))
    if law is None:
        return _printed({*reasons, "NOT_YET_MODELLED"}, [], [])
    dates = search(stage, first, last) if stage.contract.countable else Dates()
    if law_of(start) and (stage.met("a", start) or stage.met("b", start)):
        reasons.add("ALREADY_MET")
    if stage.contract.part and start >= REFORM and stage.half_days_met(start):
        reasons.add("ALREADY_MET")
    if stage.contract.countable:
        reasons |= set(_of_dates(facts, dates))
    if dates.both:
        reasons |= set(_of_claim(stage, dates.both))
    reasons |= set(_of_scope(stage, dates, first, last, law))
    proposals = [] if not stage.contract.countable or cannot_be_held(stage) else _proposals(stage, dates, first, last)
    return _printed(reasons, _warnings(facts, dates), proposals)


def _printed(reasons: set[str], warnings: list[str], proposals: list[dict[str, Any]]) -> dict[str, Any]:
    listed = [reason for reason in ORDER if reason in reasons]
    decided = proposals[0] if not listed else dict.fromkeys(FIELDS)
    return {
        "outcome": "review" if listed else "decided",
        "reasons": listed,
        "warnings": warnings,
        **decided,
        "proposals": proposals if listed else [],
    }


def _of_dates(facts: Facts, dates: Dates) -> list[str]:
    found = []
    planned = facts.contract.planned_end
    if planned and sum(1 for day in (dates.a, dates.b) if day and day <= planned + DAY) == 1:
        found.append("READINGS_STRADDLE")
    if dates.far_apart:
        found.append("READINGS_FAR_APART")
    if dates.a and dates.b and law_of(dates.a) != law_of(dates.b):
        found.append("REGIME_BOUNDARY")
    if not dates.both:
        found.append("NEVER_REACHED")
    return found


def _of_claim(stage: Stage, claim: date) -> list[str]:
    facts, found = stage.facts, []
    if facts.right_until and facts.right_until >= claim:
        found.append("RUNNING_RIGHT")
    age = next(age for year, age in PENSION_AGES if facts.birth_date.year >= year)
    pension = plus_months(facts.birth_date, 12 * age)
    if (claim.year, claim.month) > (pension.year, pension.month):
        found.append("AGE_LIMIT")
    clipped = any(is_clipped(claim, -way.months) for way in ways(facts.birth_date, claim))
    if clipped and not all(stage.met(reading, claim, later_start=True) for reading in "ab"):
        found.append("CLIPPED_MONTH")
    return found


def _of_scope(stage: Stage, dates: Dates, first: date, last: date, law: str) -> list[str]:
    """Reasons about the days from the earliest claim's period on to the answer, under the laws looked at."""
    until = max(dates.found) if dates.both else last
    start = scope_start(stage, first, law)
    if dates.both:
        met = stage.met(dates.deciding, dates.both)
        assert met is not None
        start = min(start, plus_months(met.start, -120) if met.way.earlier else met.start)
    laws = [found for found in dict.fromkeys((law, law_of(until))) if found]
    return list(of_scope(stage, (start, until - DAY), laws))


def _warnings(facts: Facts, dates: Dates) -> list[str]:
    planned = facts.contract.planned_end
    if not planned or not dates.both or planned + DAY == dates.both:
        return []
    return ["PLANNED_END_TOO_EARLY" if planned + DAY < dates.both else "PLANNED_END_TOO_LATE"]


def _proposals(stage: Stage, dates: Dates, first: date, last: date) -> list[dict[str, Any]]:
    """Propose the answer, each reading's own date where they lie far apart, and art. 33 for a part-time contract."""
    wanted = [(dates.both, dates.deciding)] if dates.both else []
    if dates.far_apart:
        wanted += [(day, name) for day, name in ((dates.a, "a"), (dates.b, "b")) if day and day != dates.both]
    found = []
    for claim, reading in wanted:
        met, law = stage.met(reading, claim), law_of(claim)
        assert met is not None
        assert law is not None
        found.append(computation(stage, claim, law, met, reading, dates))
    if stage.contract.part:
        found += _half_days(stage, max(first, REFORM), last)
    return found


def _half_days(stage: Stage, first: date, last: date) -> list[dict[str, Any]]:
    for claim in each(first, last):
        start = stage.half_days_met(claim)
        if start:
            met = Met(Way("33", 312, 36), start)
            return [computation(stage, claim, NEW, met, "a", Dates(claim, None, claim), half_days=True)]
    return []
