"""The promises by id: what each says, and which tests prove it.

    pledges.toml   the sentences, written by hand          ─┐
    proofs.toml    the tests named after each, written by   ├─► Pledge(id, by, sentences, tests)
                   scripts/proofs.py from the tests' names ─┘

The tests are not installed with the program, so their names travel as data; a test compares that data with the tests
themselves. It refuses to say that a test passes: the test run says that.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Pledge:
    """A promise. `by`: CPAS or ONEM. `sentences` by language tag. `tests`: what proves it, as pytest names them."""

    id: str
    by: str
    sentences: dict[str, str]
    tests: tuple[str, ...]


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("handlers").joinpath(name).read_text("utf-8"))


@cache
def pledges() -> tuple[Pledge, ...]:
    """Give all promises in the order of the process: C1-C6, O1-O8, R1-R4."""
    proofs = _data("proofs.toml")
    return tuple(
        Pledge(name, row["by"], {tag: row[tag] for tag in row if tag != "by"}, tuple(proofs.get(name, ())))
        for name, row in _data("pledges.toml").items()
    )


def unproven(all_of_them: Iterable[Pledge]) -> tuple[Pledge, ...]:
    """Give the promises that no test proves."""
    return tuple(pledge for pledge in all_of_them if not pledge.tests)
