"""The reference period: its plain start, and how far events move that start back (AR 30 al. 3).

It refuses to count days of work; it only says from when they may be counted.
"""

from calculation import days
from calculation.days import Spell
from calculation.facts import Contract, Facts, Occupation
from calculation.law import ExtensionRule, Law


def base_start(claim: int, months: int) -> int:
    """Give the day so many months before the claim: same day number, or the month's last day."""
    return days.add_months(claim, -months)


class Extension:
    """The events of one case that extend the period under one law."""

    def __init__(self, facts: Facts, law: Law) -> None:
        self.rules: list[tuple[ExtensionRule, list[Spell]]] = [
            (law.extensions[kind], days.merged(spells)) for kind, spells in _spells(facts, law).items()
        ]
        self._last = max((spells[-1][1] for _, spells in self.rules), default=0)
        self._all = self._usable(self._last)

    def events(self, last: int) -> list[tuple[ExtensionRule, Spell, Spell | None]]:
        """Give each event known on day `last` and the part of it that may extend; None if it is too short."""
        found: list[tuple[ExtensionRule, Spell, Spell | None]] = []
        for rule, spells in self.rules:
            for spell in spells:
                seen = days.cut(*spell, (spell[0], last))
                if seen:
                    found.append((rule, seen, _within_limits(rule, seen)))
        return found

    def _usable(self, last: int) -> list[Spell]:
        return days.merged(part for _, _, part in self.events(last) if part)

    def usable(self, last: int) -> list[Spell]:
        """Give the days that may extend a period ending on `last`, merged across kinds: none extends twice."""
        return self._all if last >= self._last else self._usable(last)

    def start(self, base: int, last: int) -> int:
        """Move the period's start back by each event that touches it, latest first; they chain."""
        if not self.rules:
            return base
        for low, high in reversed(self.usable(last)):
            if high < base:
                break
            base -= high - low + 1
        return base


def _within_limits(rule: ExtensionRule, spell: Spell) -> Spell | None:
    first, last = spell
    if rule.minimum_months and days.add_months(first, rule.minimum_months) > last + 1:
        return None
    if rule.maximum_months:
        last = min(last, days.add_months(first, rule.maximum_months) - 1)
    return first, last


def _spells(facts: Facts, law: Law) -> dict[str, list[Spell]]:
    """Collect the events by kind, from periods outside any contract and from absences cut to their job."""
    found: dict[str, list[Spell]] = {}
    for period in facts.periods:
        rule = law.extensions.get(period.kind)
        if rule is None or rule.only_in_occupation or not _is_paid_for(rule, benefit_paid=period.benefit_paid):
            continue
        found.setdefault(period.kind, []).append((period.start.toordinal(), period.end.toordinal()))
    jobs: list[Occupation | Contract] = [*facts.occupations, facts.contract]
    for job in jobs:
        for absence in job.absences:
            if law.absence_extends(absence.kind):
                end = min(job.end, absence.end) if isinstance(job, Occupation) else absence.end
                start = max(job.start, absence.start)
                if start <= end:
                    found.setdefault(absence.kind, []).append((start.toordinal(), end.toordinal()))
    return found


def _is_paid_for(rule: ExtensionRule, *, benefit_paid: bool | None) -> bool:
    """Tell whether the benefit flag leaves the event in force: a benefit disables some, its lack the others."""
    return benefit_paid is not True if rule.disabled_by_benefit else benefit_paid is not False
