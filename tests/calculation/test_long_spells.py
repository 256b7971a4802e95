"""Spells longer than a career holds: what they cost must not change what they count."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from calculation.admission import last_part_time_changes, last_part_time_qualifies
from calculation.engine import calculate
from calculation.facts import Absence, Facts
from calculation.result import Decided
from calculation.shelf import shelf
from tests.calculation.build import contract, facts, job
from tests.calculation.histories import history


def test_unpaid_leave_of_eighteen_years_draws_on_the_pool_of_each() -> None:
    start, end = date(2005, 1, 3), date(2022, 12, 31)
    away = job(start, end, absences=(Absence("unpaid_leave", start, end),))
    found = calculate(facts(away, contract=contract(start=date(2023, 1, 2)), birth_date=date(1992, 5, 1)))
    assert isinstance(found, Decided)
    # the pool of 2022 went to its first ten weekdays, 3 to 14 January; the 21 months reach back to March 2022
    assert (found.computation.route, found.computation.period_start > date(2022, 1, 14)) == ("30", True)
    assert found.computation.prior_days == 0


def test_the_pool_of_the_year_inside_the_period_counts() -> None:
    start, end = date(2005, 1, 3), date(2022, 8, 31)
    away = job(start, end, absences=(Absence("unpaid_leave", start, end),))
    worked = job(date(2022, 9, 1), date(2022, 12, 30))
    found = calculate(facts(away, worked, contract=contract(start=date(2023, 1, 2)), birth_date=date(1992, 5, 1)))
    assert isinstance(found, Decided)
    # 21 months back from August 2023 is November 2021: the first ten weekdays of January 2022 are inside, at 6/5;
    # September 2022 has 22 weekdays and its last quarter 65: 12 + 26.4 + 78
    assert found.computation.period_start == date(2021, 11, 17)
    assert found.computation.prior_days == Decimal("116.4")


@pytest.mark.parametrize("seed", range(0, 400, 4))
def test_the_last_part_time_job_changes_only_on_the_days_named(seed: int) -> None:
    case: Facts = history(seed)
    law = shelf().laws[-1]
    changes = set(last_part_time_changes(case, law))
    day = case.contract.start
    held = None
    for number in range(400):
        claim = (day + timedelta(days=number)).toordinal()
        qualifies = last_part_time_qualifies(case, law, claim)
        assert held is None or qualifies == held or claim in changes
        held = qualifies
