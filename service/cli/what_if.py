"""What-if: a case with a few figures changed, `--set facts.contract.start=2026-10-01`.

A path names tables by their key and list items by their place from 0 (`facts.occupations[0].end`). A value is read as
TOML where it can be (dates, numbers, true, lists), else as text.
"""

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any


class BadPath(ValueError):  # noqa: N818 - the name is the sentence
    """A `--set` names a place that the case does not have; the text says which."""


def apply(case: dict[str, Any], changes: Sequence[str]) -> None:
    """Change the case in place. Raises BadPath where a change has no `=` or no such place."""
    for change in changes:
        path, equals, written = change.partition("=")
        if not equals:
            raise BadPath(f"--set {change}: write PATH=VALUE, such as facts.contract.start=2026-10-01.")
        *way, last = path.strip().replace("[", ".").replace("]", "").split(".")
        holder: Any = case
        for key in way:
            holder = _step(holder, key, path)
        _assign(holder, last, value(written.strip()), path)


def value(written: str) -> Any:
    """Read a value as TOML where it is TOML, else as text."""
    try:
        return tomllib.loads(f"value = {written}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError:
        return written


def _step(holder: Any, key: str, path: str) -> Any:
    if isinstance(holder, dict) and key in holder:
        return holder[key]
    if isinstance(holder, list) and key.isdigit() and int(key) < len(holder):
        return holder[int(key)]
    raise BadPath(f"--set {path}: the case has no {key}.")


def _assign(holder: Any, key: str, new: Any, path: str) -> None:
    if isinstance(holder, dict):
        holder[key] = new
    elif isinstance(holder, list) and key.isdigit() and int(key) < len(holder):
        holder[int(key)] = new
    else:
        raise BadPath(f"--set {path}: the case has no {key}.")
