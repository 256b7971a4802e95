"""Which messages exist, in which namespace, and which schema versions are accepted, from a dated table.

Leaf module. A version is named by its quarter (`20264`) and is listed only if its schema file exists. A schema is
chosen from this table, never fetched from an address that a message names.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

CURRENT = "20264"
"""The schema version used where a message names none."""

NAMESPACE = "https://cpas-onem.example/xml/ns/"
"""Our own namespace; never a government one."""

_SCHEMAS = Path(__file__).parent / "xsd"


class MessageType(StrEnum):
    """A message, by the name of its root element."""

    OCCP001 = "OCCP001"
    """Calculation request, CPAS to ONEM."""
    OCCP002 = "OCCP002"
    """Missing information, CPAS to ONEM."""
    OCCP003 = "OCCP003"
    """Decision or its withdrawal, ONEM to CPAS."""
    OCCP004 = "OCCP004"
    """Return of a request, ONEM to CPAS."""
    OCCP005 = "OCCP005"
    """Reminder, ONEM to CPAS or to an office."""
    OCCP006 = "OCCP006"
    """Contact on a dossier, both ways."""
    OCCP007 = "OCCP007"
    """Escalation, federation to ONEM, and its answer."""
    OCCP008 = "OCCP008"
    """Status question, CPAS to ONEM, and the report."""
    OCCP101 = "OCCP101"
    """Review task, service to back office."""
    OCCP102 = "OCCP102"
    """Review outcome, back office to service."""
    ACRF = "ACRF"
    """Receipt of a message, ONEM to CPAS."""
    NOTIFICATION = "NOTIFICATION"
    """The form is accepted, or rejected with anomalies, ONEM to CPAS."""


INBOUND = frozenset(
    {
        MessageType.OCCP001,
        MessageType.OCCP002,
        MessageType.OCCP006,
        MessageType.OCCP007,
        MessageType.OCCP008,
        MessageType.OCCP102,
    }
)
"""The messages that ONEM accepts."""

_IDENTIFICATIONS = {MessageType.ACRF: "ACRF001", MessageType.NOTIFICATION: "NOTI001"}


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One quarterly version: accepted from and until these dates, both included; `until` None while none follows it."""

    name: str
    accepted_from: date = date.min
    accepted_until: date | None = None

    def is_accepted_on(self, day: date) -> bool:
        """Tell whether a message received on that Brussels day may be written in it."""
        return self.accepted_from <= day and (self.accepted_until is None or day <= self.accepted_until)


VERSIONS = (SchemaVersion("20264"),)
"""The dated table of versions, oldest first; none came before the first. A retired one stays, for late answers."""


def version_exists(name: str) -> bool:
    """Tell whether messages may be written in this version."""
    return any(version.name == name for version in VERSIONS)


def namespace_of(message_type: MessageType) -> str:
    """Give the namespace of a message; it does not change with the version."""
    return NAMESPACE + message_type.value


def identification_of(message_type: MessageType) -> str:
    """Give what the header's Identification must be; it is the root's name but for ACRF and NOTIFICATION."""
    return _IDENTIFICATIONS.get(message_type, message_type.value)


def schema_path(message_type: MessageType, version: str) -> Path:
    """Give the schema file of a message in a version of the table."""
    return _SCHEMAS / f"{message_type.value}_{version}.xsd"
