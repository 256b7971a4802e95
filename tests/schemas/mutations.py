"""Spoil one element of a valid message in one way, for every element and every way that the schema forbids.

What each spoiling must be called follows from the schema: its types, its facets, its occurrences.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from schemas.catalogue import CURRENT, MessageType, schema_path
from schemas.zones import zone_of

XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class Mutation:
    """A spoiled message and the id that must be among its anomalies."""

    error_id: str
    body: bytes


@dataclass(frozen=True)
class Declaration:
    """What the schema says of an element: occurrences, position in its block, and its type."""

    name: str
    min_occurs: int
    max_occurs: int
    last: bool
    alone: bool
    type: etree._Element
    is_block: bool

    def facet(self, name: str) -> str | None:
        found = self.type.find(f".//{XS}{name}")
        return None if found is None else found.get("value")

    @property
    def minimum_is_not_zero(self) -> bool:
        return self.facet("minInclusive") != "0"

    @property
    def in_whole_days(self) -> bool:
        return "0000" in str(self.facet("pattern"))

    @property
    def base(self) -> str:
        restriction = self.type.find(f"{XS}restriction")
        return "" if restriction is None else str(restriction.get("base"))


def _documents(message_type: MessageType) -> list[etree._Element]:
    path = schema_path(message_type, CURRENT)
    return [etree.parse(str(p)).getroot() for p in (path, path.with_name(f"common_{CURRENT}.xsd"))]


def _elements(block: etree._Element, present: set[str]) -> Iterator[etree._Element]:
    """Give the elements of a block in order; of a choice, those of the branch that a message with these names has."""
    for item in block.iterfind(f"{XS}sequence/*"):
        if item.tag == f"{XS}choice":
            branches = [[branch] if branch.tag == f"{XS}element" else list(branch) for branch in item]
            fitting = [branch for branch in branches if {str(part.get("name")) for part in branch} & present]
            yield from max(fitting, key=lambda branch: len({str(part.get("name")) for part in branch} & present))
        elif item.tag == f"{XS}element":
            yield item


def declarations(message_type: MessageType, tree: etree._Element) -> dict[tuple[str, str], Declaration]:
    """Give the declaration of each element by (parent, name), in the branch that the message has."""
    present = {_local(element) for element in tree[0]}
    own, common = _documents(message_type)
    types = {str(t.get("name")): t for doc in (common, own) for t in doc if t.get("name") and t.tag != f"{XS}element"}
    root = own.find(f"{XS}element")
    assert root is not None
    found: dict[tuple[str, str], Declaration] = {}

    def walk(parent: str, type_name: str) -> None:
        elements = list(_elements(types[type_name], present))
        for position, element in enumerate(elements):
            name, inner = str(element.get("name")), str(element.get("type")).removeprefix("c:")
            is_block = types[inner].tag == f"{XS}complexType"
            found[parent, name] = Declaration(
                name,
                int(element.get("minOccurs", "1")),
                int(element.get("maxOccurs", "1")),
                position == len(elements) - 1,
                len(elements) == 1,
                types[inner],
                is_block,
            )
            if is_block and (name, name) not in found:
                walk(name, inner)

    walk(str(root.get("name")), str(root.get("type")))
    return found


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def mutations(body: bytes, message_type: MessageType) -> Iterator[Mutation]:
    """Give every mutation of every element that the message has."""
    tree = etree.fromstring(body)
    declared = declarations(message_type, tree)
    done: set[tuple[str, str]] = set()
    for position, element in enumerate(tree.iter()):
        parent = element.getparent()
        key = (_local(parent) if parent is not None else "", _local(element))
        if key in done:
            continue
        done.add(key)
        zone = zone_of(_local(element))
        assert zone is not None
        for fault in _faults(declared.get(key), is_block=len(element) > 0):
            if (fault, _local(element)) == ("090", "Form"):
                continue
            spoiled = copy.deepcopy(tree)
            _spoil(list(spoiled.iter())[position], fault, declared.get(key))
            yield Mutation(f"{zone.number}-{fault}", etree.tostring(spoiled))


def _faults(declared: Declaration | None, *, is_block: bool) -> list[str]:
    found = ["092", "802"] + (["804"] if is_block else [])
    if declared is None:
        return found
    found.append("090")
    if not declared.last and not declared.alone:
        found.append("091")
    if is_block:
        return found + (["001"] if declared.min_occurs else [])
    return [*found, "001", *_value_faults(declared)]


def _value_faults(declared: Declaration) -> list[str]:
    if declared.facet("enumeration") is not None:
        return ["008"]
    if declared.base == "xs:integer":
        return ["002", "047", "093"] + (["003"] if declared.minimum_is_not_zero or declared.in_whole_days else [])
    if declared.base == "xs:date":
        return ["003"]
    if declared.base == "xs:base64Binary":
        return ["811"]
    return ["003", "093"]


def _spoil(element: etree._Element, fault: str, declared: Declaration | None) -> None:
    parent = element.getparent()
    if fault == "092":
        etree.SubElement(element, str(element.tag).replace(_local(element), "Unheard"))
    elif fault == "802":
        element.set("unheard", "1")
    elif fault == "804":
        element.text = "text"
    elif declared is None or parent is None:
        raise AssertionError(fault)
    elif fault == "090":
        for _ in range(declared.max_occurs):
            element.addnext(copy.deepcopy(element))
    elif fault == "091":
        parent.append(element)
    elif fault == "001" and declared.is_block:
        for same in parent.findall(str(element.tag)):
            parent.remove(same)
    else:
        element.text = _bad_value(fault, declared)


def _bad_value(fault: str, declared: Declaration) -> str:
    match fault:
        case "001":
            return ""
        case "002":
            return "12a"
        case "008" | "811":
            return "~"
        case "047":
            return "99999999990000"
        case "093" if declared.base == "xs:integer":
            return "1".zfill(18)
        case "093":
            return "1" * 2001
        case _ if declared.base == "xs:date":
            return "2026-02-29"
        case _ if declared.base == "xs:integer":
            return "15" if declared.in_whole_days else "0"
        case _:
            length = int(declared.facet("length") or declared.facet("minLength") or 1)
            return "\u202e" * max(length, 1)
