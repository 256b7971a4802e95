"""What is found in a message: anomalies, the place in the file each points to, and the report a vendor reads.

Leaf module. An `Anomaly` is language-free; a `Report` is the same thing told in the sender's language.
"""

from dataclasses import dataclass
from enum import StrEnum


class AnomalyClass(StrEnum):
    """What an anomaly does to the form."""

    B = "B"
    """Blocking: the form is rejected."""
    W = "W"
    """Warning: accepted, shown."""
    I = "I"  # noqa: E741
    """Investigate: accepted, an agent must look."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file: element name, line (1-based) and XPath with indexes; None where it cannot be known."""

    tag: str = ""
    line: int | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One anomaly: catalogue id (`ZZZZZ-EEE`) and place. `value` is never that of a person or free-text zone."""

    error_id: str
    place: Place = Place()
    value: str | None = None
    path: str | None = None
    """Business keys, such as the ticket of the dossier a duplicate names."""


@dataclass(frozen=True, slots=True)
class Report:
    """An anomaly as it is told to a vendor: class, label and remedy come from the catalogue, in one language."""

    error_id: str
    tag: str
    anomaly_class: AnomalyClass
    label: str
    remedy: str
    value: str | None = None
    line: int | None = None
    location: str | None = None
    path: str | None = None
    url: str | None = None
