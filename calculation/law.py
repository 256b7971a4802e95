"""The dated law as data: what one version of an instrument says, in figures and lists.

    a law file ──► law_from · counting_from · method_from ──► Law · Counting · Method

No legal figure stands in Python. Which version is in force on a day, `calculation.shelf` knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

Table = Mapping[str, Any]


class Confidence(StrEnum):
    """How sure a rule is; only the first two may be shown as law."""

    LAW = "L"
    """Read in the consolidated law."""
    OFFICIAL = "O"
    """Official information sheet."""
    PRACTICE = "P"
    """Practice of the administration, to be confirmed by ONEM."""
    OWN_READING = "D"
    """Our own reading."""

    @property
    def is_practice(self) -> bool:
        """Tell whether the explanation has to name the rule as practice."""
        return self in (Confidence.PRACTICE, Confidence.OWN_READING)


class Effect(StrEnum):
    """What an absence kind, a period kind or a performance code does to the count (AR 38)."""

    COUNTS = "counts"
    """Counts as work or assimilated to it."""
    COUNTS_IF_PAID = "counts_if_paid"
    """Assimilated if the benefit was really paid."""
    QUOTA = "quota"
    """Counts as long as the yearly pool of unpaid days lasts."""
    LOST = "lost"
    """Does not count."""
    EXTENDS = "extends"
    """Does not count, extends the reference period instead."""
    UNSETTLED = "unsettled"
    """The law does not settle it: a human must."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a figure or list stands, and how sure that is."""

    article: str
    confidence: Confidence

    @property
    def is_practice(self) -> bool:
        """Tell whether the explanation has to name the rule as practice."""
        return self.confidence.is_practice


@dataclass(frozen=True, slots=True)
class Row:
    """One row of AR 30: so many days in so many months, from an age."""

    from_age: int
    days: int
    months: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class CareerRow:
    """One route of AR 32: fewer days in the period, many in the years before it.

    The earlier days needed are `fixed`, or `times` the days short of `short_of`.
    """

    from_age: int
    days: int
    months_before: int
    fixed: int
    times: int
    short_of: int
    rule: Rule

    def earlier_days(self, days: int) -> int:
        """Give the earlier days needed by someone with so many days inside the period."""
        return self.fixed or self.times * (self.short_of - days)


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """One event that moves the period's start back (AR 30 al. 3); 0 months means no limit."""

    kind: str
    minimum_months: int
    maximum_months: int
    disabled_by_benefit: bool
    only_in_occupation: bool
    rule: Rule


@dataclass(frozen=True, slots=True)
class PartTimeStage:
    """The stage of a voluntary part-time worker (AR 33)."""

    half_days: int
    months: int
    minimum_weeks: int
    minimum_weekly_hours: int
    minimum_share: Fraction
    rule: Rule


@dataclass(frozen=True, slots=True)
class PensionAge:
    """The pension age, in years, of those born from 1 January of a year (AR 64)."""

    born_from: int
    age: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class FreshStart:
    """An earlier admission under one of `articles` voids the days before it."""

    articles: tuple[str, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class UnpaidDays:
    """The pool of unpaid days that count in a calendar year."""

    days_a_year: int
    rule: Rule


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """One version of the Royal Decree of 25 November 1991, as the engine uses it."""

    identifier: str
    effective_from: date
    effective_until: date | None
    titles: Mapping[str, str]
    eli: str
    rows: tuple[Row, ...]
    older_rows: Rule | None
    careers: tuple[CareerRow, ...]
    part_time: PartTimeStage | None
    fresh_start: FreshStart | None
    unpaid_days: UnpaidDays | None
    in_force: Rule
    """Why this version is that of a claim date."""
    work: Rule
    not_work: frozenset[str]
    """Statuses whose days are no work in that sense."""
    assimilated: Rule
    extending: Rule
    """How events move the period's start, whatever their kind."""
    earlier_days: Rule | None
    """Why this version judges days before it took effect too, where that has to be said."""
    absences: Mapping[str, tuple[Effect, Rule]]
    codes: Mapping[int, tuple[Effect, Rule]]
    code_dates: Mapping[int, str]
    extensions: Mapping[str, ExtensionRule]
    no_effect: Mapping[str, Rule]
    pension_ages: tuple[PensionAge, ...]
    digest: str

    def absence_effect(self, kind: str) -> Effect:
        """Give what an absence kind does to the days of a job."""
        known = self.absences.get(kind)
        return known[0] if known else Effect.UNSETTLED

    def absence_extends(self, kind: str) -> bool:
        """Tell whether an absence of a job moves the period's start back."""
        return kind in self.extensions and kind in self.absences

    def code_effect(self, code: int, *, benefit_paid: bool) -> Effect:
        """Give what a performance code does to its days."""
        known = self.codes.get(code)
        if known is None:
            return Effect.UNSETTLED
        if known[0] is Effect.COUNTS_IF_PAID:
            return Effect.COUNTS if benefit_paid else Effect.LOST
        return known[0]

    def is_unsettled(self, kind: str, *, benefit_paid: bool | None) -> bool:
        """Tell whether a human must judge what a period outside any contract does; `benefit_paid` as declared."""
        event = self.extensions.get(kind)
        if event is not None and event.only_in_occupation:
            return True
        if event is not None and event.disabled_by_benefit:
            return False
        if benefit_paid is False and (event is not None or self.absence_effect(kind) is Effect.COUNTS):
            return True
        return event is None and kind not in self.absences and kind not in self.no_effect

    def pension_age(self, born: date) -> PensionAge:
        """Give the pension age of someone born on that day (AR 64)."""
        return next(row for row in reversed(self.pension_ages) if born.year >= row.born_from)


@dataclass(frozen=True, slots=True)
class Counting:
    """One version of the Ministerial Decree's figures (AM 7, AM 8) and the working method's."""

    identifier: str
    effective_from: date
    effective_until: date | None
    titles: Mapping[str, str]
    six_day_week: int
    most_a_quarter: int
    half_days_times: int
    most_half_days_a_quarter: int
    usual_weeks: tuple[int, ...]
    five_day_tenths: int
    conversion: Rule
    quarter: Rule
    start_quarter: Rule
    """The limit of a declared total in the quarter in which the period starts."""
    letter: Rule
    """Reading A as a whole."""
    total: Rule
    """The rounding of a grand total."""
    half_days: Rule
    working_method: Rule
    digest: str


@dataclass(frozen=True, slots=True)
class Method:
    """One version of what the decrees leave open and the calculation needs: how far it searches, how far is too far."""

    identifier: str
    effective_from: date
    effective_until: date | None
    titles: Mapping[str, str]
    search_years: int
    most_days_apart: int
    most_calculations: int
    most_jobs_at_once: int
    most_days_from_dates: int
    search: Confidence
    readings: Confidence
    """How sure it is that the later reading's date wins."""
    digest: str


def _rule(table: Table) -> Rule:
    return Rule(table["article"], Confidence(table["confidence"]))


def _extensions(tables: list[Table]) -> dict[str, ExtensionRule]:
    return {
        kind: ExtensionRule(
            kind,
            table.get("minimum_months", 0),
            table.get("maximum_months", 0),
            table.get("disabled_by_benefit", False),
            table.get("only_in_occupation", False),
            _rule(table),
        )
        for table in tables
        for kind in table["kinds"]
    }


def _part_time(table: Table | None) -> PartTimeStage | None:
    if table is None:
        return None
    return PartTimeStage(
        table["half_days"],
        table["months"],
        table["minimum_weeks"],
        table["minimum_weekly_hours"],
        Fraction(*table["minimum_share"]),
        _rule(table),
    )


def _career(table: Table) -> CareerRow:
    return CareerRow(
        table["from_age"],
        table["days"],
        table["months_before"],
        table.get("fixed", 0),
        table.get("times", 0),
        table.get("short_of", 0),
        _rule(table),
    )


def law_from(table: Table, digest: str) -> Law:
    """Read a version of the Royal Decree; `digest` is its file's SHA-256 (hex)."""
    fresh, unpaid, older = table.get("fresh_start"), table.get("unpaid_days"), table.get("older_rows")
    earlier = table.get("earlier_days")
    return Law(
        identifier=table["id"],
        effective_from=table["effective_from"],
        effective_until=table.get("effective_until"),
        titles=table["title"],
        eli=table["eli"],
        rows=tuple(Row(row["from_age"], row["days"], row["months"], _rule(row)) for row in table["row"]),
        older_rows=_rule(older) if older else None,
        careers=tuple(_career(row) for row in table.get("career", [])),
        part_time=_part_time(table.get("voluntary_part_time")),
        fresh_start=FreshStart(tuple(fresh["articles"]), _rule(fresh)) if fresh else None,
        unpaid_days=UnpaidDays(unpaid["days_a_year"], _rule(unpaid)) if unpaid else None,
        in_force=_rule(table["in_force"]),
        work=_rule(table["work"]),
        not_work=frozenset(table["work"]["not_statuses"]),
        assimilated=_rule(table["assimilated"]),
        extending=_rule(table["extending"]),
        earlier_days=_rule(earlier) if earlier else None,
        absences={
            kind: (Effect(group["effect"]), _rule(group)) for group in table["assimilation"] for kind in group["kinds"]
        },
        codes={code: (Effect(group["effect"]), _rule(group)) for group in table["codes"] for code in group["codes"]},
        code_dates={int(code): kind for group in table["codes"] for code, kind in group.get("dated_by", {}).items()},
        extensions=_extensions(table["extension"]),
        no_effect={kind: _rule(group) for group in table.get("no_effect", []) for kind in group["kinds"]},
        pension_ages=tuple(PensionAge(row["born_from"], row["age"], _rule(row)) for row in table["pension_age"]),
        digest=digest,
    )


def counting_from(table: Table, digest: str) -> Counting:
    """Read a version of the Ministerial Decree; `digest` is its file's SHA-256 (hex)."""
    return Counting(
        identifier=table["id"],
        effective_from=table["effective_from"],
        effective_until=table.get("effective_until"),
        titles=table["title"],
        six_day_week=table["six_day_week"]["days"],
        most_a_quarter=table["quarter"]["most_days"],
        half_days_times=table["half_days"]["times"],
        most_half_days_a_quarter=table["half_days"]["most_a_quarter"],
        usual_weeks=tuple(table["usual_weeks"]["days"]),
        five_day_tenths=table["working_method"]["five_day_tenths"],
        conversion=_rule(table["six_day_week"]),
        quarter=_rule(table["quarter"]),
        start_quarter=_rule(table["start_quarter"]),
        letter=_rule(table["letter"]),
        total=_rule(table["total"]),
        half_days=_rule(table["half_days"]),
        working_method=_rule(table["working_method"]),
        digest=digest,
    )


def method_from(table: Table, digest: str) -> Method:
    """Read a version of our own reading; `digest` is its file's SHA-256 (hex)."""
    return Method(
        identifier=table["id"],
        effective_from=table["effective_from"],
        effective_until=table.get("effective_until"),
        titles=table["title"],
        search_years=table["search"]["years"],
        most_days_apart=table["readings"]["most_days_apart"],
        most_calculations=table["repeat"]["most_calculations"],
        most_jobs_at_once=table["plausible"]["most_jobs_at_once"],
        most_days_from_dates=table["declared"]["most_days_from_dates"],
        search=Confidence(table["search"]["confidence"]),
        readings=Confidence(table["readings"]["confidence"]),
        digest=digest,
    )
