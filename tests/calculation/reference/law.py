"""The rules as lists and figures, copied by hand from the specification: never from the engine's law files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tests.calculation.reference.dates import age_on

OLD, NEW = "ar-1991@2012-11-01", "ar-1991@2026-03-01"
MODELLED, REFORM = date(2012, 11, 1), date(2026, 3, 1)

ASSIMILATED = {
    *("paid_holiday", "public_holiday", "paid_leave", "compensatory_rest", "guaranteed_pay", "strike", "lay_judge"),
    *("foster_care", "maternity", "birth_leave", "adoption_leave", "temporary_unemployment"),
}
ILLNESS = {"sickness_benefit", "work_accident", "occupational_disease"}
AWAY = {"career_interruption", "detention"}
BENEFITS = {"unemployment_benefit", "waiting_day"}
UNPAID = {"unpaid_leave", "unjustified_absence"}
EVENTS = {"self_employment", "child_raising", "force_majeure", "studies"}
"""Kinds that only ever extend the period, under one law or both."""

_OLD_CODES = {
    "counts": {1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 20, 21, 23, 75},
    "if paid": {50, 51, 52, 60, 61, 70, 71, 72, 73, 76, 77},
    "pool": {22, 24, 25, 26, 30},
    "lost": {74, 301},
}
_NEW_CODES = {
    "counts": {1, 2, 3, 5, 10, 11, 12, 20, 21, 52, 75},
    "if paid": {70, 71, 72, 76, 77},
    "lost": {22, 23, 24, 25, 26, 30, 74, 301},
    "extends": {50, 60, 61},
}
CODE_DATES = {50: "sickness_benefit", 60: "work_accident", 61: "occupational_disease"}
NOT_WORK = {"statutory", "student", "apprentice"}
ADMISSIONS = {"30", "33"}
PENSION_AGES = [(1964, 67), (1960, 66), (0, 65)]


def law_of(claim: date) -> str | None:
    """Give the law of a claim date; None before the first modelled one."""
    if claim >= REFORM:
        return NEW
    return OLD if claim >= MODELLED else None


def absence_effect(kind: str, law: str) -> str:
    """Say what an absence does to its days: `counts`, `lost`, `extends` (and is lost), `pool` or `unsettled`."""
    if kind in ASSIMILATED:
        return "counts"
    if kind in ILLNESS:
        return "extends" if law == NEW else "counts"
    if kind in AWAY:
        return "extends"
    if kind in BENEFITS:
        return "lost" if law == NEW else "counts"
    if kind in UNPAID:
        return "lost" if law == NEW else "pool"
    return "unsettled"


def code_effect(code: int, law: str, *, benefit_paid: bool) -> str:
    """Say what a declared performance code does to its days or hours."""
    table = _NEW_CODES if law == NEW else _OLD_CODES
    effect = next((effect for effect, codes in table.items() if code in codes), "unsettled")
    if effect == "if paid":
        return "counts" if benefit_paid else "lost"
    return effect


def period_extends(kind: str, law: str, benefit_paid: bool | None) -> bool:
    """Tell whether a spell outside any contract is an event that extends the period (AR 30 al. 3)."""
    if kind == "self_employment":
        return benefit_paid is not True
    if benefit_paid is False:
        return False
    if law == NEW:
        return kind in ILLNESS or kind == "career_interruption"
    return kind in EVENTS | AWAY


def least_months(kind: str, law: str) -> int:
    """How long an event must last, date to date, to extend."""
    return {"self_employment": 3 if law == NEW else 6, "child_raising": 6}.get(kind, 0)


MOST_YEARS = {"self_employment": 15, "child_raising": 6}


@dataclass(frozen=True)
class Way:
    """One route to the stage: days inside so many months, perhaps earlier days that depend on them (AR 32)."""

    route: str
    days: int
    months: int
    earlier: Callable[[int], int] | None = None


ROWS = [(0, 312, 21), (36, 468, 33), (50, 624, 42)]


def ways(birth: date, claim: date) -> list[Way]:
    """Give the routes on one claim date, in order: own row, art. 32 of the own class, rows of older classes."""
    if law_of(claim) == NEW:
        return [Way("30", 312, 36)]
    own = max(place for place, (age, _, _) in enumerate(ROWS) if age_on(birth, claim) >= age)
    _, days, months = ROWS[own]
    found = [Way("30", days, months)]
    if own == 1:
        found += [Way("32", 234, 33, lambda _: 1560), Way("32", 312, 33, lambda inside: 8 * (468 - inside))]
    if own == 2:
        found += [Way("32", 312, 42, lambda _: 1560), Way("32", 416, 42, lambda inside: 8 * (624 - inside))]
    return found + [Way("30-older", days, months) for _, days, months in ROWS[own + 1 :]]
