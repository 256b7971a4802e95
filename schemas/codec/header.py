"""The header that every message begins with, as it stands on the wire."""

from schemas.codec.compound import Flat, Moment
from schemas.codec.shape import Leaf, Many, Shape
from schemas.codec.values import CODE, INTEGER
from schemas.models import header

REFERENCE = Shape(
    header.Reference,
    Leaf("ReferenceType", "type", INTEGER),
    Leaf("ReferenceOrigin", "origin", INTEGER),
    Leaf("ReferenceNbr", "number", CODE),
)
HEADER = Flat(
    "header",
    Shape(
        header.FormHeader,
        Leaf("Identification", "identification", CODE),
        Moment("FormCreationDate", "FormCreationHour", "created"),
        Leaf("AttestationStatus", "status", INTEGER),
        Leaf("TypeForm", "type_form", CODE),
        Many("Reference", "references", REFERENCE),
    ),
)
