"""The engine: facts in, a decision or a review out.

    calculate ──► impossible? ──► review
              ├─► law of the first claim not modelled? ──► review
              ├─► search both readings ──► computation
              └─► reasons? review with the computation as proposal : decided

It never raises: what goes wrong inside becomes a review with ENGINE_FAILURE, never a decision.
"""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calculation import days, impossible, review
from calculation.account import Answer, account_of
from calculation.admission import VOLUNTARY_PART_TIME, Ledger, Route, birthday
from calculation.counting import CONTRACT, rounded_up
from calculation.facts import Facts
from calculation.law import Counting, Law, Method
from calculation.receipt import ENGINE, receipt_of
from calculation.result import Computation, Decided, Reason, Receipt, Result, Review, ReviewReason
from calculation.search import Search, Stretch, prepare, reading_of
from calculation.shelf import Shelf, shelf

TOO_EARLY, TOO_LATE = "PLANNED_END_TOO_EARLY", "PLANNED_END_TOO_LATE"


@dataclass(frozen=True, slots=True)
class _Found:
    """What the search gave: each reading's first date, and the first date on which both are met."""

    a: int | None
    b: int | None
    both: int | None

    @property
    def later(self) -> str:
        """The reading whose own first date is the later one; A if equal."""
        return "b" if self.a is not None and self.b is not None and self.b > self.a else "a"

    def far_apart(self, most: int) -> bool:
        """Tell whether the readings' dates, or the answer and the later one, lie more than so many days apart."""
        if self.a is None or self.b is None:
            return False
        late = self.both is not None and self.both - max(self.a, self.b) > most
        return late or abs(self.a - self.b) > most

    @property
    def dates(self) -> tuple[int, ...]:
        """Every date found, for what depends on how far the search had to look."""
        return tuple(day for day in (self.a, self.b, self.both) if day is not None)


@dataclass(frozen=True, slots=True)
class _Case:
    """What a search is given: the facts, the versions to choose from, the first claim date."""

    facts: Facts
    stored: Shelf
    method: Method
    first: int

    @property
    def begin(self) -> int:
        """The contract's first day, on which nothing may be met yet, where law and decree are known for it."""
        day = date.fromordinal(self.first - 1)
        known = isinstance(self.stored.law_on(day), Law) and isinstance(self.stored.counting_on(day), Counting)
        return self.first - 1 if known else self.first


def calculate(facts: Facts, stored: Shelf | None = None) -> Result:
    """Find the first claim date on which the stage is met, or say what a human must settle; never raises.

    `stored` are the versions of the law to choose from, all that are stored unless given.
    """
    try:
        return _calculate(facts, stored or shelf())
    except Exception as fault:
        place = traceback.extract_tb(fault.__traceback__)[-1]
        failure = f"{type(fault).__name__} in {place.name}, line {place.lineno}"
        reason = Reason(ReviewReason.ENGINE_FAILURE, "")
        return Review((reason,), (), (), Receipt(ENGINE, (), ""), failure)


def _calculate(facts: Facts, stored: Shelf) -> Result:
    wrong = impossible.problems(facts)
    if wrong:
        reason = Reason(ReviewReason.INCOMPLETE, "AR 30", wrong[0].path)
        return Review((reason,), (), (), receipt_of(facts, ()))
    first = facts.contract.start.toordinal() + 1
    day = date.fromordinal(first)
    law, counting, method = stored.law_on(day), stored.counting_on(day), stored.method_on(day)
    if isinstance(law, Law) and isinstance(counting, Counting) and isinstance(method, Method):
        return _search(_Case(facts, stored, method, first))
    # what the request itself raises speaks of no date: the first versions tell it as well as any
    counting, method = stored.countings[0], stored.methods[0]
    gap = Reason(ReviewReason.NOT_YET_MODELLED, "AR 30", days.iso(first))
    known = [gap, *review.declared(facts, method), *review.of_contract(facts, counting)]
    return Review(review.in_order(known), (), (), receipt_of(facts, (counting, method)))


def _search(case: _Case) -> Result:
    facts, method, first = case.facts, case.method, case.first
    last = days.add_months(first - 1, 12 * method.search_years)
    search = prepare(facts, case.stored, case.begin, last)
    ledger = search.stretch_of(first).ledger
    countable = any(job.place == CONTRACT for job in ledger.jobs)
    found = _dates(search, first) if countable else _Found(None, None, None)
    reasons = list(_reasons(case, search, found)) if countable else []
    reasons += _already_met(facts, search, first - 1)
    answer = _computation(case, search, found, found.both) if found.both is not None else None
    until = max(found.dates) if found.both is not None else last
    used = tuple(dict.fromkeys(stretch.ledger.law for stretch in _looked_at(search, first, until)))
    scope = review.Scope(_scope(search, found, first, last, answer), used, ledger.counting)
    reasons += review.from_facts(facts, scope, method)
    warnings = _warnings(facts, answer)
    if not reasons and answer is not None:
        return Decided(answer, warnings, _receipt(case, search, until))
    trustworthy = countable and not impossible.cannot_be_held(facts, method.most_jobs_at_once)
    proposals = tuple(_proposals(case, search, found, answer)) if trustworthy else ()
    # art. 33 may be met only under a later text than any that the search had to look at
    until = max([until, *(proposal.first_claim_date.toordinal() for proposal in proposals)])
    return Review(review.in_order(reasons), proposals, warnings, _receipt(case, search, until))


def _receipt(case: _Case, search: Search, until: int) -> Receipt:
    return receipt_of(case.facts, (*_versions(search, case.begin, until), case.method))


def _dates(search: Search, first: int) -> _Found:
    a, b = search.first_met("a", first), search.first_met("b", first)
    both = search.first_both(max(a, b)) if a is not None and b is not None else None
    return _Found(a, b, both)


def _looked_at(search: Search, first: int, until: int) -> Iterator[Stretch]:
    """Give the stretches of the claim dates looked at, from the first one to the last date found."""
    return (stretch for stretch in search.stretches if stretch.span[1] >= first and stretch.span[0] <= until)


def _versions(search: Search, first: int, until: int) -> Iterator[Law | Counting]:
    for stretch in _looked_at(search, first, until):
        yield from (stretch.ledger.law, stretch.ledger.counting)


def _scope(search: Search, found: _Found, first: int, last: int, answer: Computation | None) -> days.Spell:
    """Give the days that can matter: the extended period of the earliest claim, on to the answer's last day."""
    stretch = search.stretch_of(first)
    # a day that only an older class's longer period reaches can change the answer just as well
    starts = [_reach(stretch.ledger, first, route, far=route.career is not None) for route in stretch.routes]
    until = last
    if answer is not None and found.both is not None:
        until = max(found.dates)
        route = search.met(found.later, found.both)
        if route is not None:
            ledger = search.stretch_of(found.both).ledger
            starts.append(_reach(ledger, found.both, route, far=route.career is not None))
    return min(starts), until - 1


def _reach(ledger: Ledger, claim: int, route: Route, *, far: bool) -> int:
    start = ledger.period_start(claim, route.months)
    months = max((career.months_before for career in ledger.law.careers), default=0) if far else 0
    return days.add_months(start, -months)


def _already_met(facts: Facts, search: Search, start: int) -> Iterator[Reason]:
    """Tell whether the past alone meets a stage on the contract's first day: art. 30 under either reading, art. 33."""
    if start < search.first:
        return
    if any(search.met(name, start) for name in ("a", "b")):
        yield Reason(ReviewReason.ALREADY_MET, "AR 30", days.iso(start))
    elif review.is_part_time(facts) and (found := search.first_part_time((start, start))):
        yield Reason(ReviewReason.ALREADY_MET, found[1].rule.article, days.iso(start))


def _reasons(case: _Case, search: Search, found: _Found) -> Iterator[Reason]:
    """Find the reasons that the dates raise."""
    planned = case.facts.contract.planned_end
    if planned is not None:
        limit = planned.toordinal() + 1
        if (found.a is not None and found.a <= limit) != (found.b is not None and found.b <= limit):
            yield Reason(ReviewReason.READINGS_STRADDLE, "AM 7", planned.isoformat())
    if found.a is not None and found.b is not None:
        if found.far_apart(case.method.most_days_apart):
            yield Reason(ReviewReason.READINGS_FAR_APART, "AM 7", f"{days.iso(found.a)}, {days.iso(found.b)}")
        if search.texts_of(found.a) != search.texts_of(found.b):
            yield Reason(ReviewReason.REGIME_BOUNDARY, "LP 209-216", f"{days.iso(found.a)}, {days.iso(found.b)}")
    if found.both is None:
        yield Reason(ReviewReason.NEVER_REACHED, "AR 30", days.iso(search.last))
    else:
        yield from _of_claim(case.facts, search, found.both)


def _of_claim(facts: Facts, search: Search, claim: int) -> Iterator[Reason]:
    ledger = search.stretch_of(claim).ledger
    if facts.right_until is not None and facts.right_until.toordinal() >= claim:
        yield Reason(ReviewReason.RUNNING_RIGHT, "AR 42; LP 212", facts.right_until.isoformat())
    pension = ledger.law.pension_age(facts.birth_date)
    reached = days.month_end(birthday(facts.birth_date, pension.age))
    if claim > reached:
        yield Reason(ReviewReason.AGE_LIMIT, pension.rule.article, days.iso(reached))
    if _depends_on_clipping(search, claim):
        yield Reason(ReviewReason.CLIPPED_MONTH, "AR 30, al. 1", days.iso(claim))


def _depends_on_clipping(search: Search, claim: int) -> bool:
    """Tell whether the claim is met only because its period's start fell on a month's last day."""
    stretch = search.stretch_of(claim)
    if not any(days.is_clipped(claim, -route.months) for route in stretch.routes):
        return False
    ledger = stretch.ledger
    return not all(
        ledger.first_route(reading_of(ledger, name), claim, stretch.routes, clipped_shift=True) for name in ("a", "b")
    )


def _warnings(facts: Facts, answer: Computation | None) -> tuple[str, ...]:
    planned = facts.contract.planned_end
    if planned is None or answer is None or planned == answer.contract_end:
        return ()
    return (TOO_EARLY if planned < answer.contract_end else TOO_LATE,)


def _computation(case: _Case, search: Search, found: _Found, claim: int, reading: str | None = None) -> Computation:
    """Compute the answer on a claim date, by the route of the reading that decides."""
    name = reading or found.later
    route = search.met(name, claim)
    if route is None:
        raise LookupError(name)
    ledger = search.stretch_of(claim).ledger
    return _computed(case.method, ledger, route, claim, name, found)


def _computed(
    method: Method, ledger: Ledger, route: Route, claim: int, name: str, found: _Found, *, half_days: bool = False
) -> Computation:
    base = days.add_months(claim, -route.months)
    start = ledger.period_start(claim, route.months)
    counts_from = ledger.count_start(start)
    halves = ledger.half_days() if half_days else None
    period = (start, claim - 1)
    prior = halves.count_past(*period) if halves is not None else ledger.proven(period, name)
    remaining = max(0, route.days - rounded_up(prior))
    contract_start = ledger.facts.contract.start.toordinal()
    answer = Answer(
        ledger=ledger,
        route=route,
        method=method,
        contract_start=contract_start,
        claim=claim,
        base=base,
        start=start,
        counts_from=counts_from,
        reading=name,
        reading_a=found.a,
        reading_b=found.b,
        prior=prior,
        remaining=remaining,
        half_days=halves,
        alone=claim != found.both,
    )
    return Computation(
        law=ledger.law.identifier,
        route=route.name,
        required_days=route.days,
        prior_days=Decimal(prior).scaleb(-4),
        remaining_days=remaining,
        first_claim_date=date.fromordinal(claim),
        contract_end=date.fromordinal(claim - 1),
        period_start=date.fromordinal(start),
        period_end=date.fromordinal(claim - 1),
        reading_a_date=date.fromordinal(found.a) if found.a is not None else None,
        reading_b_date=date.fromordinal(found.b) if found.b is not None else None,
        contract_days=days.non_sundays(contract_start, claim - 1),
        articles=_articles(route, ledger),
        steps=account_of(answer),
    )


def _articles(route: Route, ledger: Ledger) -> tuple[str, ...]:
    law, counting = ledger.law, ledger.counting
    counted = counting.half_days if route.name == VOLUNTARY_PART_TIME else counting.letter
    rules = (route.rule, law.work, law.assimilated, counted)
    return tuple(dict.fromkeys(rule.article for rule in rules))


def _proposals(case: _Case, search: Search, found: _Found, answer: Computation | None) -> Iterator[Computation]:
    """Give what could be computed: the answer, each reading on its own where they part, and art. 33."""
    if answer is not None:
        yield answer
    if found.a is not None and found.b is not None and found.far_apart(case.method.most_days_apart):
        for name, claim in (("a", found.a), ("b", found.b)):
            if claim != found.both:
                yield _computation(case, search, found, claim, name)
    if review.is_part_time(case.facts):
        yield from _voluntary_part_time(case, search)


def _voluntary_part_time(case: _Case, search: Search) -> Iterator[Computation]:
    found = search.first_part_time((case.first, search.last))
    if found is not None:
        ledger, route, claim = found
        yield _computed(case.method, ledger, route, claim, "a", _Found(claim, None, claim), half_days=True)
