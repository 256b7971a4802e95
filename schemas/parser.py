"""Hardened reading of a message: from bytes to one of four outcomes, never an exception.

    bytes ─► gate ─► parser ─► root, version ─► schema ─► model ─► business checks
              │        │           │              │                    │
              └────────┴── Unreadable             └──── Invalid ◄──────┴─► Readable
                                          (a crash anywhere: Unclear)

It refuses to validate while parsing, to resolve anything a message names, and to repeat personal values or the texts
of a library, which would carry them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from schemas.anomalies import class_of, exists
from schemas.business import check
from schemas.catalogue import CURRENT, INBOUND, MessageType, namespace_of, version_exists
from schemas.codec import Message, Places, Shape, glimpse_form, read_form, shape_of
from schemas.codec.places import place_of
from schemas.codec.shape import Element, local_name
from schemas.findings import Anomaly, AnomalyClass, Place
from schemas.gate import Refused, admit
from schemas.models import FormHeader, InboundMessage, Language
from schemas.validation import Fault, faults, form_faults, is_valid
from schemas.zones import zone_of

__all__ = ["Invalid", "Limits", "Opened", "Places", "Readable", "Unclear", "Unreadable", "open_message"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a message may cost: bytes without and with its documents, elements, how many schema faults are listed."""

    max_bytes: int = 1024 * 1024
    max_with_documents: int = 12 * 1024 * 1024
    max_elements: int = 20_000
    max_faults: int = 500


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No form could be read: answered by an ACRF with result 0. `language` is a best effort."""

    anomalies: tuple[Anomaly, ...]
    language: Language | None


@dataclass(frozen=True, slots=True)
class Invalid:
    """A form that is not acceptable: ACRF 1, then NOTIFICATION 0 with all anomalies, of schema and business together.

    `identification` is the message's root; `header` is there only if all of it could be read.
    """

    identification: str
    header: FormHeader | None
    language: Language | None
    schema_version: str
    sender_reference: str | None
    anomalies: tuple[Anomaly, ...]


@dataclass(frozen=True, slots=True)
class Readable:
    """A form that is acceptable by itself; `anomalies` are of classes W and I only."""

    message: InboundMessage
    schema_version: str
    anomalies: tuple[Anomaly, ...]
    places: Places


@dataclass(frozen=True, slots=True)
class Unclear:
    """Neither valid nor invalid: the reading crashed. Quarantine and alert. `reason` holds no content."""

    reason: str


Opened = Unreadable | Invalid | Readable | Unclear

_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)
_ROOTS = {f"{{{namespace_of(message_type)}}}{message_type}": message_type for message_type in INBOUND}
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_SCHEMA_NAME = re.compile(r"(?:^|[\s/])(?P<message>[A-Z]+[0-9]*)_(?P<version>[0-9]{5})\.xsd(?:\s|$)")
_LANGUAGE = re.compile(rb"<(?:[A-Za-z_][A-Za-z0-9._-]{0,40}:)?Language\s*>\s*([123])\s*<")
_LONG_NUMBER = re.compile("(?:[0-9][^0-9]{0,2}){11}")
_SHOWN_LENGTH = 40
_MIXED: dict[tuple[MessageType, str, int, frozenset[str]], bool] = {}
_MIXED_AT_MOST = 1024


def open_message(body: bytes, *, schema_version: str | None = None, limits: Limits | None = None) -> Opened:
    """Read a message.

    `schema_version` is the transport's header; without it the schema file named in `xsi:schemaLocation` (never fetched)
    tells the version, else the current one is taken.
    """
    try:
        return _open(body, schema_version, limits or Limits())
    except Refused as refused:
        return Unreadable((Anomaly(refused.error_id, Place(line=refused.line)),), _language_in(body))
    except Exception as crash:
        return Unclear(f"{type(crash).__name__} while a message was read")


def _open(body: bytes, schema_version: str | None, limits: Limits) -> Opened:
    root = _parse(admit(body, limits.max_bytes, limits.max_with_documents), limits)
    message_type = _ROOTS.get(str(root.tag))
    if message_type is None:
        raise Refused("ACRF-136", root.sourceline)
    version = schema_version or _named_version(root, message_type) or CURRENT
    if not version_exists(version):
        raise Refused("ACRF-137", root.sourceline)
    forms = [child for child in root if local_name(child) == "Form"]
    if len(forms) > 1:
        raise Refused("ACRF-246", forms[1].sourceline)
    form = forms[0] if forms else None
    shape = shape_of(message_type, form)
    if form is None or not is_valid(root, message_type, version) or _is_mixed(form, shape, message_type, version):
        return _reject(root, form, shape, message_type, version, limits)
    message = read_form(message_type, form)
    places = Places(form, shape)
    anomalies = _in_order(_business(message, places))
    if any(class_of(anomaly.error_id) is AnomalyClass.B for anomaly in anomalies):
        return _invalid(message, message_type, version, anomalies)
    if not isinstance(message, InboundMessage):
        raise ValueError("a message that only ONEM sends was found acceptable")
    return Readable(message, version, anomalies, places)


def _is_mixed(form: Element, shape: Shape, message_type: MessageType, version: str) -> bool:
    """Tell whether a valid form has the content of another status or type than it says.

    In a valid form that depends on the names in it alone, and most forms have the same.
    """
    names = message_type, version, id(shape), frozenset(str(child.tag) for child in form)
    found = _MIXED.get(names)
    if found is None:
        if len(_MIXED) >= _MIXED_AT_MOST:
            _MIXED.clear()
        found = _MIXED[names] = bool(form_faults(form, message_type, version, shape.table.keys()))
    return found


def _parse(content: bytes, limits: Limits) -> Element:
    try:
        root = etree.fromstring(content, _PARSER)
    except etree.XMLSyntaxError as fault:
        raise Refused("ACRF-102", fault.lineno) from None
    if content.count(b"<") > limits.max_elements and sum(1 for _ in root.iter()) > limits.max_elements:
        raise Refused("ACRF-109")
    return root


def _named_version(root: Element, message_type: MessageType) -> str | None:
    """Read the version in the name of the schema file that the message hints at."""
    for found in _SCHEMA_NAME.finditer(str(root.get(_SCHEMA_LOCATION, ""))):
        if found["message"] == message_type:
            return found["version"]
    return None


def _reject(
    root: Element, form: Element | None, shape: Shape, message_type: MessageType, version: str, limits: Limits
) -> Invalid:
    """Gather schema and business faults of a message that its schema refuses, or that mixes two variants."""
    listed = faults(root, message_type, version, limits.max_faults, shape.table.keys())
    found = [_as_anomaly(fault) for fault in listed]
    if form is None:
        return Invalid(message_type.value, None, None, version, None, _in_order(found))
    message = glimpse_form(message_type, form)
    places = Places(form, shape)
    return _invalid(message, message_type, version, _in_order([*found, *_business(message, places)]))


def _invalid(message: Message, message_type: MessageType, version: str, found: tuple[Anomaly, ...]) -> Invalid:
    header = message.header
    try:
        whole = FormHeader.model_validate(header.model_dump(warnings=False))
    except ValueError:
        whole = None
    language = getattr(message, "language", None)
    return Invalid(
        identification=message_type.value,
        header=whole,
        language=Language(language) if language in (1, 2, 3) else None,
        schema_version=version,
        sender_reference=_sender_reference(header),
        anomalies=found,
    )


def _sender_reference(header: FormHeader) -> str | None:
    """Give the sender's own reference if it could be read and can be echoed."""
    number = header.reference(1, 1) if header.references else None
    return number if number and len(number) <= 20 and number.isprintable() else None


def _as_anomaly(fault: Fault) -> Anomaly:
    """Name a schema fault by the zone of its element; an unknown element by the block it stands in."""
    element = fault.element
    named = fault.missing or local_name(element)
    if fault.error_type == "092":
        parent = element.getparent()
        named = local_name(parent if parent is not None else element)
    zone = zone_of(named)
    number = zone.number if zone else "90059"
    place = place_of(element, fault.missing)
    if fault.error_type == "092":
        place = Place(named, place.line, place.location)
    private = fault.missing is not None or zone is None or zone.private or len(element) or fault.error_type == "092"
    error_id = f"{number}-{fault.error_type}"
    return Anomaly(error_id if exists(error_id) else "90059-003", place, None if private else _shown(element.text))


def _business(message: Message, places: Places) -> Iterator[Anomaly]:
    """Place the business anomalies; what seems missing but stands in the file unread is the schema's to report."""
    for error_id, path in check(message):
        place = places.find(path)
        text = places.text(path)
        if error_id.endswith("-001") and text is not None:
            continue
        zone = zone_of(place.tag)
        yield Anomaly(error_id, place, None if zone is None or zone.private else _shown(text))


def _shown(text: str | None) -> str | None:
    """Give a value as it may be repeated: short, printable, and nothing that could be a national number."""
    value = " ".join((text or "").split())
    if not value or not value.isprintable() or _LONG_NUMBER.search(value):
        return None
    return value[:_SHOWN_LENGTH]


def _in_order(found: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """Sort by line, each anomaly once."""
    distinct = {(anomaly.error_id, anomaly.place.location, anomaly.place.tag): anomaly for anomaly in found}
    return tuple(sorted(distinct.values(), key=lambda anomaly: (anomaly.place.line or 0, anomaly.error_id)))


def _language_in(body: bytes) -> Language | None:
    found = _LANGUAGE.search(body)
    return Language(int(found[1])) if found else None
