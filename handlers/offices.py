"""Who answers for a person, as dated data: the ONEM office of the main residence (AR 25.11.1991, art. 142).

    postal code, day ─► Competent(contact)              a row of the table holds
                    └─► Uncovered(contact, alert)       none does: the default office, and an operator hears of it

`offices.toml` is what is shipped, and is marked as example data; an operator gives a table of their own, in the same
form, to `read`. `federation_for` gives the second line. Refuses a table that names two offices for one residence.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from itertools import combinations
from typing import Any

from handlers.promises import OfficeDays
from schemas.models import Language, OfficeContact

_KNOWN_AT_MOST = 8192
_CODE = re.compile("[!-~]{1,60}")
"""As the messages write it."""


class BadOffices(Exception):  # noqa: N818 - the name is the sentence
    """The table of offices cannot be used; the text says which row and why."""


@dataclass(frozen=True, slots=True)
class Office:
    """One row: an office, its postal codes as ranges with both ends included, and the days on which the row holds."""

    code: str
    names: tuple[tuple[Language, str], ...]
    email: str
    telephone: str
    postal_codes: tuple[tuple[int, int], ...] = ()
    valid_from: date = date.min
    valid_to: date = date.max
    closed: frozenset[date] = frozenset()
    """Days on which it is closed though others work."""

    def holds_on(self, day: date) -> bool:
        """Tell whether the row holds on that day."""
        return self.valid_from <= day <= self.valid_to

    def answers_for(self, postal_code: int, day: date) -> bool:
        """Tell whether it is the office of that residence on that day."""
        return self.holds_on(day) and any(first <= postal_code <= last for first, last in self.postal_codes)

    def contact(self, language: Language) -> OfficeContact:
        """Give its contact, named in that language."""
        name = dict(self.names)[language]
        return OfficeContact(code=self.code, name=name, email=self.email, telephone=self.telephone)


@dataclass(frozen=True, slots=True)
class Competent:
    """The office of the residence."""

    contact: OfficeContact


@dataclass(frozen=True, slots=True)
class Uncovered:
    """No row of the table holds for the residence: the default office, and what an operator must hear."""

    contact: OfficeContact
    alert: str


@dataclass(frozen=True, slots=True)
class Offices:
    """A table of offices. `is_example`: its contacts are invented and must not be given to a CPAS in earnest."""

    default: Office
    rows: tuple[Office, ...]
    is_example: bool
    _known: dict[tuple[str, date, Language], Competent | Uncovered] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )
    """Answers given before: a residence is asked for several times in one form, and a few thousand exist."""

    def office_for(self, postal_code: str, day: date, language: Language) -> Competent | Uncovered:
        """Give the office that answers for a residence on a Brussels day, named in that language."""
        asked = postal_code, day, language
        found = self._known.get(asked)
        if found is None:
            if len(self._known) >= _KNOWN_AT_MOST:
                self._known.clear()
            found = self._known[asked] = self._office_for(postal_code, day, language)
        return found

    def _office_for(self, postal_code: str, day: date, language: Language) -> Competent | Uncovered:
        if postal_code.isascii() and postal_code.isdigit():
            for office in self.rows:
                if office.answers_for(int(postal_code), day):
                    return Competent(office.contact(language))
        return Uncovered(
            self.default.contact(language),
            f"no office answers for postal code {postal_code} on {day}: "
            f"office {self.default.code} took it; complete the table of offices",
        )

    def contact_of(self, code: str, language: Language, day: date) -> OfficeContact:
        """Give the contact of an office on a Brussels day, by its code; the default one's where no row of it holds."""
        found = (office for office in self.rows if office.code == code and office.holds_on(day))
        return next(found, self.default).contact(language)

    def days_of(self, code: str) -> OfficeDays:
        """Give the days on which an office is closed beside the legal holidays."""
        rows = (office for office in (self.default, *self.rows) if office.code == code)
        return OfficeDays(code, frozenset(day for office in rows for day in office.closed))

    def codes(self) -> tuple[str, ...]:
        """Give the codes of all offices, the default one's included, in order."""
        return tuple(sorted({self.default.code, *(office.code for office in self.rows)}))


@cache
def shipped() -> Offices:
    """Give the table that comes with the package: example data."""
    return read(resources.files("handlers").joinpath("offices.toml").read_text("utf-8"))


def read(text: str) -> Offices:
    """Read a table of offices from TOML. Raises BadOffices."""
    try:
        table = tomllib.loads(text)
        rows = tuple(_row(entry) for entry in table["office"])
        found = Offices(_row(table["default"]), rows, bool(table.get("example", False)))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as fault:
        raise BadOffices(f"The table of offices cannot be read: {type(fault).__name__} {fault}.") from fault
    for problem in _contradictions(rows):
        raise BadOffices(problem)
    return found


def _row(entry: dict[str, Any]) -> Office:
    return Office(
        code=_code(entry["code"]),
        names=tuple((language, entry["name"][language.name.lower()]) for language in Language),
        email=entry["email"],
        telephone=entry["telephone"],
        postal_codes=_ranges(entry.get("postal_codes", ())),
        valid_from=entry.get("valid_from", date.min),
        valid_to=entry.get("valid_to", date.max),
        closed=frozenset(_day(day) for day in entry.get("closed", ())),
    )


def _code(written: str) -> str:
    if not _CODE.fullmatch(written):
        raise ValueError(f"an office's code is 1 to 60 letters, digits and signs without a blank, not {written!r}")
    return written


def _day(written: object) -> date:
    if type(written) is not date:
        raise ValueError(f"a closed day is a date such as 2026-12-24, not {written}")
    return written


def _ranges(written: Any) -> tuple[tuple[int, int], ...]:
    ranges = tuple((int(first), int(last)) for first, last in written)
    for first, last in ranges:
        if first > last:
            raise ValueError(f"postal codes from {first} to {last}")
    return ranges


def _contradictions(rows: tuple[Office, ...]) -> Iterator[str]:
    for one, other in combinations(rows, 2):
        if max(one.valid_from, other.valid_from) > min(one.valid_to, other.valid_to):
            continue
        for (first, last), (from_, to) in ((a, b) for a in one.postal_codes for b in other.postal_codes):
            if max(first, from_) <= min(last, to):
                yield f"Offices {one.code} and {other.code} both claim postal code {max(first, from_)} on the same day."


@cache
def _regions() -> tuple[dict[str, Any], ...]:
    text = resources.files("handlers").joinpath("federations.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["region"])


def federation_for(postal_code: str, language: Language) -> str | None:
    """Give the address of the second line for a residence, in that language where it has one; None outside Belgium."""
    code = int(postal_code) if postal_code.isascii() and postal_code.isdigit() else 0
    for region in _regions():
        if any(first <= code <= last for first, last in _ranges(region["postal_codes"])):
            addresses: dict[str, str] = region["addresses"]
            return addresses.get(language.name.lower(), next(iter(addresses.values())))
    return None
