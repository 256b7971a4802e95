"""The timeline of an answer: facts and computation turned into spans of days, each with one meaning.

    facts ───────┐
    computation ─┴─► timeline_of ──► period    plain start, extended start, day from which days count
                                     events    what moves the start back, and what does not
                                     rows      contract, each job, each kind of outside period, cut into spans
                                     quarters  each quarter's sum by the letter of AM 7

It counts through the ledger that gave the answer and decides nothing; it draws nothing either, a picture is made of it
elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from calculation import days
from calculation.admission import TEN_YEARS, VOLUNTARY_PART_TIME, Ledger
from calculation.counting import CONTRACT, Job
from calculation.days import Spell
from calculation.facts import Absence, Contract, Facts, Occupation, Period
from calculation.law import Counting, Effect, ExtensionRule, Law
from calculation.reading_a import ReadingA
from calculation.result import Computation
from calculation.shelf import shelf


class Meaning(StrEnum):
    """What the days of a span are to the answer: contract with whoever draws it."""

    COUNTS = "counts"
    """Work that counts."""
    ASSIMILATED = "assimilated"
    """No work was done, yet the law counts the days as work (AR 38)."""
    DECLARED = "declared"
    """A quarter of which only the declared total counts; the days' place in it is unknown."""
    EXTENDS = "extends"
    """Does not count, but moves the start of the period back (AR 30 al. 3)."""
    LOST = "lost"
    """Neither counts nor extends."""
    EARLIER_YEARS = "earlier_years"
    """Before the period, in the years that art. 32 looks at too."""
    BEFORE_PERIOD = "before_period"
    """Too old: before the period."""
    BEFORE_ADMISSION = "before_admission"
    """Inside the period, but used up by an earlier admission."""
    LEFT_OUT = "left_out"
    """Left out of the count: a human must judge it."""
    AFTER = "after"
    """On or after the day of the claim."""


class RowKind(StrEnum):
    """What a row of the timeline stands for."""

    CONTRACT = "contract"
    """The planned article 60 contract."""
    JOB = "job"
    """A past occupation; its name is its place in the facts, from 1."""
    PERIOD = "period"
    """The periods of one kind outside any contract; its name is the kind."""


class EventEffect(StrEnum):
    """What became of an event that may extend the period."""

    EXTENDS = "extends"
    """It moves the start back by all its days."""
    TOO_SHORT = "too_short"
    """It lasts less than the law asks."""
    OUTSIDE = "outside"
    """It does not touch the period."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row with one meaning, both ends included; `kind` is the absence or period behind it, if any."""

    first: date
    last: date
    meaning: Meaning
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline, and what it adds inside the period: six-day days, or half-days for art. 33.

    Days are those of the reading that gives the proven days, before quarters or overlapping jobs are capped together.
    """

    kind: RowKind
    name: str
    spans: tuple[Span, ...]
    counted: Decimal

    @property
    def first(self) -> date:
        """The first day of the row."""
        return self.spans[0].first

    @property
    def last(self) -> date:
        """The last day of the row."""
        return max(span.last for span in self.spans)


@dataclass(frozen=True, slots=True)
class Event:
    """One event that could extend the period: its usable days and what became of it."""

    kind: str
    first: date
    last: date
    effect: EventEffect

    @property
    def days(self) -> int:
        """Calendar days, which are what the start moves by."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Quarter:
    """The part of a calendar quarter inside the period: what was worked in it and what of that counts."""

    name: str
    first: date
    last: date
    total: Decimal
    counted: Decimal


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything a picture of one answer needs, as days and meanings."""

    base: date
    """Start of the period before any extension."""
    start: date
    counts_from: date
    """From here days count: the start, or an earlier admission's date."""
    claim: date
    contract_start: date
    reading: str
    """The reading that gives the proven days: `a` or `b`."""
    earlier_from: date | None
    """First day of the earlier years that art. 32 looks at, where that route is used."""
    events: tuple[Event, ...]
    rows: tuple[Row, ...]
    quarters: tuple[Quarter, ...]
    quarter_most: int
    """The most that a quarter may count, in days or, for art. 33, half-days (AM 7, AM 8)."""

    @property
    def capped(self) -> tuple[Quarter, ...]:
        """The quarters that hold more than may count."""
        return tuple(quarter for quarter in self.quarters if quarter.total > quarter.counted)


@dataclass(frozen=True, slots=True)
class _View:
    """The days of one answer, as whole numbers."""

    ledger: Ledger
    start: int
    counts_from: int
    last: int
    earlier: int | None

    @property
    def law(self) -> Law:
        return self.ledger.law

    @property
    def window(self) -> Spell:
        return self.counts_from, self.last


def timeline_of(facts: Facts, found: Computation) -> Timeline:
    """Turn an answer into spans. LookupError if the computation's law is not one of the stored versions."""
    stored = shelf()
    law = next((law for law in stored.laws if law.identifier == found.law), None)
    counting = stored.counting_on(found.first_claim_date)
    if law is None or not isinstance(counting, Counting):
        raise LookupError(found.law)
    claim = found.first_claim_date.toordinal()
    ledger = Ledger(facts, law, counting, claim)
    start = found.period_start.toordinal()
    months = max((row.months_before for row in law.careers), default=0) if found.route == TEN_YEARS else 0
    view = _View(
        ledger, start, ledger.count_start(start), claim - 1, days.add_months(start, -months) if months else None
    )
    steps = {step.rule: step for step in found.steps.children}
    reading = dict(steps["proven.days"].inputs)["reading"].lower()
    source = ledger.half_days() if found.route == VOLUNTARY_PART_TIME else ledger.a
    return Timeline(
        base=date.fromisoformat(steps["period.base"].result),
        start=found.period_start,
        counts_from=date.fromordinal(view.counts_from),
        claim=found.first_claim_date,
        contract_start=facts.contract.start,
        reading=reading,
        earlier_from=date.fromordinal(view.earlier) if view.earlier is not None else None,
        events=tuple(_events(view)),
        rows=tuple(_rows(facts, view, _amounts(view, reading, source), times=source.times)),
        quarters=tuple(_quarters(view, source)),
        quarter_most=_most(source, ledger.counting),
    )


def _days(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-4).normalize() if amount % 10_000 else Decimal(amount // 10_000)


def _most(source: ReadingA, counting: Counting) -> int:
    return counting.most_half_days_a_quarter if source.times > 1 else counting.most_a_quarter


def _amounts(view: _View, reading: str, source: ReadingA) -> dict[int, int]:
    """Give what each job adds inside the window, by its place."""
    found: dict[int, int] = {}
    if reading == "b":
        for cluster in view.ledger.b.breakdown(view.start, view.last)[0]:
            for part in cluster.parts:
                found[part.job.place] = part.amount
        return found
    for _, _, parts, _ in source.breakdown(view.start, view.last):
        for share in parts:
            found[share.job.place] = found.get(share.job.place, 0) + share.amount * source.times
    return found


def _quarters(view: _View, source: ReadingA) -> Iterator[Quarter]:
    for quarter, amount, parts, outside in source.breakdown(view.start, view.last):
        low, high = days.quarter_span(quarter)
        spell = max(low, view.counts_from), min(high, view.last)
        total = (sum(part.amount for part in parts) + outside) * source.times
        yield Quarter(days.quarter_name(quarter), *_dates(spell), _days(total), _days(amount))


def _dates(spell: Spell) -> tuple[date, date]:
    return date.fromordinal(spell[0]), date.fromordinal(spell[1])


def _touches(view: _View, part: Spell | None) -> bool:
    return part is not None and part[1] >= view.start


def _events(view: _View) -> Iterator[Event]:
    for rule, spell, part in view.ledger.extension.events(view.last):
        effect = EventEffect.OUTSIDE
        if part is None:
            effect = EventEffect.TOO_SHORT
        elif _touches(view, part):
            effect = EventEffect.EXTENDS
        yield Event(rule.kind, *_dates(part or spell), effect)


_Paint = tuple[Spell, Meaning, str]


def _painted(under: Iterable[_Paint], over: Spell, meaning: Meaning, kind: str = "") -> list[_Paint]:
    """Paint a spell over what lies under it."""
    result: list[_Paint] = []
    for (first, last), old, old_kind in under:
        part = days.cut(first, last, over)
        if part is None:
            result.append(((first, last), old, old_kind))
            continue
        if first < part[0]:
            result.append(((first, part[0] - 1), old, old_kind))
        result.append((part, meaning, kind))
        if part[1] < last:
            result.append(((part[1] + 1, last), old, old_kind))
    return result


_EVER = (1, days.quarter_span(2400 * 4)[0])
_WORTH_SOMETHING_EARLIER = frozenset({Meaning.COUNTS, Meaning.ASSIMILATED, Meaning.DECLARED})


def _outside(view: _View, paint: list[_Paint]) -> list[_Paint]:
    """Paint what lies outside the days that count, over whatever it is by itself."""
    earlier = view.earlier if view.earlier is not None else view.start
    result: list[_Paint] = []
    for layer in paint:
        (first, _), meaning, kind = layer
        pieces = [layer]
        if meaning in _WORTH_SOMETHING_EARLIER and first < view.start:
            pieces = _painted(pieces, (earlier, view.start - 1), Meaning.EARLIER_YEARS, kind)
        pieces = _painted(pieces, (_EVER[0], earlier - 1), Meaning.BEFORE_PERIOD, kind)
        pieces = _painted(pieces, (view.start, view.counts_from - 1), Meaning.BEFORE_ADMISSION, kind)
        result += _painted(pieces, (view.last + 1, _EVER[1]), Meaning.AFTER, kind)
    return result


def _spans(paint: Iterable[_Paint]) -> tuple[Span, ...]:
    """Join adjoining pieces of one meaning and kind."""
    joined: list[_Paint] = []
    for spell, meaning, kind in sorted(paint):
        if joined and joined[-1][1:] == (meaning, kind) and joined[-1][0][1] + 1 >= spell[0]:
            joined[-1] = ((joined[-1][0][0], max(spell[1], joined[-1][0][1])), meaning, kind)
        else:
            joined.append((spell, meaning, kind))
    return tuple(Span(*_dates(spell), meaning, kind) for spell, meaning, kind in joined)


def _rows(facts: Facts, view: _View, amounts: dict[int, int], *, times: int) -> Iterator[Row]:
    """Give the jobs by date, then the periods outside any contract by kind, then the contract."""
    counted = {job.place: job for job in view.ledger.jobs}
    for place, source in sorted(enumerate(facts.occupations), key=lambda item: (item[1].start, item[0])):
        spans = _spans(_of_job(source, counted.get(place), view))
        yield Row(RowKind.JOB, str(place + 1), spans, _days(amounts.get(place, 0)))
    for kind in dict.fromkeys(period.kind for period in facts.periods):
        spans = _spans(_of_periods(facts, kind, view))
        worth = sum(_six_days(span) for span in spans if span.meaning is Meaning.ASSIMILATED)
        yield Row(RowKind.PERIOD, kind, spans, Decimal(worth * times))
    spans = _spans(_of_job(facts.contract, counted.get(CONTRACT), view))
    yield Row(RowKind.CONTRACT, "", spans, _days(amounts.get(CONTRACT, 0)))


def _six_days(span: Span) -> int:
    return days.non_sundays(span.first.toordinal(), span.last.toordinal())


def _of_job(source: Occupation | Contract, job: Job | None, view: _View) -> list[_Paint]:
    first = source.start.toordinal()
    whole = (first, source.end.toordinal() if isinstance(source, Occupation) else max(first, view.last))
    if job is None:
        return [(whole, Meaning.LEFT_OUT, "")]
    paint: list[_Paint] = [(whole, Meaning.COUNTS, "")]
    extending: list[tuple[Spell, str]] = []
    for absence in source.absences:
        for spell, meaning in _of_absence(absence, whole, job, view):
            paint = _painted(paint, spell, meaning, absence.kind)
            if meaning is Meaning.EXTENDS:
                extending.append((spell, absence.kind))
    for quarter, declared in job.declared.items():
        if not declared.without_loss:
            meaning = Meaning.DECLARED if declared.worth else Meaning.LOST
            paint = _painted(paint, days.quarter_span(quarter), meaning)
    paint = _outside(view, paint)
    for spell, kind in extending:
        paint = _painted(paint, spell, Meaning.EXTENDS, kind)
    return paint


def _of_absence(absence: Absence, whole: Spell, job: Job, view: _View) -> Iterator[tuple[Spell, Meaning]]:
    """Give what one absence does to its days: some may count and some be lost, where a yearly pool runs dry."""
    spell = days.cut(absence.start.toordinal(), absence.end.toordinal(), whole)
    if spell is None:
        return
    if _event_of(absence.kind, spell, view):
        yield spell, Meaning.EXTENDS
        return
    if view.law.absence_effect(absence.kind) is Effect.UNSETTLED:
        yield spell, Meaning.LEFT_OUT
        return
    yield spell, Meaning.ASSIMILATED
    for part in _without_days_off(job, spell):
        yield part, Meaning.LOST


def _without_days_off(job: Job, spell: Spell) -> list[Spell]:
    """Give the lost days of a spell, with the days off between them."""
    lost: list[Spell] = []
    for gone in job.lost:
        part = days.cut(*gone, spell)
        if part and lost and job.schedule.count(lost[-1][1] + 1, part[0] - 1) == 0:
            lost[-1] = (lost[-1][0], part[1])
        elif part:
            lost.append(part)
    return lost


def _event_of(kind: str, spell: Spell, view: _View) -> Spell | None:
    """Give the part of a spell that extends the period."""
    for event in _events_of(kind, view):
        part = days.cut(*spell, event)
        if part:
            return part
    return None


def _events_of(kind: str, view: _View) -> list[Spell]:
    found: list[tuple[ExtensionRule, Spell, Spell | None]] = view.ledger.extension.events(view.last)
    return [part for rule, _, part in found if rule.kind == kind and part is not None and _touches(view, part)]


def _of_periods(facts: Facts, kind: str, view: _View) -> list[_Paint]:
    spells: dict[Meaning, list[Spell]] = {}
    for period in facts.periods:
        if period.kind == kind:
            spell = (period.start.toordinal(), period.end.toordinal())
            spells.setdefault(_of_period(period, view.law), []).append(spell)
    paint: list[_Paint] = []
    taken: list[Spell] = []
    for meaning in (Meaning.ASSIMILATED, Meaning.LOST, Meaning.LEFT_OUT):
        painted = days.merged(spells.get(meaning, []))
        paint += [(spell, meaning, kind) for spell in days.subtract(painted, taken)]
        taken = days.merged(taken + painted)
    paint = _outside(view, paint)
    for event in _events_of(kind, view):
        paint = _painted(paint, event, Meaning.EXTENDS, kind)
    return paint


def _of_period(period: Period, law: Law) -> Meaning:
    if law.is_unsettled(period.kind, benefit_paid=period.benefit_paid):
        return Meaning.LEFT_OUT
    return Meaning.ASSIMILATED if law.absence_effect(period.kind) is Effect.COUNTS else Meaning.LOST
