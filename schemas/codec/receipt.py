"""ACRF and NOTIFICATION on the wire: receipt of a message, and acceptance or refusal of its form.

The elements' meaning, zone numbers and domains are in the schemas; the fields' in `schemas.models.acknowledgement`.
"""

from schemas.codec.compound import Moment, Written
from schemas.codec.header import HEADER
from schemas.codec.shape import Block, Inside, Leaf, Many, Shape
from schemas.codec.values import CODE, FLAG, INTEGER, LINE, TEXT, Kind
from schemas.findings import AnomalyClass, Report
from schemas.models import acknowledgement

ACRF = Shape(
    acknowledgement.Acknowledgement,
    HEADER,
    Inside(
        "FileReference",
        Leaf("FileName", "file_name", LINE, omit=""),
        Written("ReferenceOrigin", lambda acknowledgement: "2"),
        Leaf("ReferenceNbr", "ticket", CODE),
    ),
    Inside(
        "ReceptionResult",
        Leaf("ResultCode", "accepted", FLAG),
        Many(
            "Diagnosis",
            "diagnoses",
            Shape(
                acknowledgement.Diagnosis,
                Leaf("ErrorID", "error_id", CODE),
                Leaf("LineNbr", "line", INTEGER),
                Leaf("Label", "label", TEXT),
            ),
        ),
    ),
)

REPORT = Shape(
    Report,
    Leaf("ErrorID", "error_id", CODE),
    Leaf("TagName", "tag", CODE, omit=""),
    Leaf("Value", "value", TEXT),
    Leaf("AnomalyClass", "anomaly_class", Kind(AnomalyClass, lambda value: str(value))),
    Leaf("AnomalyLabel", "label", TEXT),
    Inside("AnomalyLocation", Leaf("LineNbr", "line", INTEGER), Leaf("Location", "location", TEXT)),
    Leaf("Path", "path", TEXT),
    Leaf("Remedy", "remedy", TEXT),
    Leaf("DocumentationURL", "url", CODE),
)
NOTIFICATION = Shape(
    acknowledgement.Notification,
    HEADER,
    Leaf("HandledIdentification", "handled_identification", CODE),
    Moment("ReceptionDate", "ReceptionHour", "received"),
    Written("Channel", lambda notification: "6"),
    Leaf("Language", "language", INTEGER),
    Block(
        "HandlingResult",
        "handling",
        Shape(
            acknowledgement.HandlingResult,
            Leaf("ResultCode", "result_code", INTEGER),
            Leaf("AnomalyTotal", "total", INTEGER),
            Many("AnomalyReport", "reports", REPORT),
        ),
    ),
)
