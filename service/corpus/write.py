"""A case as a TOML file that `calculate` reads: dates and numbers as such, nothing left out that was drawn."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

_FACTS = "facts"


def case_text(case: Mapping[str, Any]) -> str:
    """Write one case."""
    facts = case[_FACTS]
    lines = [f"{name} = {_value(case[name])}" for name in ("id", "source")]
    lines += [f"[{_FACTS}]", *_plain(facts, ("contract", "occupations", "periods"))]
    lines += [f"[{_FACTS}.contract]", *_plain(facts["contract"])]
    for name in ("occupations", "periods"):
        for row in facts[name]:
            lines += [f"[[{_FACTS}.{name}]]", *_plain(row)]
    return "\n".join(lines) + "\n"


def _plain(table: Mapping[str, Any], without: tuple[str, ...] = ()) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items() if name not in without]


def _value(value: Any) -> str:
    match value:
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case date():
            return value.isoformat()
        case list():
            return "[" + ", ".join(_value(item) for item in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{name} = {_value(item)}" for name, item in value.items()) + " }"
        case _:
            return str(value)
