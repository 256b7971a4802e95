"""Careers as hypothesis draws them: small numbers around one contract, so that a failing one shrinks to few facts.

    careers() ──► Facts: jobs one after the other with gaps between, periods in some of the gaps, one contract

Jobs never overlap here; what depends on overlaps is drawn by the properties that need it.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from calculation.days import quarter_name, quarter_of, quarter_span
from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service

Draw = Callable[..., int]

WEEKS = [("5", "38", "38"), ("6", "38", "38"), ("5", "19", "38"), ("4", "30.4", "38"), ("3", "12.67", "36.5")]
LOST = ["unpaid_leave", "unjustified_absence", "unemployment_benefit", "waiting_day"]
KEPT = ["paid_leave", "maternity", "temporary_unemployment", "strike"]
MOVING = ["sickness_benefit", "career_interruption", "detention"]
OUTSIDE = [
    "maternity",
    "temporary_unemployment",
    "sickness_benefit",
    "self_employment",
    "career_interruption",
    "studies",
]
STARTS = (date(2014, 1, 6), date(2032, 1, 1))
REFORMED = (date(2026, 3, 2), date(2032, 1, 1))
"""Starts of contracts all of whose claims fall under the text in force since 1 March 2026."""
CODES = [1, 2, 5, 70, 74, 22]


@st.composite
def careers(
    draw: Draw,
    *,
    absences: tuple[str, ...] = (*LOST, *KEPT, *MOVING),
    services: bool = True,
    starts: tuple[date, date] = STARTS,
    worked: bool = False,
) -> Facts:
    """Draw a person, a past without overlaps, and a full-time contract; `worked` for at least one job."""
    start = draw(st.dates(*starts))
    occupations: list[Occupation] = []
    periods: list[Period] = []
    end = start - timedelta(days=1)
    for _ in range(draw(st.integers(int(worked), 5))):
        last = end - timedelta(days=draw(st.integers(0, 200)))
        first = last - timedelta(days=draw(st.integers(0, 500)))
        end = first - timedelta(days=1)
        if (worked and not occupations) or draw(st.booleans()):
            occupations.append(draw(jobs(first, last, absences, services)))
        else:
            periods.append(Period(draw(st.sampled_from(OUTSIDE)), first, last))
    return Facts(
        birth_date=start - timedelta(days=draw(st.integers(18 * 365, 60 * 365))),
        contract=Contract(start=start, **draw(regimes(WEEKS[:2])), absences=draw(spells(start, None, absences))),
        occupations=tuple(reversed(occupations)),
        periods=tuple(reversed(periods)),
        previous_admission=draw(st.none() | st.integers(0, 900).map(lambda ago: start - timedelta(days=ago))),
    )


def regimes(weeks: list[tuple[str, str, str]]) -> st.SearchStrategy[dict[str, Decimal]]:
    """Draw R, Q and S."""
    names = ("days_per_week", "hours_per_week", "reference_hours_per_week")
    return st.sampled_from(weeks).map(lambda week: dict(zip(names, map(Decimal, week), strict=True)))


@st.composite
def jobs(draw: Draw, first: date, last: date, absences: tuple[str, ...], services: bool) -> Occupation:
    """Draw a job of those dates."""
    regime = draw(regimes(WEEKS))
    return Occupation(
        start=first,
        end=last,
        **regime,
        absences=draw(spells(first, last, absences)),
        services=draw(declarations(first, last)) if services and draw(st.integers(0, 3)) == 0 else (),
    )


@st.composite
def spells(draw: Draw, first: date, last: date | None, kinds: tuple[str, ...]) -> tuple[Absence, ...]:
    """Draw absences that begin inside a job, or in the first year of a contract."""
    if not kinds:
        return ()
    room = 365 if last is None else (last - first).days
    found = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        start = first + timedelta(days=draw(st.integers(0, room)))
        end = start + timedelta(days=draw(st.integers(0, 60)))
        found.append(Absence(draw(st.sampled_from(kinds)), start, end if last is None else min(end, last)))
    return tuple(found)


@st.composite
def declarations(draw: Draw, first: date, last: date) -> tuple[Service, ...]:
    """Draw what was declared for some quarters of a job: days and hours, so that any week may use them."""
    found = []
    for quarter in range(quarter_of(first.toordinal()), quarter_of(last.toordinal()) + 1):
        if draw(st.booleans()):
            length = quarter_span(quarter)[1] - quarter_span(quarter)[0] + 1
            days = draw(st.integers(0, length - 20))
            found.append(Service(quarter_name(quarter), draw(st.sampled_from(CODES)), Decimal(days), Decimal(days * 4)))
    return tuple(found)
