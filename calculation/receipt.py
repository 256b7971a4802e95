"""The receipt: what is needed to run the same computation again years later, and whether it still can be.

facts, laws used ──► receipt_of ──► Receipt ──(stored)──► law_changes ──► nothing | LawChanged …
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from calculation import shelf
from calculation.case import facts_to_json
from calculation.facts import Facts
from calculation.law import Counting, Law, Method
from calculation.result import Receipt

ENGINE = "cpas-onem-calculation/1"
"""Name and version of the engine's rules; raised whenever the same facts and law could give another answer."""


def receipt_of(facts: Facts, used: Iterable[Law | Counting | Method]) -> Receipt:
    """Make the receipt of a computation that used these versions; no timings in it."""
    digests = {(version.identifier, version.digest) for version in used}
    return Receipt(ENGINE, tuple(sorted(digests)), hashlib.sha256(facts_to_json(facts)).hexdigest())


@dataclass(frozen=True, slots=True)
class LawChanged:
    """A law file that is not the one the receipt names; `present` is None where there is no such file."""

    instrument: str
    stored: str
    """SHA-256 (hex) of the file as the receipt has it."""
    present: str | None


def law_changes(stored: Mapping[str, str]) -> tuple[LawChanged, ...]:
    """Compare a receipt's law digests (SHA-256 by instrument id) with the law files present; empty if all are there."""
    found = ((instrument, digest, _present(instrument)) for instrument, digest in sorted(stored.items()))
    return tuple(LawChanged(*one) for one in found if one[1] != one[2])


@lru_cache(maxsize=64)
def _present(instrument: str) -> str | None:
    known = shelf.versions(instrument.partition("@")[0])
    return shelf.read(instrument)[1] if instrument in known else None
