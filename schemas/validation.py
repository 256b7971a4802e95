"""Validation of a finished tree against its schema: lxml decides, xmlschema writes the list of faults on refusal.

    is_valid(root)     ── lxml.XMLSchema, compiled once ──► True | False
    form_faults(form)  ── the branch of the schema's choice that status and type call for ──► Fault per element
    faults(root)       ── xmlschema ──► Fault per element at fault, else lxml's first line

It never validates while parsing, never follows an address, and never repeats a value or a library's error text, which
would carry the value. A fault is an element, a generic error type (EEE) and, for a missing child, the child's name.
"""

from base64 import b64decode
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice

import xmlschema
from lxml import etree
from xmlschema.validators import (
    XMLSchemaChildrenValidationError,
    XMLSchemaValidationError,
    XsdAtomicRestriction,
    XsdElement,
    XsdGroup,
    XsdSimpleType,
)

from schemas.catalogue import MessageType, schema_path
from schemas.codec.shape import Element

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_DATE_LENGTH = 10
_A_DOCUMENT = "AAAA"
_LONGEST_NUMBER = 18
_HINTS = {f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault against the schema. `missing` names the child that should stand in `element` and does not."""

    element: Element
    error_type: str
    missing: str | None = None


@cache
def _compiled(message_type: MessageType, version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schema_path(message_type, version))))


@cache
def _reporting(message_type: MessageType, version: str) -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(str(schema_path(message_type, version)), allow="local")


@cache
def _types(message_type: MessageType, version: str) -> dict[str, XsdSimpleType]:
    """Give the simple type of each element that has one; in our schemas a name always has the same."""
    elements = [c for c in _reporting(message_type, version).iter_components() if isinstance(c, XsdElement)]
    return {str(item.name): item.type for item in elements if isinstance(item.type, XsdSimpleType)}


@cache
def _models(message_type: MessageType, version: str) -> dict[str, XsdGroup]:
    """Give the content model of each block; where a name has two, they hold the same elements."""
    elements = [c for c in _reporting(message_type, version).iter_components() if isinstance(c, XsdElement)]
    contents = ((str(item.name), getattr(item.type, "content", None)) for item in elements)
    return {name: content for name, content in contents if isinstance(content, XsdGroup)}


def is_valid(root: Element, message_type: MessageType, version: str) -> bool:
    """Tell whether a finished tree is valid. Raises what the validator raises when it crashes: that is no verdict."""
    return _compiled(message_type, version).validate(root)


def form_faults(form: Element, message_type: MessageType, version: str, known: Set[str]) -> list[Fault]:
    """List what stands in a form, or is missing, against the one branch of its schema that may stand there.

    A schema of XML 1.0 can offer branches but not say which status or type of form has which; `known`, the element
    names of the form's variant, does. An element of another branch is not applicable (082).
    """
    model = _models(message_type, version).get(str(form.tag))
    return [] if model is None else list(_children(form, model, known))


def faults(root: Element, message_type: MessageType, version: str, limit: int, known: Set[str]) -> list[Fault]:
    """List the faults of a tree that is not valid, each element's once, at most `limit`.

    `known` are the element names of the form's variant, as for `form_faults`.

    The tree loses its attributes on the way: none but the hint to a schema file is allowed, and ten thousand of them
    would cost xmlschema minutes. Where elements that have no place there fill the list, xmlschema is not asked: its
    time grows with their square.
    """
    attributes = list(islice(_take_attributes(root), limit))
    models = _models(message_type, version)
    misfits = list(islice(_misfits(root, models, known), limit))
    if len(misfits) == limit:
        return misfits
    types = _types(message_type, version)
    of_form = [fault for form in root for fault in form_faults(form, message_type, version, known)]
    taken = _take_costly_values(root, types)
    try:
        errors = islice(_reporting(message_type, version).iter_errors(root), limit)  # type: ignore[arg-type]
        told = (fault for error in errors for fault in _read(error, types, models, known))
        found = attributes + list(_distinct(chain(of_form, told)))
    except Exception:
        found = attributes + of_form  # lxml has decided; only the list is poorer
    finally:
        for element, text in taken:
            element.text = text
    return found[:limit] or [_first_line(root, _compiled(message_type, version), types)]


def _misfits(root: Element, models: dict[str, XsdGroup], known: Set[str]) -> Iterator[Fault]:
    """Give the elements that are unknown where they stand, or one too many."""
    for element in root.iter():
        model = models.get(str(element.tag))
        if model is not None:
            yield from (fault for fault in _children(element, model, known) if fault.error_type in ("090", "092"))


def _take_costly_values(root: Element, types: dict[str, XsdSimpleType]) -> list[tuple[Element, str]]:
    """Take out the dates that xmlschema would not survive (a year of many digits), and documents, which it would read.

    Gives them, to be put back; a small value of the same validity stands in for each.
    """
    taken = []
    for element in root.iter():
        primitive = _primitive(types.get(str(element.tag)))
        text = element.text or ""
        if primitive == "date" and len(text.strip()) > _DATE_LENGTH:
            taken.append((element, text))
            element.text = "-"
        elif primitive == "base64Binary" and text.strip():
            taken.append((element, text))
            element.text = _A_DOCUMENT if _is_base64(text) else "-"
    return taken


def _is_base64(text: str) -> bool:
    try:
        return bool(b64decode("".join(text.split()), validate=True))
    except ValueError:
        return False


def _primitive(kind: XsdSimpleType | None) -> str | None:
    return kind.primitive_type.local_name if isinstance(kind, XsdAtomicRestriction) else None


def _first_line(root: Element, compiled: etree.XMLSchema, types: dict[str, XsdSimpleType]) -> Fault:
    """Give lxml's first complaint, where xmlschema has none."""
    compiled.validate(root)
    path = compiled.error_log[0].path if len(compiled.error_log) else None
    nodes = root.getroottree().xpath(path) if path else []
    element = nodes[0] if isinstance(nodes, list) and nodes and isinstance(nodes[0], etree._Element) else root
    return Fault(element, "092" if len(element) else _value_fault(element, types.get(str(element.tag))))


def _distinct(found: Iterable[Fault]) -> Iterator[Fault]:
    """Give each fault once: of one value only the gravest, of one content model all."""
    seen: set[tuple[Element, str, str | None]] = set()
    valued: set[Element] = set()
    for fault in found:
        key = (fault.element, fault.error_type, fault.missing)
        of_value = fault.error_type in _VALUE_FAULTS and fault.missing is None
        if key in seen or (of_value and fault.element in valued):
            continue
        seen.add(key)
        if of_value or fault.error_type == "092":
            valued.add(fault.element if of_value else _parent(fault.element))
        yield fault


_VALUE_FAULTS = frozenset({"001", "002", "003", "008", "047", "093", "811"})


def _parent(element: Element) -> Element:
    parent = element.getparent()
    return element if parent is None else parent


def _read(
    error: XMLSchemaValidationError,
    types: dict[str, XsdSimpleType],
    models: dict[str, XsdGroup],
    known: Set[str],
) -> Iterator[Fault]:
    """Turn one error of xmlschema into faults."""
    element: Element | None = error.elem  # type: ignore[assignment]
    validator = error.validator
    if element is None:
        return
    if isinstance(error, XMLSchemaChildrenValidationError) and isinstance(validator, XsdGroup):
        yield from _children(element, models.get(str(element.tag), validator), known)
    elif isinstance(validator, XsdGroup):
        yield Fault(element, "804")
    elif len(element):
        yield Fault(element[0], "092")
    else:
        yield Fault(element, _value_fault(element, types.get(str(element.tag))))


def _take_attributes(root: Element) -> Iterator[Fault]:
    """Remove all attributes; give the elements that had one that is not allowed."""
    for element in root.iter():
        if not element.attrib:
            continue
        names = set(map(str, element.attrib)) - (_HINTS if element is root else set())
        element.attrib.clear()
        if names:
            yield Fault(element, "802")


def _elements(group: XsdGroup) -> list[XsdElement]:
    return [particle for particle in group.iter_elements() if isinstance(particle, XsdElement)]


def _applicable(group: XsdGroup, known: Set[str]) -> list[XsdElement]:
    """Give the elements of a content model, of a choice only those of the fullest branch that is known whole."""
    if group.model == "choice":
        branches = [_elements(item) if isinstance(item, XsdGroup) else [item] for item in group]
        fitting = [branch for branch in branches if all(item.local_name in known for item in branch)]
        return max(fitting, key=len, default=[])  # type: ignore[arg-type]
    parts = (_applicable(item, known) if isinstance(item, XsdGroup) else [item] for item in group)
    return [item for part in parts for item in part if isinstance(item, XsdElement)]


def _children(element: Element, group: XsdGroup, known: Set[str]) -> Iterator[Fault]:
    """Compare an element's children with its content model: a sequence of elements, at most one choice among them."""
    model = _applicable(group, known)
    elsewhere = {str(particle.name) for particle in _elements(group)}
    order = {str(particle.name): position for position, particle in enumerate(model)}
    counts = dict.fromkeys(order, 0)
    furthest = 0
    for child in element:
        name = str(child.tag)
        if name not in order:
            yield Fault(child, "082" if name in elsewhere else "092")
            continue
        counts[name] += 1
        most = model[order[name]].max_occurs
        if most is not None and counts[name] > most:
            yield Fault(child, "090")
        elif order[name] < furthest:
            yield Fault(child, "091")
        else:
            furthest = order[name]
    for particle in model:
        if particle.min_occurs and not counts[str(particle.name)]:
            yield Fault(element, "001", str(particle.local_name))


def _value_fault(element: Element, kind: XsdSimpleType | None) -> str:
    """Say what is wrong with a value, by the facets of its type."""
    text = element.text or ""
    if not text.strip():
        return "001"
    if kind is None:
        return "003"
    if _primitive(kind) == "base64Binary":
        return "811"
    if kind.enumeration is not None:
        return "008"
    if _primitive(kind) == "decimal":
        return _number_fault(text.strip(), kind)
    too_short = kind.min_length is not None and len(text) < kind.min_length
    too_long = kind.max_length is not None and len(text) > kind.max_length
    return "093" if too_short or too_long else "003"


def _number_fault(text: str, kind: XsdSimpleType) -> str:
    if not (text.isascii() and text.isdigit()):
        return "002"
    most = str(kind.max_value)
    if len(text) > _LONGEST_NUMBER or int(text) > int(most):
        return "047"
    return "093" if len(text) > len(most) else "003"
