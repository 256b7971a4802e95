"""The timeline as a drawing: boxes, lines and labels with their places, for one width.

    flags      start, contract, readings, claim
    axis       years and quarters
    band       the reference period, its extension, an earlier admission
    rows       each job and period, the contract last; many jobs share lanes
    quarters   what each quarter adds, and what is cut off above the most

It only places things; the template writes them as SVG. Widths in pixels of the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from calculation.admission import VOLUNTARY_PART_TIME
from calculation.result import Computation
from calculation.timeline import Meaning, Quarter, Row, RowKind, Span, Timeline
from calculation.wording import shown
from service.page.scale import Scale, cut, flags, scale_of, width_of

MOST_ROWS = 14
"""Rows drawn one by one; above it jobs share lanes."""
MOST_LANES = 12

_BAR, _SMALL, _TEXT = 16, 11, 13
_FLAG_LINE, _QUARTER_HEIGHT = 17, 46
_DAY = timedelta(days=1)
_ARROW, _THINNEST = 7, 2.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `says` is its tooltip."""

    x: float
    y: float
    width: float
    height: float
    css: str
    says: str = ""
    shape: str = "box"


@dataclass(frozen=True, slots=True)
class Label:
    """A text on its baseline; `anchor` is `start`, `middle` or `end`."""

    x: float
    y: float
    text: str
    css: str
    anchor: str = "start"
    shape: str = "label"


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x: float
    y: float
    x2: float
    y2: float
    css: str
    shape: str = "line"


@dataclass(frozen=True, slots=True)
class Format:
    """How wide a drawing is, and the columns beside its rows; without columns the labels stand above the bars."""

    name: str
    width: int
    labels: int
    amounts: int


WIDE = Format("wide", 980, 196, 78)
NARROW = Format("narrow", 372, 0, 0)


@dataclass(slots=True)
class Drawing:
    """What is placed so far, from top to bottom."""

    format: Format
    scale: Scale
    height: float = 0
    items: list[Box | Label | Line] = field(default_factory=list)

    def bar(self, first: date, last: date, y: float, css: str, says: str, height: float = _BAR) -> None:
        """Draw days, both included, as far as the scale shows them; an arrow where they lie wholly outside."""
        left, right = self.scale.at(first), self.scale.at(last + _DAY)
        if last < self.scale.first or first > self.scale.last:
            edge = self.scale.ends[0] if last < self.scale.first else self.scale.ends[1] - _ARROW
            css, left, right = f"{css} far", edge, edge + _ARROW
        left = min(left, right - _THINNEST)
        self.items.append(Box(left, y, right - left, height, css, says))

    def label(self, x: float, y: float, text: str, css: str, anchor: str = "start") -> None:
        """Write a text."""
        self.items.append(Label(x, y, text, css, anchor))

    def heading(self, name: str, below: str, amount: str, *, strong: bool = False) -> float:
        """Write a row's name, dates and amount, and give the top of its bar."""
        if self.format.labels:
            top = self.height
            room = self.format.labels - 12.0
            self.label(0, top + 15, cut(name, _TEXT, room), "name strong" if strong else "name")
            self.label(0, top + 30, cut(below, _SMALL, room), "dates")
            self.label(self.format.width, top + 22, amount, "amount", "end")
            self.height += 38
            return top + 10
        top = self.height
        room = self.format.width - width_of(amount, 12, bold=True) - 12
        self.label(0, top + 13, cut(name, 12, room), "name strong" if strong else "name")
        after = width_of(name, 12, bold=True) + 6
        if room - after > 20:
            self.label(after, top + 13, cut(below, _SMALL, room - after), "dates")
        self.label(self.format.width, top + 13, amount, "amount", "end")
        self.height += 44
        return top + 19


def draw(timeline: Timeline, found: Computation, book: dict[str, Any], language: str, format_: Format) -> Drawing:
    """Place a timeline in a drawing of one width."""
    edges = (float(format_.labels), float(format_.width - format_.amounts))
    past = any(row.first < timeline.start for row in timeline.rows)
    until = max([timeline.claim, *(day for day, _ in _readings(found) if day is not None)])
    scale = scale_of((timeline.start, until), edges, past=past, earlier=timeline.earlier_from)
    drawing = Drawing(format_, scale)
    writer = _Writer(timeline, found, book, language, drawing)
    top = writer.flags()
    writer.axis()
    writer.band()
    writer.rows()
    writer.quarters()
    drawing.items = [*writer.backdrop(top), *drawing.items]
    return drawing


@dataclass(slots=True)
class _Writer:
    """Places each part of the drawing in turn."""

    timeline: Timeline
    found: Computation
    book: dict[str, Any]
    language: str
    drawing: Drawing
    poles: list[Line] = field(default_factory=list)

    def say(self, value: date | Decimal | str) -> str:
        return shown(str(value), self.language)

    def amount(self, days: Decimal) -> str:
        """Write an amount short enough for a picture; the table and the steps have every decimal."""
        return self.say(Decimal(f"{days:.2f}".rstrip("0").rstrip(".")))

    @property
    def unit(self) -> str:
        return "unit_half_days" if self.found.route == VOLUNTARY_PART_TIME else "unit_days"

    def word(self, name: str, /, **values: object) -> str:
        return str(self.book["page"][name]).format(**values)

    def _marks(self) -> list[tuple[date, str, str]]:
        """Give the dates worth a flag; those on one day share it."""
        line, found = self.timeline, self.found
        marks = [(line.start, "start", "mark")]
        if line.base != line.start:
            marks.append((line.base, "base", "mark"))
        if line.counts_from > line.start:
            marks.append((line.counts_from, "admission_mark", "mark"))
        marks.append((line.contract_start, "contract_start", "mark"))
        if found.route != VOLUNTARY_PART_TIME:
            marks += [(day, name, "mark") for day, name in _readings(found) if day is not None]
        joined: dict[date, tuple[list[str], str]] = {line.claim: ([self.word("claim")], "mark claim")}
        for day, name, css in marks:
            joined.setdefault(day, ([], css))[0].append(self.word(name))
        return [(day, " · ".join(names), css) for day, (names, css) in joined.items()]

    def flags(self) -> float:
        """Place the flags and give the y from which poles run down."""
        drawing = self.drawing
        size = 12 if drawing.format.labels else _SMALL
        wanted = [(drawing.scale.at(day), f"{text} {self.say(day)}", css) for day, text, css in self._marks()]
        found = flags(wanted, (0.0, float(drawing.format.width)), size)
        levels = max(flag.level for flag in found) + 1
        for flag in found:
            y = (levels - flag.level) * _FLAG_LINE - 3
            side = -4 if flag.to_the_left else 4
            drawing.label(flag.place + side, y, flag.text, flag.css, "end" if flag.to_the_left else "start")
            self.poles.append(Line(flag.place, y - 11, flag.place, 0, f"pole {flag.css}"))
        drawing.height = levels * _FLAG_LINE + 4
        return drawing.height

    def axis(self) -> None:
        """Place the years."""
        drawing, scale = self.drawing, self.drawing.scale
        y, free = drawing.height, -1.0
        for year in range(scale.first.year, scale.last.year + 1):
            left, right = scale.at(date(year, 1, 1)), scale.at(date(year + 1, 1, 1))
            middle, half = (left + right) / 2, width_of("2000", _SMALL) / 2
            if left > scale.ends[0]:
                drawing.items.append(Line(left, y, left, 0, "tick"))
            if right - left >= 12 and middle - half > free:
                drawing.label(middle, y + 13, str(year), "year", "middle")
                free = middle + half + 6
        drawing.height = y + 22

    def band(self) -> None:
        """Place the reference period: what the law gives, what events add, what an earlier admission takes away."""
        line, drawing = self.timeline, self.drawing
        last = line.claim - _DAY
        months = self.word("months", months=stage_of(self.found)["months"])
        added = self.word("extension", days=(line.base - line.start).days)
        parts = [(line.base, last, "period", months)]
        if line.base > line.start:
            parts.insert(0, (line.start, line.base - _DAY, "extension", added))
        if line.earlier_from is not None:
            parts.insert(0, (line.earlier_from, line.start - _DAY, "earlier_years", self.word("years")))
        if line.counts_from > line.start:
            parts.append((line.start, line.counts_from - _DAY, "before_admission", ""))
        dates = f"{self.say(line.start)} – {self.say(last)}"
        y = drawing.heading(self.word("period"), dates, self.word(self.unit), strong=True)
        for first, until, css, text in parts:
            drawing.bar(first, until, y - 2, css, f"{text} {self.say(first)} – {self.say(until)}".strip(), _BAR + 4)
            left, right = (
                drawing.scale.at(max(first, line.counts_from) if css == "period" else first),
                drawing.scale.at(until + _DAY),
            )
            if text and right - left > width_of(text, _SMALL, bold=True) + 8:
                drawing.label((left + right) / 2, y + 12, text, f"inside on-{css}", "middle")

    def rows(self) -> None:
        """Place the rows; where they are many, jobs share lanes and those out of sight are left to the table."""
        rows = self.timeline.rows
        if len(rows) <= MOST_ROWS:
            for row in rows:
                self._row(row)
            return
        lanes, _ = lanes_of(rows, self.drawing.scale)
        for position, lane in enumerate(lanes[:MOST_LANES]):
            self._lane(lane, named=position == 0)
        for row in [row for row in rows if row.kind is RowKind.PERIOD][:MOST_LANES]:
            self._row(row)
        self._row(rows[-1])

    def _row(self, row: Row) -> None:
        dates = f"{self.say(row.first)} – {self.say(row.last)}"
        y = self.drawing.heading(self.name(row), dates, self.amount(row.counted), strong=row.kind is RowKind.CONTRACT)
        for span in row.spans:
            self._span(row, span, y)

    def _lane(self, lane: list[Row], *, named: bool) -> None:
        drawing = self.drawing
        y = drawing.heading(self.word("jobs") if named else "", "", self.amount(sum_of(lane)))
        for row in lane:
            for span in row.spans:
                self._span(row, span, y)
            left, right = drawing.scale.at(row.first), drawing.scale.at(row.last + _DAY)
            if right - left > width_of(row.name, 10) + 4:
                drawing.label((left + right) / 2, y + 12, row.name, "inside number", "middle")

    def _span(self, row: Row, span: Span, y: float) -> None:
        planned = row.kind is RowKind.CONTRACT and span.meaning is Meaning.COUNTS
        css = "planned" if planned else span.meaning.value
        self.drawing.bar(span.first, span.last, y, css, f"{self.name(row)}: {self.effect(row, span)}")

    def name(self, row: Row) -> str:
        """Name a row in words."""
        return row_name(row, self.book)

    def effect(self, row: Row, span: Span) -> str:
        """Say what a span is, with its dates."""
        return f"{effect_of(row, span, self.book)}, {self.say(span.first)} – {self.say(span.last)}"

    def quarters(self) -> None:
        """Place what each quarter adds, with what is cut off above the most."""
        found = self.timeline.quarters
        if not found:
            return
        drawing, scale = self.drawing, self.drawing.scale
        tallest = max(float(self.timeline.quarter_most), *(float(quarter.total) for quarter in found))
        drawing.height += 6
        most = self.word("quarter_most", most=self.timeline.quarter_most)
        y = drawing.heading(self.word("by_quarter"), most, f"= {self.amount(sum_of(found))}")
        floor = y + 14 + _QUARTER_HEIGHT
        for quarter in found:
            left, right = scale.at(quarter.first), scale.at(quarter.last + _DAY)
            says = f"{self.say(quarter.name)}: {self.say(quarter.counted)}"
            counted = _QUARTER_HEIGHT * float(quarter.counted) / tallest
            whole = _QUARTER_HEIGHT * float(quarter.total) / tallest
            width = max(right - left - 1, 1.5)
            if quarter.total > quarter.counted:
                drawing.items.append(Box(left, floor - whole, width, whole - counted, "lost", says))
            if counted:
                drawing.items.append(Box(left, floor - counted, width, counted, "quarter", says))
            text = self.amount(quarter.counted)
            if right - left >= width_of(text, 10) - 2:
                drawing.label((left + right) / 2, floor - whole - 3, text, "figure", "middle")
        drawing.items.append(Line(*(scale.ends[0], floor), scale.ends[1], floor, "floor"))
        drawing.height = floor + 6

    def backdrop(self, top: float) -> list[Box | Label | Line]:
        """Give what lies behind: the period's field and the poles."""
        drawing, line = self.drawing, self.timeline
        left, right = drawing.scale.at(line.counts_from), drawing.scale.at(line.claim)
        field_ = Box(left, top, right - left, drawing.height - top, "field")
        drawing.items = [
            Line(item.x, item.y, item.x2, drawing.height, item.css)
            if isinstance(item, Line) and item.css == "tick"
            else item
            for item in drawing.items
        ]
        poles = [Line(pole.x, pole.y, pole.x2, drawing.height, pole.css) for pole in self.poles]
        return [field_, *poles]


def sum_of(parts: Sequence[Row | Quarter]) -> Decimal:
    """Add up what counts."""
    total = sum((part.counted for part in parts), Decimal(0))
    return total.quantize(Decimal(1)) if total == total.to_integral_value() else total.normalize()


def _readings(found: Computation) -> list[tuple[date | None, str]]:
    return [(found.reading_a_date, "reading_a"), (found.reading_b_date, "reading_b")]


def stage_of(found: Computation) -> dict[str, str]:
    """Give the figures of the stage's step: months of the period, earlier days under art. 32."""
    return next(dict(step.inputs) for step in found.steps.children if step.rule.startswith("stage."))


def row_name(row: Row, book: dict[str, Any]) -> str:
    """Name a row: the contract, a job by its number, a kind of period."""
    match row.kind:
        case RowKind.CONTRACT:
            return str(book["page"]["contract"])
        case RowKind.JOB:
            return str(book["page"]["job"]).format(number=row.name)
        case RowKind.PERIOD:
            return str(book["kind"].get(row.name, row.name))


def effect_of(row: Row, span: Span, book: dict[str, Any]) -> str:
    """Say what a span is to the answer, with the absence behind it."""
    planned = row.kind is RowKind.CONTRACT and span.meaning is Meaning.COUNTS
    said = str(book["meaning"]["planned" if planned else span.meaning.value])
    if span.kind and row.kind is not RowKind.PERIOD:
        return f"{book['kind'].get(span.kind, span.kind)}, {said}"
    return said


def lanes_of(rows: tuple[Row, ...], scale: Scale) -> tuple[list[list[Row]], list[Row]]:
    """Share the jobs in sight among lanes, so that none covers another; the others come apart."""
    lanes: list[list[Row]] = []
    hidden: list[Row] = []
    for row in rows:
        if row.kind is not RowKind.JOB:
            continue
        if row.last < scale.first or row.first > scale.last:
            hidden.append(row)
            continue
        lane = next((lane for lane in lanes if lane[-1].last < row.first), None)
        if lane is None:
            lanes.append([row])
        else:
            lane.append(row)
    return lanes, hidden
