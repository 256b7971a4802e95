"""The anomaly catalogue, and an anomaly told in a language.

The catalogue is data (`anomalies.toml`): entries with their own text, and generic types that `zones.toml` gives to
zones. An id has the form `ZZZZZ-EEE`: zone or block number and error type; `ACRF-EEE` where no form could be read.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from schemas.catalogue import VERSIONS
from schemas.findings import Anomaly, AnomalyClass, Report
from schemas.models.header import Language
from schemas.zones import Zone, zones

DOCUMENTATION = "https://cpas-onem.example/doc/anomalies#"
"""Address of the documentation of an anomaly, before its id."""

_LANGUAGES = ("fr", "nl", "de", "en")


@dataclass(frozen=True, slots=True)
class Entry:
    """One anomaly id: class, texts by language (`fr`, `nl`, `de`, `en`), source, and since when.

    `context`: only a handler can find it, because it needs more than the message.
    """

    error_id: str
    anomaly_class: AnomalyClass
    element: str
    labels: MappingProxyType[str, str]
    remedies: MappingProxyType[str, str]
    source: str
    valid_from: date
    valid_to: date | None = None
    context: bool = False


def _texts(texts: dict[str, str], element: str, names: dict[str, str]) -> MappingProxyType[str, str]:
    versions = ", ".join(version.name for version in VERSIONS if version.accepted_until is None)
    filled = {}
    for language in _LANGUAGES:
        zone = names.get(language, "")
        text = texts[language].replace("{element}", element).replace("{zone}", zone)
        filled[language] = text.replace("{versions}", versions)
    return MappingProxyType(filled)


def _entry(error_id: str, row: dict[str, Any], zone: Zone | None) -> Entry:
    element = zone.element if zone else ""
    names = {language: f"{zone.element} ({name})" for language, name in zone.names.items()} if zone else {}
    return Entry(
        error_id=error_id,
        anomaly_class=AnomalyClass(row["class"]),
        element=element,
        labels=_texts(row["label"], element, names),
        remedies=_texts(row["remedy"], element, names),
        source=row["source"],
        valid_from=row["valid_from"],
        valid_to=row.get("valid_to"),
        context=row.get("context", False),
    )


@cache
def _catalogue() -> dict[str, Entry]:
    table = tomllib.loads((Path(__file__).parent / "anomalies.toml").read_text("utf-8"))
    generic = {row["id"]: row for row in table["generic"]}
    by_number = {zone.number: zone for zone in zones()}
    found = {
        f"{zone.number}-{fault}": _entry(f"{zone.number}-{fault}", generic[fault], zone)
        for zone in zones()
        for fault in zone.faults
    }
    for row in table["anomaly"]:
        found[row["id"]] = _entry(row["id"], row, by_number.get(row["id"].partition("-")[0]))
    return dict(sorted(found.items()))


def entries() -> tuple[Entry, ...]:
    """Give the whole catalogue, by id."""
    return tuple(_catalogue().values())


def exists(error_id: str) -> bool:
    """Tell whether the catalogue has this id."""
    return error_id in _catalogue()


def class_of(error_id: str) -> AnomalyClass:
    """Give the class of an anomaly id. Raises `KeyError` for an id that the catalogue does not have."""
    return _catalogue()[error_id].anomaly_class


def describe(anomaly: Anomaly, language: Language | Literal["EN"]) -> Report:
    """Tell an anomaly in a language; a label may name the value found.

    Raises `KeyError` for an id that the catalogue does not have.
    """
    entry = _catalogue()[anomaly.error_id]
    key = "en" if language == "EN" else Language(language).name.lower()
    place = anomaly.place
    return Report(
        error_id=anomaly.error_id,
        tag=place.tag or entry.element,
        anomaly_class=entry.anomaly_class,
        label=entry.labels[key].replace("{value}", anomaly.value or "-"),
        remedy=entry.remedies[key],
        value=anomaly.value,
        line=place.line,
        location=place.location,
        path=anomaly.path,
        url=DOCUMENTATION + anomaly.error_id,
    )
