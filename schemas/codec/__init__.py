"""The codec: messages to bytes and back, from one table per message.

    model ──encode──► bytes          tree ──read_form──► model          bytes (of our own writing) ──decode──► model

`decode` is for answers read by a client; what comes in from outside goes through `schemas.parser.open_message`.
"""

from functools import cache

from lxml import etree

from schemas.catalogue import CURRENT, MessageType, namespace_of, version_exists
from schemas.codec.decision import OCCP003, OCCP101, OCCP102
from schemas.codec.places import Places
from schemas.codec.receipt import ACRF, NOTIFICATION
from schemas.codec.request import OCCP001
from schemas.codec.shape import Element, Shape, build, construct
from schemas.models import (
    Acknowledgement,
    CalculationRequest,
    Decision,
    InboundMessage,
    Notification,
    OutboundMessage,
    ReviewOutcome,
    ReviewTask,
)

__all__ = ["Places", "decode", "encode", "read_form", "shape_of"]

_SHAPES: dict[MessageType, Shape] = {
    MessageType.OCCP001: OCCP001,
    MessageType.OCCP003: OCCP003,
    MessageType.OCCP101: OCCP101,
    MessageType.OCCP102: OCCP102,
    MessageType.ACRF: ACRF,
    MessageType.NOTIFICATION: NOTIFICATION,
}
_TYPES: dict[type, MessageType] = {
    CalculationRequest: MessageType.OCCP001,
    Decision: MessageType.OCCP003,
    ReviewTask: MessageType.OCCP101,
    ReviewOutcome: MessageType.OCCP102,
    Acknowledgement: MessageType.ACRF,
    Notification: MessageType.NOTIFICATION,
}


def shape_of(message_type: MessageType) -> Shape:
    """Give the table of a message."""
    return _SHAPES[message_type]


def type_of(message: OutboundMessage) -> MessageType:
    """Give the message type of a model."""
    return _TYPES[type(message)]


@cache
def _envelope(message_type: MessageType, version: str) -> tuple[str, str]:
    namespace = namespace_of(message_type)
    opening = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{message_type} xmlns="{namespace}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{namespace} {message_type}_{version}.xsd">\n<Form>\n'
    )
    return opening, f"</Form>\n</{message_type}>\n"


def encode(message: OutboundMessage, schema_version: str = CURRENT) -> bytes:
    """Write a message as UTF-8 XML, one leaf a line, valid against its schema in that version.

    Raises `ValueError` for a version that does not exist or a value the wire cannot hold exactly.
    """
    if not version_exists(schema_version):
        raise ValueError(f"schema version {schema_version} does not exist")
    message_type = type_of(message)
    opening, closing = _envelope(message_type, schema_version)
    out = [opening]
    _SHAPES[message_type].write(message, out)
    out.append(closing)
    return "".join(out).encode()


def read_form(message_type: MessageType, form: Element) -> InboundMessage:
    """Read a form that its schema has found valid. Raises `ValueError` where schema and model disagree: a defect."""
    message: InboundMessage = _SHAPES[message_type].read(form, build)
    return message


def glimpse_form(message_type: MessageType, form: Element) -> InboundMessage:
    """Read what can be read of a form that is not valid; fields may be None that never are in a valid one."""
    message: InboundMessage = _SHAPES[message_type].read(form, construct)
    return message


def decode(body: bytes) -> OutboundMessage:
    """Read a message of our own writing, such as an answer. Raises `ValueError` on anything else."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    if b"<!DOCTYPE" in body:
        raise ValueError("a document type declaration is refused")
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise ValueError("not well-formed") from None
    name = str(root.tag).rpartition("}")[2]
    if name not in MessageType.__members__ or len(root) != 1:
        raise ValueError("not a message of this channel")
    message: OutboundMessage = _SHAPES[MessageType(name)].read(root[0], build)
    return message
