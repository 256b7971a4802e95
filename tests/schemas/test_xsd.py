"""The schemas themselves: documented, hardened, and in step with the table of zones."""

from pathlib import Path

import pytest
from lxml import etree

import schemas.xsd
from schemas.catalogue import CURRENT, VERSIONS, MessageType, namespace_of, schema_path
from schemas.zones import zone_of, zones

XS = "{http://www.w3.org/2001/XMLSchema}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FILES = sorted(Path(schemas.xsd.__path__[0]).glob("*.xsd"))
DECLARED = [
    pytest.param(element, id=f"{file.stem}-{element.get('name')}")
    for file in FILES
    for element in etree.parse(str(file)).iter(f"{XS}element")
    if element.get("ref") is None
]


@pytest.mark.parametrize("element", DECLARED)
def test_every_element_has_its_zone_number_and_french_and_dutch_documentation(element: etree._Element) -> None:
    zone = zone_of(str(element.get("name")))
    assert zone is not None
    number = element.findtext(f"{XS}annotation/{XS}appinfo")
    texts = {str(d.get(LANG)): str(d.text) for d in element.iterfind(f"{XS}annotation/{XS}documentation")}
    assert number == zone.number
    assert texts == {"fr": f"{number} : {zone.names['fr']}", "nl": f"{number} : {zone.names['nl']}"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_hardened(file: Path) -> None:
    root = etree.parse(str(file)).getroot()
    assert root.get("blockDefault") == "#all"
    assert root.get("elementFormDefault") == "qualified"
    for forbidden in ("key", "keyref", "unique", "any", "anyAttribute", "attribute"):
        assert root.find(f".//{XS}{forbidden}") is None, forbidden
    assert not [e for e in root.iter(f"{XS}element") if e.get("nillable") or e.get("default") or e.get("fixed")]
    patterns = [str(pattern.get("value")) for pattern in root.iter(f"{XS}pattern")]
    assert not [pattern for pattern in patterns if "\\d" in pattern or "\\w" in pattern]


def test_every_text_type_has_a_length_before_its_pattern() -> None:
    common = etree.parse(str(schema_path(MessageType.OCCP001, CURRENT).with_name(f"common_{CURRENT}.xsd")))
    for restriction in common.iter(f"{XS}restriction"):
        facets = [str(facet.tag).removeprefix(XS) for facet in restriction]
        if restriction.get("base") in ("xs:string", "xs:token") and facets != ["enumeration"] * len(facets):
            assert {"length", "maxLength"} & set(facets), restriction.getparent().get("name")
            assert facets[-1] == "pattern" or "pattern" not in facets


def test_every_version_of_the_table_has_its_schemas_in_our_own_namespace() -> None:
    for version in VERSIONS:
        for message_type in MessageType:
            root = etree.parse(str(schema_path(message_type, version.name))).getroot()
            assert root.get("targetNamespace") == namespace_of(message_type)
            assert root.get("version") == version.name


def test_zone_numbers_are_unique_and_official_or_ours() -> None:
    numbers = [zone.number for zone in zones()]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert number[:3] in ("000", "002") or number[:2] == "90" or 5001 <= int(number) <= 5999 or number[:2] == "95"
