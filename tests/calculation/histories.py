"""Random histories with a fixed seed: what the engine and the reference count are compared on."""

import random
from datetime import date, timedelta
from decimal import Decimal

from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service
from tests.calculation.reference import COUNTS, ILL, UNPAID, name, plus_months, quarter

ABSENCES = sorted(COUNTS | ILL | UNPAID | {"career_interruption", "detention", "unemployment_benefit", "waiting_day"})
PERIODS = [
    *("sickness_benefit", "work_accident", "maternity", "unemployment_benefit", "career_interruption", "studies"),
    *("self_employment", "self_employment", "child_raising", "force_majeure", "temporary_unemployment"),
]
CODES = [1, 1, 2, 5, 20, 70, 71, 23, 74, 301, 52]


def absences(rng: random.Random, start: date, end: date) -> tuple[Absence, ...]:
    found = []
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        first = start + timedelta(days=rng.randint(-5, max(1, (end - start).days)))
        last = first + timedelta(days=rng.choice([0, 1, 4, 11, 13, 30, 75, 200]))
        found.append(Absence(rng.choice(ABSENCES), first, last))
    return tuple(found)


def services(rng: random.Random, start: date, end: date, full: bool) -> tuple[Service, ...]:
    found = []
    day = start
    while day <= end:
        first, last = quarter(day)
        if rng.random() < 0.6:
            for code in {1, rng.choice(CODES)}:
                days = Decimal(rng.randint(0, 66) if code == 1 else rng.randint(0, 8)) + rng.choice(
                    [0, 0, Decimal("0.5")]
                )
                hours = Decimal(rng.randint(0, 25000)) / 100
                found.append(
                    Service(name(first), code, days if full else None, None if full else hours, rng.random() < 0.8)
                )
        day = last + timedelta(days=1)
    return tuple(found)


def regime(rng: random.Random) -> tuple[Decimal, Decimal, Decimal]:
    if rng.random() < 0.55:
        return Decimal(rng.choice([5, 5, 5, 6])), Decimal(38), Decimal(38)
    hours = Decimal(rng.choice(["19", "20", "24", "28.5", "30", "12.67", "37.5"]))
    reference = Decimal(rng.choice(["38", "38", "40", "36.5"]))
    return Decimal(rng.choice([5, 5, 6] if hours >= reference else [3, 4, 5, 5, 6])), hours, reference


def history(seed: int) -> Facts:
    rng = random.Random(seed)  # noqa: S311 - test data
    old = rng.random() < 0.45
    start = (
        date(2014, 1, 1) + timedelta(days=rng.randint(0, 4200))
        if old
        else date(2026, 2, 20) + timedelta(days=rng.randint(0, 900))
    )
    born = date(rng.choice([1968, 1972, 1976, 1979, 1984, 1988, 1996]), rng.randint(1, 12), rng.randint(1, 28))
    born = date(born.year + (start.year - 2026), born.month, born.day)
    occupations = []
    for _ in range(rng.choice([0, 1, 1, 2, 2, 3, 5])):
        far = rng.choice([300, 1200, 1500, 3800])
        first = start - timedelta(days=rng.randint(2, far))
        last = min(first + timedelta(days=rng.choice([10, 60, 91, 180, 364, 600, 1500])), start - timedelta(days=1))
        if rng.random() < 0.3:
            first, last = quarter(first)[0], max(quarter(first)[1], min(quarter(last)[1], start - timedelta(days=1)))
        if last >= start:
            continue
        r, q, s = regime(rng)
        occupations.append(
            Occupation(
                start=first,
                end=last,
                days_per_week=r,
                hours_per_week=q,
                reference_hours_per_week=s,
                absences=absences(rng, first, last),
                services=services(rng, first, last, q >= s) if rng.random() < 0.4 else (),
            )
        )
    periods = []
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        first = start - timedelta(days=rng.randint(1, rng.choice([400, 1500])))
        last = min(
            first + timedelta(days=rng.choice([5, 40, 59, 89, 91, 120, 182, 400, 800])), start - timedelta(days=1)
        )
        kind = rng.choice(PERIODS)
        paid = True if kind == "self_employment" and rng.random() < 0.1 else None
        periods.append(Period(kind, first, last, paid))
    r, q, s = regime(rng) if rng.random() < 0.15 else (Decimal(rng.choice([5, 5, 5, 6])), Decimal(38), Decimal(38))
    admission = start - timedelta(days=rng.randint(0, 900)) if rng.random() < 0.15 else None
    planned = start + timedelta(days=rng.randint(100, 500)) if rng.random() < 0.2 else None
    return Facts(
        birth_date=born,
        contract=Contract(
            start=start,
            planned_end=planned,
            days_per_week=r,
            hours_per_week=q,
            reference_hours_per_week=s,
            absences=absences(rng, start, plus_months(start, 14)) if rng.random() < 0.4 else (),
        ),
        occupations=tuple(occupations),
        periods=tuple(periods),
        previous_admission=admission,
    )
