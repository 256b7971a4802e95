"""What-if: a case with any of its facts changed, `--set facts.contract.start=2026-10-01`.

    facts.contract.start=2026-10-01            change or add a value
    facts.occupations[0].end=2025-06-30        an item of a list, by its place from 0
    facts.periods[+]={ kind = "…", … }         one more item
    facts.occupations[1]=                      nothing: take the item or the value away

A value is read as TOML where it is TOML (dates, numbers, true, lists, tables), else as text. It refuses a path that
the case does not have, with what the case has instead; whether the facts are then possible, the case format says.
"""

import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, NoReturn

_PATH = re.compile(r"[A-Za-z_]+(\.[A-Za-z_]+|\.?\[[0-9]{1,6}\]|\.[0-9]{1,6}|\[\+\])*")
_KEY = re.compile(r"[A-Za-z_]+|[0-9]+|\+")
_ONE_MORE = "+"
_EXAMPLE = "write PATH=VALUE, such as facts.contract.start=2026-10-01"


class BadPath(ValueError):  # noqa: N818 - the name is the sentence
    """A `--set` names a place that the case does not have; the text says which, and what is there."""


def apply(case: dict[str, Any], changes: Sequence[str]) -> None:
    """Change the case in place, one change after the other. Raises BadPath where one is unreadable or has no place."""
    for change in changes:
        path, equals, written = change.partition("=")
        if not equals or not _PATH.fullmatch(path.strip()):
            raise BadPath(f"--set {change}: {_EXAMPLE}.")
        _change(case, path.strip(), written.strip())


def value(written: str) -> Any:
    """Read a value as TOML where it is TOML, else as text."""
    try:
        return tomllib.loads(f"value = {written}", parse_float=Decimal)["value"]
    except (ValueError, RecursionError):
        return written


def _change(case: dict[str, Any], path: str, written: str) -> None:
    way = _KEY.findall(path)
    holder: Any = case
    for key, following in pairwise(way):
        # a list that the case leaves out is an empty one
        if following == _ONE_MORE and isinstance(holder, dict) and holder.get(key) is None:
            holder[key] = []
        holder = holder[_place(holder, key, path)]
    if not written:
        del holder[_place(holder, way[-1], path)]
    elif way[-1] == _ONE_MORE and isinstance(holder, list):
        holder.append(value(written))
    elif isinstance(holder, dict) and not way[-1].isdigit() and way[-1] != _ONE_MORE:
        holder[way[-1]] = value(written)
    else:
        holder[_place(holder, way[-1], path)] = value(written)


def _place(holder: Any, key: str, path: str) -> Any:
    """Give the key or the index of what is there. Raises BadPath."""
    if isinstance(holder, dict):
        if key in holder:
            return key
        _refuse(path, f"there is no {key} here" + _instead(key, list(holder)))
    if isinstance(holder, list):
        if key.isdigit() and int(key) < len(holder):
            return int(key)
        _refuse(path, f"the list has {_items(len(holder))}; [+] adds one")
    _refuse(path, f"{key} is looked for in a plain value")


def _items(count: int) -> str:
    return f"items [0] to [{count - 1}]" if count else "no items"


def _instead(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, 1)
    return f"; did you mean {close[0]}?" if close else f", only {', '.join(sorted(known)) or 'nothing'}"


def _refuse(path: str, sentence: str) -> NoReturn:
    raise BadPath(f"--set {path}: {sentence.removesuffix('.')}" + ("" if sentence.endswith("?") else "."))
