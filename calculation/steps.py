"""The step tree: how an answer came about, step by step, as data that a text, an XML or a page can be made from.

Leaf module. A step carries its law, article and version as fields, so that nobody has to parse a text. There are no
timings in it: the same facts give the same tree, byte for byte.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the explanation (calculation specification, section 7)."""

    rule: str
    """Stable rule id, such as `stage.required`."""
    instrument: str
    """Instrument id and version, such as `ar-1991@2026-03-01`."""
    article: str
    """Article as cited, such as `AR 30, al. 1`."""
    period: tuple[date, date] | None = None
    """First and last day that the step speaks of."""
    inputs: tuple[tuple[str, str], ...] = ()
    """Name and value of each figure used; dates as ISO, numbers as plain decimals."""
    formula: str = ""
    """The formula with the numbers filled in, such as `82 × 6 / 5 = 98.4`."""
    result: str = ""
    practice: bool = False
    """True for a rule of practice or of our own reading ([P], [D]): the explanation says so."""
    children: tuple["Step", ...] = ()
