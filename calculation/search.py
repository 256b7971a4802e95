"""The search for the first claim date: the day-by-day answer without walking day by day.

A block of claim dates is skipped when even its widest window falls short; otherwise it is cut until one date is left,
which is then judged exactly. Nothing is assumed about the way from one date to the next: a date may be met and the
following one lost again.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from calculation import days
from calculation.admission import (
    VOLUNTARY_PART_TIME,
    Ledger,
    Reading,
    Route,
    age_on,
    birthday,
    last_part_time_changes,
    last_part_time_qualifies,
    routes,
)
from calculation.days import Spell
from calculation.facts import Facts
from calculation.law import Counting, Law
from calculation.shelf import Shelf, Version

_DAYS_PER_WORKED_DAY = (7, 6)
"""Calendar days that a six-day day takes: only a guess of the next block's size."""
_LARGEST_BLIND_STEP = 32


@dataclass(slots=True)
class Stretch:
    """Claim dates under the same law, counted alike, with the same routes."""

    span: Spell
    ledger: Ledger
    routes: tuple[Route, ...]


@dataclass(slots=True)
class Search:
    """Everything needed to look for dates in one case: the stretches of claim dates, in date order."""

    facts: Facts
    first: int
    last: int
    ledgers: dict[tuple[str, str], Ledger] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)

    def ledger(self, law: Law, counting: Counting) -> Ledger:
        """Give the ledger of a law counted by a ministerial decree, made once."""
        texts = law.identifier, counting.identifier
        found = self.ledgers.get(texts)
        if found is None:
            found = self.ledgers[texts] = Ledger(self.facts, law, counting, self.last)
        return found

    def stretch_of(self, claim: int) -> Stretch:
        """Give the stretch that a claim date lies in."""
        return next(stretch for stretch in self.stretches if stretch.span[0] <= claim <= stretch.span[1])

    def texts_of(self, claim: int) -> tuple[str, str]:
        """Name the Royal Decree and the Ministerial Decree that apply on a claim date."""
        ledger = self.stretch_of(claim).ledger
        return ledger.law.identifier, ledger.counting.identifier

    def met(self, name: str, claim: int) -> Route | None:
        """Give the first route that a reading (`a` or `b`) meets on a claim date."""
        stretch = self.stretch_of(claim)
        return stretch.ledger.first_route(reading_of(stretch.ledger, name), claim, stretch.routes)

    def first_met(self, name: str, start: int) -> int | None:
        """Give the first claim date from `start` on which a reading meets a route."""
        for stretch in self.stretches:
            low = max(start, stretch.span[0])
            if low <= stretch.span[1]:
                found = first_in(
                    stretch.ledger, reading_of(stretch.ledger, name), stretch.routes, (low, stretch.span[1])
                )
                if found is not None:
                    return found
        return None

    def first_part_time(self, span: Spell) -> tuple[Ledger, Route, int] | None:
        """Give the first claim date of a span on which art. 33 is met, with its ledger and route."""
        for stretch in self.stretches:
            part = days.cut(*stretch.span, span)
            stage = stretch.ledger.law.part_time
            if part is None or stage is None:
                continue
            route = Route(VOLUNTARY_PART_TIME, stage.half_days, stage.months, stage.rule)
            claim = self._first_part_time(stretch.ledger, route, part)
            if claim is not None:
                return stretch.ledger, route, claim
        return None

    def _first_part_time(self, ledger: Ledger, route: Route, span: Spell) -> int | None:
        reading = ledger.half_days()
        claim = first_in(ledger, reading, (route,), span)
        changes = last_part_time_changes(self.facts, ledger.law)
        while claim is not None and not last_part_time_qualifies(self.facts, ledger.law, claim):
            following = bisect_right(changes, claim)
            if following == len(changes):
                return None
            claim = first_in(ledger, reading, (route,), (changes[following], span[1]))
        return claim

    def first_both(self, start: int) -> int | None:
        """Give the first claim date from `start` on which both readings are met."""
        claim: int | None = start
        while claim is not None:
            by_a = self.first_met("a", claim)
            by_b = self.first_met("b", by_a) if by_a is not None else None
            if by_a == by_b:
                return by_b
            claim = by_b
        return None


def reading_of(ledger: Ledger, name: str) -> Reading:
    """Give reading `a` or `b` of a ledger."""
    return ledger.a if name == "a" else ledger.b


def first_in(ledger: Ledger, reading: Reading, ways: tuple[Route, ...], span: Spell) -> int | None:
    """Give the first claim date of a span on which one of the routes is met."""
    low, last = span
    per, worked = _DAYS_PER_WORKED_DAY
    size = 1
    while low <= last:
        size = min(size, last - low + 1)
        short = ledger.shortfall(reading, low, low + size - 1, ways)
        if short > 0:
            low += size
            grown = 2 * size if size <= _LARGEST_BLIND_STEP else 1
            size = max(grown, short * per // worked - 1)
        elif size > 1:
            size = max(1, min(size - 1, size + short * per // worked), size // 2)
        elif ledger.first_route(reading, low, ways) is not None:
            return low
        else:
            low, size = low + 1, 2
    return None


def prepare(facts: Facts, shelf: Shelf, first: int, last: int) -> Search:
    """Cut the claim dates from `first` to `last` into stretches: a new one at each law, decree and age class."""
    search = Search(facts, first, last)
    for law, counting, span in _texts_in(shelf, first, last):
        borders = {span[0]}
        for row in law.rows:
            reached = birthday(facts.birth_date, row.from_age)
            if span[0] < reached <= span[1]:
                borders.add(reached)
        starts = sorted(borders)
        for start, following in zip(starts, [*starts[1:], span[1] + 1], strict=True):
            ways = routes(law, age_on(facts.birth_date, start))
            search.stretches.append(Stretch((start, following - 1), search.ledger(law, counting), ways))
    return search


def _texts_in(shelf: Shelf, first: int, last: int) -> Iterator[tuple[Law, Counting, Spell]]:
    for law, under_law in _versions_in(shelf.laws, (first, last)):
        for counting, span in _versions_in(shelf.countings, under_law):
            yield law, counting, span


def _versions_in(known: tuple[Version, ...], span: Spell) -> Iterator[tuple[Version, Spell]]:
    """Give each version with the days of a span on which it is in force: until its end or the next one's start."""
    starts: list[int] = [version.effective_from.toordinal() for version in known]
    for version, start, following in zip(known, starts, [*starts[1:], span[1] + 1], strict=True):
        until = version.effective_until
        high = min(span[1], following - 1) if until is None else min(span[1], following - 1, until.toordinal())
        low = max(span[0], start)
        if low <= high:
            yield version, (low, high)
