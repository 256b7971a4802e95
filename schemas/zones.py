"""The table of zones and blocks: number, element on the wire, names, and the generic faults each can show.

Read once from `zones.toml`; the schemas' documentation and the anomaly catalogue agree with it.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone (one value) or a block. `private`: its value is personal or free text and is never repeated."""

    number: str
    element: str
    names: MappingProxyType[str, str]
    private: bool
    faults: tuple[str, ...]


def _zone(row: dict[str, Any]) -> Zone:
    names = MappingProxyType({language: row[language] for language in ("fr", "nl", "de", "en")})
    return Zone(row["number"], row["element"], names, row.get("private", False), tuple(row.get("faults", ())))


@cache
def zones() -> tuple[Zone, ...]:
    """Give all zones and blocks, by number."""
    table = tomllib.loads((Path(__file__).parent / "zones.toml").read_text("utf-8"))
    return tuple(_zone(row) for row in table["zone"])


@cache
def _by_element() -> dict[str, Zone]:
    return {zone.element: zone for zone in zones()}


def zone_of(element: str) -> Zone | None:
    """Give the zone of an element name; None for an element that no schema knows."""
    return _by_element().get(element)
