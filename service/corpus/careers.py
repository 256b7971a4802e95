"""Invented careers in the case format: a person, a past, a planned or running article 60 contract.

    Dice ──► contract ──► jobs, back from the contract ──► periods in the gaps ──► {"id": …, "source": …, "facts": …}

Jobs are laid one behind the other, from the contract back into the past, so that they overlap only where a figure says
so. Nothing is drawn again because of what the calculation makes of it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from service.corpus.dice import Dice
from service.corpus.services import services

SEED = 20261101

_SOURCE = "invented; drawn from assumptions, not from statistics"
_FULL = Decimal(38)
_GROWN_UP = 18
_LONG = 365
"""Days from which on a job may have opened a right by itself."""
_YOUNG_STATUS = ("student", "apprentice")
_LAST_STUDENT_AGE = 26
_DAY = timedelta(days=1)

Table = dict[str, Any]


def cases(count: int, seed: int = SEED, *, complete: bool = False) -> Iterator[Table]:
    """Give so many cases; the same seed gives the same ones, and a longer corpus begins with a shorter one.

    `complete` gives the same careers as a centre sends them that fills in the form completely and without slips.
    """
    for number in range(1, count + 1):
        yield case(Dice(seed, number, complete=complete), f"career-{seed}-{number:05d}")


def case(dice: Dice, name: str) -> Table:
    """Draw one case."""
    running = dice.happens("request.second_calculation")
    contract = _contract(dice, running=running)
    start = contract["start"]
    born = _years_before(start, dice.between("person.age")) - timedelta(days=dice.below(365))
    jobs = list(_jobs(dice, start, born))
    facts: Table = {"birth_date": born, **_request(dice, running=running), "contract": contract}
    facts |= _admission(dice, start, born)
    facts["occupations"] = sorted(jobs, key=lambda job: (job["start"], job["end"]))
    facts["periods"] = _periods(dice, facts["occupations"], start, _years_before(born, -_GROWN_UP))
    return {"id": name, "source": _SOURCE, "facts": facts}


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))


def _request(dice: Dice, *, running: bool) -> Table:
    found: Table = {}
    if dice.happens("request.third_calculation"):
        found["calculation_number"] = 3
    elif running:
        found["calculation_number"] = 2
    for name, key in (("human_asked", "human_review_asked"), ("career_in_attachments", "career_in_attachments")):
        if dice.happens(f"request.{name}"):
            found[key] = True
    if dice.happens("request.work_permit_matters"):
        found["work_permit_matters"] = True
    if dice.happens("request.anomaly"):
        found["anomalies_to_investigate"] = ["00024-003"]
    return found


def _admission(dice: Dice, start: date, born: date) -> Table:
    found: Table = {}
    if dice.happens("admission.earlier"):
        day = _years_before(start, dice.between("admission.years_ago")) - timedelta(days=dice.below(365))
        if day > _years_before(born, -_GROWN_UP):
            found["previous_admission"] = day
            found["previous_admission_article"] = dice.choice("admission.article")
            over = -1 - dice.below(400) if not dice.happens("admission.still_running") else 200 + dice.below(400)
            found["right_until"] = max(day, start + timedelta(days=over))
    if dice.happens("admission.loss_of_right"):
        found["fresh_stage_from"] = start - timedelta(days=dice.below(700))
    return found


def _start(dice: Dice) -> date:
    first = date.fromisoformat(dice.choice("request.first_start"))
    day = first + timedelta(days=dice.between("request.last_start_days"))
    match dice.choice("request.start_day"):
        case "first of the month":
            day = day.replace(day=1)
        case "monday":
            day -= timedelta(days=day.weekday())
    while day.isoweekday() > 5:
        day += _DAY
    return max(day, first)


def _contract(dice: Dice, *, running: bool) -> Table:
    start = _start(dice)
    found: Table = {"start": start}
    if running:
        found["start"] = start = start - timedelta(days=dice.between("request.running_for_days"))
    if dice.happens("contract.signed_end" if running else "contract.planned_end"):
        months = dice.choice("contract.planned_months")
        year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
        found["planned_end"] = date(year, month + 1, min(start.day, 28)) - _DAY
    found |= _week(dice, "contract")
    if running and dice.happens("contract.absence"):
        found["absences"] = [_absence(dice, start)]
    return found


def _absence(dice: Dice, start: date) -> Table:
    first = start + timedelta(days=10 + dice.below(150))
    last = first + timedelta(days=dice.between("contract.absence_days") - 1)
    return {"kind": dice.choice("contract.absence_kind"), "start": first, "end": last}


def _week(dice: Dice, of: str) -> Table:
    week = dice.choice(f"{of}.week")
    full = dice.happens(f"{of}.full_time")
    hours = _FULL if full else Decimal(dice.choice(f"{of}.part_time_hours"))
    return {"days_per_week": week, "hours_per_week": hours, "reference_hours_per_week": _FULL}


def _jobs(dice: Dice, start: date, born: date) -> Iterator[Table]:
    """Lay jobs one behind the other, from some time before the contract back to the eighteenth birthday."""
    kind = dice.choice("past.kind")
    if kind == "none":
        return
    end = start - timedelta(days=dice.between("past.since"))
    match kind:
        case "one job":
            lengths, gap = ["past.length"], "past.between"
        case "some jobs":
            lengths, gap = ["past.length"] * dice.between("past.jobs"), "past.between"
        case _:
            lengths, gap = ["past.interim_days"] * dice.between("past.interim_spells"), "past.interim_gap"
    # all spells of an interim career are one agency's: its country, its status, its way to fill in a form
    agency = _employer(dice, end, born) if kind == "interim" else None
    for length in lengths:
        days = dice.between(length)
        if days > _LONG:
            end = min(end, start - timedelta(days=dice.between("past.long_since")))
        first = end - timedelta(days=days - 1)
        if first <= _years_before(born, -_GROWN_UP):
            return
        yield from _job(dice, {"start": first, "end": end}, agency or _employer(dice, end, born), agency is not None)
        end = first - timedelta(days=dice.between(gap))


def _employer(dice: Dice, day: date, born: date) -> Table:
    """Draw what all work for one employer has in common; the keys in capitals are for the generator alone."""
    found: Table = {"UNKNOWN_WEEK": dice.happens("past.week_unknown"), "SERVICES": dice.happens("services.known")}
    if dice.happens("past.foreign"):
        found["country"] = dice.choice("past.country")
    elif dice.happens("past.special_status"):
        status = dice.choice("past.status")
        if status not in _YOUNG_STATUS or day < _years_before(born, -_LAST_STUDENT_AGE):
            found["status"] = status
    return found


def _job(dice: Dice, spell: Table, employer: Table, interim: bool) -> Iterator[Table]:
    job = {**spell, **_week(dice, "past")}
    if interim:
        # an agency pays by the hour of a full week, whatever the client's rhythm
        job |= {"days_per_week": 5, "hours_per_week": _FULL}
    hours = job["hours_per_week"]
    job |= {name: value for name, value in employer.items() if name.islower()}
    if employer["UNKNOWN_WEEK"]:
        del job["hours_per_week"]
    elif employer["SERVICES"] and employer.keys().isdisjoint(("country", "status")):
        job |= services(dice, job)
    yield job
    if hours <= _FULL / 2 and dice.happens("past.second_job"):
        yield {**spell, **_week(dice, "past"), "hours_per_week": Decimal(12)}


def _periods(dice: Dice, jobs: list[Table], start: date, grown_up: date) -> list[Table]:
    """Put a period into the time after the last job, or before the first one where there is none."""
    if not dice.happens("period.any"):
        return []
    careless = dice.happens("period.careless")
    last = max((job["end"] for job in jobs), default=None)
    room = ((last or start - timedelta(days=1500)) + _DAY, start - _DAY)
    first = max(room[0], grown_up) + timedelta(days=dice.below(60))
    if last is not None and careless:
        first = last
    until = min(room[1], first + timedelta(days=dice.between("period.days") - 1))
    if first > until:
        return []
    period: Table = {"kind": dice.choice("period.kind"), "start": first, "end": until}
    if period["kind"] == "self_employment" and dice.happens("period.benefit_paid"):
        period["benefit_paid"] = True
    return [period]
