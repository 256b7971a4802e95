"""Short ways to write facts in tests: a full-time five-day contract or job unless said otherwise."""

from datetime import date
from decimal import Decimal
from typing import Any

from calculation.facts import Contract, Facts, Occupation

FULL = {"days_per_week": Decimal(5), "hours_per_week": Decimal(38), "reference_hours_per_week": Decimal(38)}
BORN = date(1996, 5, 1)


def contract(**changes: Any) -> Contract:
    return Contract(**{"start": date(2026, 9, 1), **FULL, **changes})


def job(start: date, end: date, **changes: Any) -> Occupation:
    return Occupation(**{"start": start, "end": end, **FULL, **changes})


def facts(*occupations: Occupation, **changes: Any) -> Facts:
    return Facts(**{"birth_date": BORN, "contract": contract(), "occupations": occupations, **changes})
