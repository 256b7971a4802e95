"""The stored law: every version of every instrument, and which one is in force on a day.

Reads `law/*.toml` once. It refuses to fall through: a day before an instrument's first version or after its last one
gives a typed gap, never the nearest version.

    shelf() ──► Shelf ──► law_on(day) · counting_on(day) · method_on(day) ──► the version in force
                  │                                                      └─► NotModelled | Ended | NotYetInForce
                  └─► only(names): the versions that a receipt names
"""

import hashlib
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from calculation.law import Counting, Law, Method, counting_from, law_from, method_from

Version = TypeVar("Version", Law, Counting, Method)


@dataclass(frozen=True, slots=True)
class NotModelled:
    """The day lies before the first modelled version."""

    instrument: str
    first_modelled: date


@dataclass(frozen=True, slots=True)
class NotYetInForce:
    """The version asked for takes effect later."""

    instrument: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class Ended:
    """The version asked for, or the last one known, has ceased to apply."""

    instrument: str
    effective_until: date


Gap = NotModelled | NotYetInForce | Ended


def in_force(known: Sequence[Version], day: date) -> Version | Gap:
    """Give the version in force on a day, or the gap that it falls into; `known` is not empty, the oldest first."""
    if day < known[0].effective_from:
        return NotModelled(known[0].identifier, known[0].effective_from)
    found = next(version for version in reversed(known) if version.effective_from <= day)
    if found.effective_until is not None and day > found.effective_until:
        return Ended(found.identifier, found.effective_until)
    return found


def _named(known: tuple[Version, ...], names: Collection[str]) -> tuple[Version, ...]:
    return tuple(version for version in known if version.identifier in names) or known


@dataclass(frozen=True, slots=True)
class Shelf:
    """Versions to calculate with, of each instrument the oldest first."""

    laws: tuple[Law, ...]
    """Of the Royal Decree."""
    countings: tuple[Counting, ...]
    """Of the Ministerial Decree."""
    methods: tuple[Method, ...]
    """Of our own reading."""

    def law_on(self, day: date) -> Law | Gap:
        """Give the Royal Decree as in force for a claim on that day."""
        return in_force(self.laws, day)

    def counting_on(self, day: date) -> Counting | Gap:
        """Give the Ministerial Decree as in force for a claim on that day."""
        return in_force(self.countings, day)

    def method_on(self, day: date) -> Method | Gap:
        """Give our own reading as it stands for a search that begins on that day."""
        return in_force(self.methods, day)

    def version_on(self, identifier: str, day: date) -> Law | Gap:
        """Give a named version of the Royal Decree if it applies to a claim on that day, else the gap."""
        law = next((law for law in self.laws if law.identifier == identifier), None)
        if law is None:
            return NotModelled(identifier, self.laws[0].effective_from)
        if day < law.effective_from:
            return NotYetInForce(identifier, law.effective_from)
        if law.effective_until is not None and day > law.effective_until:
            return Ended(identifier, law.effective_until)
        return law

    def only(self, names: Collection[str]) -> "Shelf":
        """Keep the versions named; of an instrument without any named version, all."""
        return Shelf(_named(self.laws, names), _named(self.countings, names), _named(self.methods, names))


def _folder() -> Traversable:
    return resources.files("calculation").joinpath("law")


def read(name: str, folder: Traversable | None = None) -> tuple[dict[str, Any], str]:
    """Read one law file: its content and its SHA-256 (hex). FileNotFoundError if there is none of that name."""
    body = (folder or _folder()).joinpath(f"{name}.toml").read_bytes()
    return tomllib.loads(body.decode()), hashlib.sha256(body).hexdigest()


def versions(instrument: str, folder: Traversable | None = None) -> tuple[str, ...]:
    """Name the stored versions of an instrument, oldest first."""
    names = (entry.name.removesuffix(".toml") for entry in (folder or _folder()).iterdir())
    return tuple(sorted(name for name in names if name.startswith(f"{instrument}@")))


def shelf_in(folder: Traversable) -> Shelf:
    """Read every version that stands in a folder."""

    def all_of(instrument: str, made: Callable[[Mapping[str, Any], str], Version]) -> tuple[Version, ...]:
        return tuple(made(*read(name, folder)) for name in versions(instrument, folder))

    return Shelf(all_of("ar-1991", law_from), all_of("am-1991", counting_from), all_of("method", method_from))


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """Give every stored version."""
    return shelf_in(_folder())


@dataclass(frozen=True, slots=True)
class Instrument:
    """A legal text in one version, as it is cited: titles by language, and its ELI where the law file has one."""

    identifier: str
    titles: Mapping[str, str]
    eli: str


@lru_cache(maxsize=32)
def instrument(identifier: str) -> Instrument:
    """Give a stored version by its id, such as `ar-1991@2026-03-01`; FileNotFoundError if there is none."""
    table, _ = read(identifier)
    return Instrument(table["id"], table["title"], table.get("eli", ""))


@lru_cache(maxsize=1)
def admission_articles() -> frozenset[str]:
    """Name the articles under which an earlier admission starts the count afresh, in whichever version."""
    return frozenset(article for law in shelf().laws if law.fresh_start for article in law.fresh_start.articles)
