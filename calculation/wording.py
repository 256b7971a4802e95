"""How a language writes what the engine holds as data: dates, figures, quarters, articles, places in the facts.

Leaf module beside the texts; it knows no rule and no result.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from calculation import texts

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIGURE = re.compile(r"[0-9]*\.[0-9]*")
_QUARTER = re.compile(r"([0-9]{4})Q([1-4])")
_FIGURES = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+\.[0-9]+")
_CITED = re.compile(r"(AR|AM|LP|GDPR) |, al\. ([0-9]+)|, § ([0-9]+)|, ([0-9]+)°")
_PLACES = re.compile(r"([a-z_]+)\[([0-9]+)\]|: ([0-9]+)(?![0-9-])|\.|[a-z]+(?:_[a-z]+)*|[0-9]{4}-[0-9]{2}-[0-9]{2}")


@lru_cache(maxsize=4096)
def _dated(value: str, pattern: str) -> str:
    return date.fromisoformat(value).strftime(pattern)


def shown(value: str, language: str) -> str:
    """Write an ISO date, a decimal or a quarter as the language does; anything else as it is."""
    words: dict[str, Any] = texts.load(language)["words"]
    if _DATE.fullmatch(value):
        return _dated(value, words["date"])
    if "." in value and _FIGURE.fullmatch(value):
        return value.replace(".", words["decimal_mark"])
    quarter = _QUARTER.fullmatch(value)
    if quarter:
        return str(words["quarters"][int(quarter[2]) - 1]).format(year=quarter[1])
    return value


def formula(value: str, language: str) -> str:
    """Write the dates and decimals inside a formula as the language does."""
    return _FIGURES.sub(lambda found: shown(found[0], language), value)


def article(cited: str, language: str) -> str:
    """Write an article as the language cites it: `AR 30, al. 1` is `KB art. 30, 1e lid` in Dutch."""
    words: dict[str, str] = texts.load(language)["article"]

    def part(found: re.Match[str]) -> str:
        instrument, paragraph, section, point = found.groups()
        if instrument:
            return words[instrument]
        name = "paragraph" if paragraph else "section" if section else "point"
        return words[name].format(number=paragraph or section or point)

    return _CITED.sub(part, cited)


def kind(name: str, language: str) -> str:
    """Name a kind of absence or period; an unknown one as it is."""
    return str(texts.load(language)["kind"].get(name, name))


def job(name: str, language: str) -> str:
    """Name a job: `contract`, or its number from 1."""
    words = texts.load(language)["words"]
    return str(words["contract"] if name == "contract" else words["job"].format(number=name))


def subject(value: str, language: str) -> str:
    """Name a place in the facts as people would: `occupations[0]: maternity` becomes the job's number and the kind."""
    names: dict[str, str] = texts.load(language)["subject"]

    def named(found: re.Match[str]) -> str:
        table, place, code = found.groups()
        if table:
            template = names.get(f"{table}_item", f"{names.get(table, table)} {{number}}")
            return template.format(number=int(place) + 1)
        if code:
            return ": " + names["code"].format(number=code)
        if found[0] == ".":
            return ", "
        return shown(names.get(found[0], kind(found[0], language)), language)

    return _PLACES.sub(named, value)
