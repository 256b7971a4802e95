"""From days to places: the picture's horizontal scale, and room for its labels.

    earlier years (art. 32, pressed together) │ a little before │ the period, at scale │ the claim

Leaf module. What lies further left than the scale reaches is cut: a picture of three years stays one of three years,
however long the career before it was.
"""

from dataclasses import dataclass
from datetime import date

_LEAD_WITH_PAST, _LEAD, _TAIL = 0.07, 0.02, 0.02
_EARLIER_SHARE = 0.36
_CHARACTER, _BOLD = 0.56, 0.6


@dataclass(frozen=True, slots=True)
class Scale:
    """A line of straight pieces through (day, place) points; days beyond its ends sit on the ends."""

    points: tuple[tuple[float, float], ...]

    def at(self, day: date) -> float:
        """Give the place of the first moment of a day."""
        number = float(day.toordinal())
        if number <= self.points[0][0]:
            return self.points[0][1]
        for (day0, place0), (day1, place1) in zip(self.points, self.points[1:], strict=False):
            if number <= day1:
                return place0 + (place1 - place0) * (number - day0) / (day1 - day0)
        return self.points[-1][1]

    @property
    def first(self) -> date:
        """The first day shown."""
        return date.fromordinal(int(self.points[0][0]) + 1)

    @property
    def last(self) -> date:
        """The last day shown."""
        return date.fromordinal(int(self.points[-1][0]))

    @property
    def ends(self) -> tuple[float, float]:
        """The left and the right edge."""
        return self.points[0][1], self.points[-1][1]


def scale_of(period: tuple[date, date], edges: tuple[float, float], *, past: bool, earlier: date | None) -> Scale:
    """Make the scale between two edges of a period up to the last date worth showing; `past` leaves room before it."""
    (start, until), (left, right) = period, edges
    core = max(1, until.toordinal() - start.toordinal())
    end = until.toordinal() + core * _TAIL
    if earlier is None:
        lead = core * (_LEAD_WITH_PAST if past else _LEAD)
        return Scale(((start.toordinal() - lead, left), (end, right)))
    far = start.toordinal() - earlier.toordinal()
    fold = left + (right - left) * _EARLIER_SHARE
    return Scale(((earlier.toordinal() - far * _LEAD_WITH_PAST, left), (start.toordinal(), fold), (end, right)))


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Guess a text's width, rather too wide than too narrow: no fonts are measured here."""
    return len(text) * size * (_BOLD if bold else _CHARACTER)


def cut(text: str, size: float, room: float) -> str:
    """Shorten a text to its room."""
    most = int(room / (size * _CHARACTER))
    return text if len(text) <= most else text[: max(1, most - 1)].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Flag:
    """A dated label on its pole: `level` 0 stands nearest to the picture."""

    place: float
    text: str
    css: str
    level: int
    to_the_left: bool


def flags(wanted: list[tuple[float, str, str]], ends: tuple[float, float], size: float) -> list[Flag]:
    """Stand labels on as many levels as it takes: none covers another, and no pole crosses a label where avoidable."""
    middle = (ends[0] + ends[1]) / 2
    near = sorted(wanted, key=lambda item: -item[0] if item[0] < middle else item[0])
    placed: list[tuple[Flag, float, float]] = []
    for place, text, css in near:
        width = width_of(text, size, bold=True) + 8
        left = place >= middle and place - width >= ends[0] - 2
        low, high = (place - width, place) if left else (place, place + width)
        level = 0
        for other, other_low, other_high in placed:
            if (other_low < high and low < other_high) or low - 4 <= other.place <= high + 4:
                level = max(level, other.level + 1)
        placed.append((Flag(place, text, css, level, left), low, high))
    return [flag for flag, _, _ in placed]
