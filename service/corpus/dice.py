"""Draws from the named figures, always the same for the same seed. It refuses a figure that is not there.

Each figure has its own run of chances, so that the same career can be drawn once more with complete forms: what a
careful centre does otherwise changes nothing else about the person.
"""

import random
import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

Figures = dict[str, Any]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("figures.toml").read_text("utf-8"))


def identifier() -> str:
    """Name the figures with their date."""
    return str(_table()["id"])


def figures() -> Figures:
    """Give the figures by name, each with its reason (`because`)."""
    return {name: figure for name, figure in _table().items() if isinstance(figure, dict)}


class Dice:
    """One career's chances. Nothing is left to the platform: only `random.random` of a text seed is used."""

    def __init__(self, seed: int, number: int, *, complete: bool = False) -> None:
        """Take the corpus's seed and the career's number in it; `complete` fills in the form as it should be."""
        self._seed, self._complete = f"{seed}/{number}", complete
        self._runs: dict[str, Callable[[], float]] = {}
        self.used: set[str] = set()
        """Names of the figures drawn from."""

    def _random(self, name: str) -> float:
        if name not in self._runs:
            self._runs[name] = random.Random(f"{self._seed}/{name}").random  # noqa: S311 - invented careers
        return self._runs[name]()

    def _figure(self, name: str) -> dict[str, Any]:
        self.used.add(name)
        found: dict[str, Any] = _table()[name]
        return found

    def happens(self, name: str) -> bool:
        """Draw whether a `share` comes about."""
        figure, drawn = self._figure(name), self._random(name)
        if self._complete and "complete" in figure:
            return bool(figure["complete"])
        return drawn < float(figure["share"])

    def choice(self, name: str) -> Any:
        """Draw one of the `choices` by their weights."""
        return self._weighted(name, self._figure(name)["choices"])[0]

    def between(self, name: str) -> int:
        """Draw a whole number from the `bands`."""
        low, high, _ = self._weighted(name, self._figure(name)["bands"])
        return int(low) + int(self._random(name) * (int(high) - int(low) + 1))

    def below(self, count: int) -> int:
        """Draw a whole number from 0 to before `count`, all alike."""
        return int(self._random("") * count)

    def _weighted(self, name: str, rows: list[list[Any]]) -> list[Any]:
        left = self._random(name) * sum(row[-1] for row in rows)
        for row in rows:
            left -= row[-1]
            if left < 0:
                return row
        return rows[-1]
