"""How single values are written on the wire: codes, dates without zone, hundredths and ten-thousandths.

A `Kind` is a pair of functions, text to value and value to text. Both raise `ValueError` on what they cannot represent;
nothing is rounded silently. Refuses what Python would let pass and XML Schema would not: non-ASCII digits, underscores,
ISO week dates.
"""

import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_NEEDS_CARE = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of writing a value. `to_text` must give text that is already escaped for XML."""

    parse: Callable[[str], Any]
    to_text: Callable[[Any], str]


def escape(text: str) -> str:
    """Escape text for element content; a character that XML cannot hold becomes U+FFFD."""
    if _NEEDS_CARE.search(text) is None:
        return text
    return _NEEDS_CARE.sub(lambda found: _ESCAPES.get(found[0], "\ufffd"), text)


def _free_text(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _line(text: str) -> str:
    return " ".join(_free_text(text).split())


def _digits(text: str) -> int:
    stripped = text.strip(" \t\r\n")
    if not (stripped.isascii() and stripped.isdigit()):
        raise ValueError("not a whole number")
    return int(stripped)


def _day(text: str) -> date:
    stripped = text.strip(" \t\r\n")
    if len(stripped) != 10 or stripped[4] != "-" or stripped[7] != "-":
        raise ValueError("not a date of the form yyyy-mm-dd")
    day = date.fromisoformat(stripped)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError("not a date of the years the schema allows")
    return day


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("neither 0 nor 1")
    return text == "1"


def _scaled(places: int) -> Kind:
    factor = 10**places

    def to_text(value: Decimal | int) -> str:
        scaled = value * factor
        whole = int(scaled)
        if whole != scaled or whole < 0:
            raise ValueError(f"{value} has no exact form in 1/{factor}")
        return str(whole)

    return Kind(lambda text: Decimal(_digits(text)).scaleb(-places), to_text)


def _whole_days(text: str) -> int:
    days, rest = divmod(_digits(text), 10_000)
    if rest:
        raise ValueError("not a whole number of days")
    return days


def _quarter(text: str) -> str:
    if len(text) != 5 or text[4] not in "1234" or not _FIRST_YEAR <= _digits(text[:4]) <= _LAST_YEAR:
        raise ValueError("not a quarter of the form yyyyq")
    return f"{text[:4]}Q{text[4]}"


def _coded(codes: dict[str, Any]) -> Kind:
    texts = {value: text for text, value in codes.items()}

    def parse(text: str) -> Any:
        if text not in codes:
            raise ValueError("not in the domain")
        return codes[text]

    return Kind(parse, lambda value: texts[value])


def _bytes(text: str) -> bytes:
    return b64decode("".join(text.split()), validate=True)


def read_moment(day: date, hour: str) -> datetime:
    """Read a Brussels date and `hh:mm:ss.mmm` as an aware datetime; the first of a doubled hour in autumn."""
    if len(hour) != 12:
        raise ValueError("not an hour of the form hh:mm:ss.mmm")
    return datetime.combine(day, time.fromisoformat(hour), BRUSSELS)


def write_moment(moment: datetime) -> tuple[str, str]:
    """Write an aware datetime as Brussels date and `hh:mm:ss.mmm`, to the millisecond below."""
    if moment.tzinfo is None:
        raise ValueError("a moment without zone")
    text = moment.astimezone(BRUSSELS).isoformat(timespec="milliseconds")
    return text[:10], text[11:23]


TEXT = Kind(_free_text, escape)
"""Text kept as it is, in NFC."""
LINE = Kind(_line, escape)
"""One line of text: white space collapsed, in NFC."""
CODE = Kind(lambda text: text, escape)
"""A code or identifier: text, never a number, leading zeros kept."""
INTEGER = Kind(_digits, str)
"""A whole number, not negative."""
HUNDREDTHS = _scaled(2)
"""Hours and days as in DmfA: 3800 is 38 hours."""
TEN_THOUSANDTHS = _scaled(4)
"""Calculated days: 996000 is 99.6 days."""
WHOLE_DAYS = Kind(_whole_days, _scaled(4).to_text)
"""Whole calculated days, written in ten-thousandths like the others."""
DATE = Kind(_day, date.isoformat)
"""A date without zone."""
FLAG = Kind(_flag, lambda value: "1" if value else "0")
"""An indicator, 1 yes or 0 no."""
QUARTER = Kind(_quarter, lambda value: str(value).replace("Q", ""))
"""A quarter: 20251 on the wire, 2025Q1 in the model."""
WEEKDAYS = Kind(lambda text: tuple(_digits(day) for day in text), lambda days: "".join(map(str, days)))
"""Weekdays worked: 12345 is Monday to Friday."""
MODE = _coded({"1": True, "2": False})
"""Mode of decision: 1 automatic, 2 by an agent."""
REVIEW_RESULT = _coded({"1": "confirm", "2": "decide", "3": "return", "4": "grant", "5": "correct", "6": "withdraw"})
"""Outcome of a review: what `schemas.models.ReviewOutcome` says of each."""
BASE64 = Kind(_bytes, lambda value: b64encode(value).decode())
"""The bytes of a document."""
