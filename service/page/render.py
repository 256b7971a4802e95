"""Writes the page of one calculation from its facts and result.

    facts, result ──► sections (answer, reasons why, drawings, table, steps) ──► page.html.j2 ──► HTML

Every text goes through the template's autoescape. It counts nothing: the figures are the computation's, the spans are
the timeline's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from calculation import texts
from calculation.admission import VOLUNTARY_PART_TIME
from calculation.explain import asked, is_alone, proposal_title, said
from calculation.facts import Facts
from calculation.result import Computation, Decided, Result, Review
from calculation.sources import instruments
from calculation.steps import Step
from calculation.timeline import EventEffect, Meaning, Row, RowKind, Span, Timeline, timeline_of
from calculation.wording import article, shown
from service.page import picture

_LOSSES = (Meaning.LOST, Meaning.BEFORE_PERIOD, Meaning.BEFORE_ADMISSION, Meaning.LEFT_OUT, Meaning.EXTENDS)
_MOST_LOSSES, _MOST_OLD = 8, 3


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the table: what, when, to which effect."""

    name: str
    first: str
    last: str
    css: str
    effect: str
    counted: str
    """Days that the whole row adds, on its first line only."""


@dataclass(frozen=True, slots=True)
class Section:
    """One computation as the page shows it."""

    anchor: str
    title: str
    answer: str
    why: tuple[str, ...]
    losses: tuple[str, ...]
    drawings: tuple[picture.Drawing, ...]
    description: str
    legend: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    table: tuple[Told, ...]
    steps: tuple[Step, ...]


def _typeset(value: Any) -> Any:
    """Keep French punctuation on the line of its word."""
    if not isinstance(value, str):
        return value
    for mark in (" ;", " :", " ?", " !", " »"):
        value = value.replace(mark, f"\N{NO-BREAK SPACE}{mark[1]}")
    return value.replace("« ", "«\N{NO-BREAK SPACE}")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("service.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_typeset,
    )
    made.filters["px"] = lambda number: f"{number:.1f}".removesuffix(".0")
    return made


def page(facts: Facts, result: Result, language: str) -> str:
    """Write the page. LookupError for a language other than fr, nl, de, en."""
    book = texts.load(language)
    writer = _Writer(facts, book, language)
    match result:
        case Decided(computation=found):
            sections = [writer.section(found, 0)]
            questions: list[str] = []
        case Review(reasons=reasons, proposals=proposals):
            sections = [writer.section(found, number) for number, found in enumerate(proposals, start=1)]
            questions = [asked(reason, language) for reason in reasons]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            book=book,
            words=book["page"],
            language=language,
            decided=isinstance(result, Decided),
            questions=questions,
            sections=sections,
            warnings=[book["warning"][warning] for warning in result.warnings],
            sources=instruments(result),
            receipt=result.receipt,
            said=lambda step: said(step, language),
            cited=lambda step: article(step.article, language),
        )
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Puts one case's figures into words."""

    facts: Facts
    book: dict[str, Any]
    language: str

    def say(self, value: date | Decimal | int | str) -> str:
        return shown(str(value), self.language)

    def word(self, name: str, /, **values: date | Decimal | int | str) -> str:
        template: str = self.book["page"][name]
        return template.format(**{key: self.say(value) for key, value in values.items()})

    def section(self, found: Computation, number: int) -> Section:
        """Make the section of one computation; `number` counts proposals from 1, 0 is a decision."""
        line = timeline_of(self.facts, found)
        title = proposal_title(found, number, self.language) if number else ""
        formats = (picture.WIDE, picture.NARROW)
        return Section(
            anchor=f"p{number}",
            title=title.rstrip(" :"),
            answer=self.word(
                "answer",
                required=found.required_days,
                unit=self._unit(found),
                proven=_plain(found.prior_days),
                remaining=found.remaining_days,
                end=found.contract_end,
                claim=found.first_claim_date,
            ),
            why=tuple(self._why(found, line)),
            losses=tuple(self._losses(found, line)),
            drawings=tuple(picture.draw(line, found, self.book, self.language, format_) for format_ in formats),
            description=self._description(line),
            legend=tuple(self._legend(line)),
            notes=tuple(self._notes(found, line)),
            table=tuple(self._table(line)),
            steps=found.steps.children,
        )

    def _unit(self, found: Computation) -> str:
        return str(self.book["words"]["half_days" if found.route == VOLUNTARY_PART_TIME else "days"])

    def _why(self, found: Computation, line: Timeline) -> Iterator[str]:
        unit, halves = self._unit(found), found.route == VOLUNTARY_PART_TIME
        months = picture.stage_of(found)["months"]
        yield self.word("need_halves" if halves else "need", required=found.required_days, unit=unit, months=months)
        if line.earlier_from is not None:
            stage = picture.stage_of(found)
            days, needed = stage["earlier"], stage["earlier_needed"]
            yield self.word("earlier", earlier=line.earlier_from, days=days, needed=needed)
        if line.base > line.start:
            yield self.word("extended", days=(line.base - line.start).days, start=line.start, events=self._events(line))
        if line.counts_from > line.start:
            yield self.word("admission", admission=line.counts_from)
        proven = _plain(found.prior_days)
        name = "proven" if found.prior_days else "nothing"
        if not found.remaining_days:
            name = "enough"
        yield self.word(name, proven=proven, unit=unit, remaining=found.remaining_days)
        yield self.word("slides")
        if not halves and found.reading_a_date is not None and found.reading_b_date is not None:
            name = "readings" if found.reading_a_date != found.reading_b_date else "readings_same"
            dates = {"a": found.reading_a_date, "b": found.reading_b_date, "claim": found.first_claim_date}
            yield self.word("readings_apart" if is_alone(found) else name, **dates, reading=line.reading.upper())

    def _events(self, line: Timeline) -> str:
        told = [
            f"{self.book['kind'].get(event.kind, event.kind)} ({self.say(event.first)} – {self.say(event.last)})"
            for event in line.events
            if event.effect is EventEffect.EXTENDS
        ]
        return ", ".join(told)

    def _losses(self, found: Computation, line: Timeline) -> Iterator[str]:
        lost = [(row, span) for row in line.rows for span in row.spans if span.meaning in _LOSSES]
        old = [span for _, span in lost if span.meaning is Meaning.BEFORE_PERIOD]
        told = []
        if len(old) > _MOST_OLD:
            lost = [(row, span) for row, span in lost if span.meaning is not Meaning.BEFORE_PERIOD]
            first, last = min(span.first for span in old), max(span.last for span in old)
            told.append(self.word("too_old", number=len(old), **{"from": first, "to": last}))
        told += [self._loss(row, span) for row, span in lost]
        told += [
            self.word(
                "capped", quarter=quarter.name, total=quarter.total, counted=quarter.counted, unit=self._unit(found)
            )
            for quarter in line.capped
        ]
        yield from told[:_MOST_LOSSES]
        if len(told) > _MOST_LOSSES:
            yield self.word("more", number=len(told) - _MOST_LOSSES)

    def _loss(self, row: Row, span: Span) -> str:
        effect = picture.effect_of(row, span, self.book)
        return self.word(
            "loss", name=picture.row_name(row, self.book), effect=effect, **{"from": span.first, "to": span.last}
        )

    def _description(self, line: Timeline) -> str:
        rows = [
            f"{picture.row_name(row, self.book)} {self.say(row.first)} – {self.say(row.last)}: {self.say(row.counted)}."
            for row in line.rows[: picture.MOST_ROWS]
        ]
        return " ".join([self.book["page"]["picture_text"], *rows])

    def _legend(self, line: Timeline) -> Iterator[tuple[str, str]]:
        """Give what occurs in the picture, in the order of the meanings."""
        seen = {_css(row, span) for row in line.rows for span in row.spans}
        if line.capped:
            seen.add("lost")
        if line.counts_from > line.start:
            seen.add("before_admission")
        if line.earlier_from is not None:
            seen.add("earlier_years")
        for css, words in self.book["meaning"].items():
            if css in seen:
                yield css, words

    def _notes(self, found: Computation, line: Timeline) -> Iterator[str]:
        if len(line.rows) <= picture.MOST_ROWS:
            return
        scale = picture.draw(line, found, self.book, self.language, picture.WIDE).scale
        lanes, hidden = picture.lanes_of(line.rows, scale)
        if hidden:
            first, last = min(row.first for row in hidden), max(row.last for row in hidden)
            yield self.word("older", number=len(hidden), **{"from": first, "to": last})
        beyond = sum(len(lane) for lane in lanes[picture.MOST_LANES :])
        if beyond:
            yield self.word("unseen", number=beyond)

    def _table(self, line: Timeline) -> Iterator[Told]:
        for row in line.rows:
            for position, span in enumerate(row.spans):
                yield Told(
                    picture.row_name(row, self.book) if position == 0 else "",
                    self.say(span.first),
                    self.say(span.last),
                    _css(row, span),
                    picture.effect_of(row, span, self.book),
                    self.say(row.counted) if position == 0 else "",
                )


def _css(row: Row, span: Span) -> str:
    planned = row.kind is RowKind.CONTRACT and span.meaning is Meaning.COUNTS
    return "planned" if planned else span.meaning.value


def _plain(days: Decimal) -> str:
    written = f"{days:.4f}"
    return written.rstrip("0").rstrip(".")
