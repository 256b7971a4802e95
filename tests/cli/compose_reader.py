"""Reads the part of YAML that docker-compose.yml uses, refuses the rest: maps, lists, quoted words, `&`, `*`, `<<`."""

import json
import re
from typing import Any


def read(text: str) -> Any:
    """Give the document. Raises ValueError at the first line that is not understood."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    anchors: dict[str, Any] = {}
    value, rest = _block(lines, 0, anchors)
    if rest:
        raise ValueError(f"not understood: {rest[0]}")
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _block(lines: list[str], indent: int, anchors: dict[str, Any]) -> tuple[Any, list[str]]:
    if lines[0].lstrip().startswith("- "):
        items = []
        while lines and _indent(lines[0]) == indent and lines[0].lstrip().startswith("- "):
            items.append(_scalar(lines.pop(0).lstrip()[2:]))
        return items, lines
    found: dict[str, Any] = {}
    while lines and _indent(lines[0]) == indent:
        line = lines.pop(0)
        match = re.fullmatch(r"\s*([\w.<-]+):(?: (.+))?", line)
        if not match:
            raise ValueError(f"not understood: {line}")
        key, written = match[1], match[2] or ""
        if key in found:
            raise ValueError(f"twice: {line}")
        anchor = written[1:] if written.startswith("&") else None
        if written and not anchor:
            value = anchors[written[1:]] if written.startswith("*") else _scalar(written)
        else:
            if not lines or _indent(lines[0]) <= indent:
                raise ValueError(f"nothing under: {line}")
            value, lines = _block(lines, _indent(lines[0]), anchors)
        if anchor:
            anchors[anchor] = value
        if key == "<<":
            found = {**value, **found}
        else:
            found[key] = value
    if lines and _indent(lines[0]) > indent:
        raise ValueError(f"indented too far: {lines[0]}")
    return found, lines


def _scalar(written: str) -> Any:
    if written[0] in '"[{':
        return json.loads(written)
    if re.search(r"[\[\]{}&*!|>'\"%@`]|: | #", written):
        raise ValueError(f"not understood: {written}")
    return written
