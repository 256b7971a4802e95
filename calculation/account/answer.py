"""What an account is given of, and how its figures are written. It refuses to count anything."""

from dataclasses import dataclass
from datetime import date

from calculation.admission import Ledger, Route
from calculation.counting import CONTRACT, TEN_THOUSAND, Job, rounded_up
from calculation.days import Spell
from calculation.law import Law, Method, Rule
from calculation.reading_a import ReadingA


@dataclass(frozen=True, slots=True)
class Answer:
    """What an account is given of: one route met on one claim date."""

    ledger: Ledger
    route: Route
    method: Method
    contract_start: int
    claim: int
    base: int
    start: int
    counts_from: int
    reading: str
    reading_a: int | None
    reading_b: int | None
    prior: int
    remaining: int
    half_days: ReadingA | None = None
    alone: bool = False
    """True for the proposal of one reading alone, where the other may not be met."""

    @property
    def law(self) -> Law:
        """The law of the claim date."""
        return self.ledger.law

    @property
    def window(self) -> Spell:
        """The days that may count."""
        return self.counts_from, self.claim - 1

    @property
    def unit(self) -> str:
        """The unit of its totals: days or, for art. 33, half-days."""
        return "day" if self.half_days is None else "half_day"

    @property
    def letter(self) -> Rule:
        """What its totals by reading A rest on: the letter of the decree for days or, for art. 33, for half-days."""
        counting = self.ledger.counting
        return counting.letter if self.half_days is None else counting.half_days


def written(amount: int) -> str:
    """Write ten-thousandths of a day as a plain decimal: `99.6`."""
    whole, rest = divmod(amount, TEN_THOUSAND)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)


def dates(spell: Spell) -> tuple[date, date]:
    """Give a spell as dates."""
    return date.fromordinal(spell[0]), date.fromordinal(spell[1])


def job_name(place: int) -> str:
    """Name a job in a step's inputs: `contract`, or its place among the occupations, from 1."""
    return "contract" if place == CONTRACT else str(place + 1)


_MOST_TERMS = 40
"""Terms that a written sum has at most: the message's formula holds 500 characters."""


def summed(terms: list[str]) -> str:
    """Write a sum; a very long one without its middle."""
    if len(terms) > _MOST_TERMS:
        terms = [*terms[: _MOST_TERMS - 4], "…", *terms[-3:]]
    return " + ".join(terms)


def difference(required: int, proven: int) -> str:
    """Write what is left of the days required, with the sign of the formulas; `⌈ ⌉` where the proven are rounded up."""
    whole = rounded_up(proven)
    told = str(whole) if whole * TEN_THOUSAND == proven else f"⌈{written(proven)}⌉"
    return f"{required} − {told} = {required - whole}".replace("= -", "= −")


def equals(terms: list[str], total: str) -> str:
    """Write a sum with its total; a single term that is the total stands alone, and no term is nothing."""
    if not terms:
        return "0"
    return total if terms == [total] else f"{summed(terms)} = {total}"


def doubled(terms: list[str], times: int, total: str) -> str:
    """Write the half-days of a sum of days, such as `39.4286 × 2 = 78.8572`."""
    days_ = summed(terms) if len(terms) == 1 else f"({summed(terms)})"
    return f"{days_} × {times} = {total}"


def by_dates(job: Job, scheduled: int, counted: int) -> str:
    """Write days by dates with their worth, such as `(22 − 10) × 6/5`: scheduled days less the lost ones."""
    days_ = f"({scheduled} − {scheduled - counted})" if counted < scheduled else str(counted)
    return f"{days_} × {job.day_written}"
