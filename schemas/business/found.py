"""What every check of this package gives, and small questions that several ask."""

import re
from collections.abc import Iterator

from schemas.identifiers import niss_birth_dates

Found = Iterator[tuple[str, str]]
"""Anomalies: error id, and path in model terms."""

_MOJIBAKE = re.compile("\u00c3[\u0080-\u00bf]|\u00c2[\u00a0-\u00bf]")
_NISS_LENGTH = 11


def all_digits(text: str, length: int) -> bool:
    """Tell whether a text is that many ASCII digits."""
    return len(text) == length and text.isascii() and text.isdigit()


def is_mojibake(text: str | None) -> bool:
    """Tell whether a text shows UTF-8 that was read as Latin-1."""
    return bool(text) and _MOJIBAKE.search(text or "") is not None


def niss(number: str | None, path: str) -> Found:
    """Check digits of a NISS that has its eleven digits (zone 00024)."""
    if number and all_digits(number, _NISS_LENGTH) and niss_birth_dates(number) is None:
        yield "00024-004", path
