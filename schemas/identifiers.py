"""Identifiers of the Belgian social security and of this channel: form and check digits.

Leaf module: standard library only. It judges a number by itself and refuses to depend on today's date: the century of a
NISS follows from its check digits.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

TICKET_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
"""Characters of a ticket: no I, no O, so that it can be read over the telephone."""
TICKET_LENGTH = 13

_TICKET = re.compile(f"[{TICKET_ALPHABET}]{{{TICKET_LENGTH}}}")
_DIGITS = re.compile("[0-9]+")
_SENDER = re.compile("[0-9]{6}")
_BIS_SHIFTS = (0, 20, 40)
_REFUSED_NISS = frozenset({"00000000000", "99999999999"})


@dataclass(frozen=True, slots=True)
class PossibleBirth:
    """What a NISS says of a birth: year, and month and day where the number knows them (a BIS number may not)."""

    year: int
    month: int | None
    day: int | None

    def agrees_with(self, birth_date: date) -> bool:
        """Tell whether a birth date contradicts nothing that the number knows."""
        if self.month is None:
            return self.year % 100 == 0 or self.year == birth_date.year
        known = self.year == birth_date.year and self.month == birth_date.month
        return known and self.day in (None, birth_date.day)


def _digits(text: str, length: int) -> bool:
    return len(text) == length and _DIGITS.fullmatch(text) is not None


def niss_birth_dates(niss: str) -> PossibleBirth | None:
    """Read the birth in a valid NISS or BIS number (month + 20 or + 40); None where the number is not valid.

    Check digits: 97 - (first nine mod 97); for a birth from 2000 the nine digits are preceded by a 2. A month 00 says
    that month and day are unknown, a day that the month does not have that the day is.
    """
    if not _digits(niss, 11) or niss in _REFUSED_NISS:
        return None
    base, check = int(niss[:9]), int(niss[9:])
    if check == 97 - base % 97:
        century = 1900
    elif check == 97 - (2_000_000_000 + base) % 97:
        century = 2000
    else:
        return None
    shifted, day = int(niss[2:4]), int(niss[4:6])
    month = next((shifted - shift for shift in _BIS_SHIFTS if 0 <= shifted - shift <= 12), None)
    if month is None:
        return None
    year = century + int(niss[:2])
    if month == 0:
        return PossibleBirth(year, None, None)
    return PossibleBirth(year, month, day if 1 <= day <= monthrange(year, month)[1] else None)


def niss_is_valid(niss: str) -> bool:
    """Tell whether a NISS or BIS number of 11 digits is valid by its check digits and its month."""
    return niss_birth_dates(niss) is not None


def bce_is_valid(company_id: str) -> bool:
    """Tell whether an enterprise number is valid: 10 digits, first 0 or 1, 97 - (first eight mod 97)."""
    if not _digits(company_id, 10) or company_id[0] not in "01":
        return False
    return int(company_id[8:]) == 97 - int(company_id[:8]) % 97


def onss_is_valid(number: str) -> bool:
    """Tell whether an ONSS number of 3 to 9 digits is valid: 96 - ((all but the last two times 100) mod 97)."""
    if not 3 <= len(number) <= 9 or not _digits(number, len(number)):
        return False
    base = int(number[:-2])
    return base > 0 and int(number[-2:]) == 96 - base * 100 % 97


def ticket_is_wellformed(ticket: str) -> bool:
    """Tell whether a text has the form of a ticket: 13 capitals and digits without I and O."""
    return _TICKET.fullmatch(ticket) is not None


def sender_is_wellformed(sender: str) -> bool:
    """Tell whether a text has the form of a sender number: 6 digits."""
    return _SENDER.fullmatch(sender) is not None
