"""The codec: messages to bytes and back, from one table per message.

    model ──encode──► bytes          tree ──read_form──► model          bytes (of our own writing) ──decode──► model

`decode` is for answers read by a client; what comes in from outside goes through `schemas.parser.open_message`.
"""

from functools import cache

from lxml import etree

from schemas.catalogue import CURRENT, MessageType, namespace_of, version_exists
from schemas.codec.places import Places
from schemas.codec.shape import Element, Shape, build, construct
from schemas.codec.variants import shape_of, shapes_by_model
from schemas.models import InboundMessage, OutboundMessage

__all__ = ["Message", "Places", "Shape", "decode", "encode", "glimpse_form", "read_form", "shape_of", "type_of"]

Message = InboundMessage | OutboundMessage
"""Any message of the channel."""

_SHAPES = shapes_by_model()


def type_of(message: Message) -> MessageType:
    """Give the message type of a model; where two messages carry it, the header's identification tells."""
    return _shape(message)[0]


def _shape(message: Message) -> tuple[MessageType, Shape]:
    candidates = _SHAPES[type(message)]
    message_type = next(iter(candidates)) if len(candidates) == 1 else MessageType(message.header.identification)
    return message_type, candidates[message_type]


@cache
def _envelope(message_type: MessageType, version: str) -> tuple[str, str]:
    namespace = namespace_of(message_type)
    opening = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{message_type} xmlns="{namespace}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{namespace} {message_type}_{version}.xsd">\n<Form>\n'
    )
    return opening, f"</Form>\n</{message_type}>\n"


def encode(message: Message, schema_version: str = CURRENT) -> bytes:
    """Write a message as UTF-8 XML, one leaf a line, valid against its schema in that version.

    Raises `ValueError` for a version that does not exist or a value the wire cannot hold exactly.
    """
    if not version_exists(schema_version):
        raise ValueError(f"schema version {schema_version} does not exist")
    message_type, shape = _shape(message)
    opening, closing = _envelope(message_type, schema_version)
    out = [opening]
    shape.write(message, out)
    out.append(closing)
    return "".join(out).encode()


def read_form(message_type: MessageType, form: Element) -> Message:
    """Read a form that its schema has found valid. Raises `ValueError` where schema and model disagree: a defect."""
    message: Message = shape_of(message_type, form).read(form, build)
    return message


def glimpse_form(message_type: MessageType, form: Element) -> Message:
    """Read what can be read of a form that is not valid; fields may be None that never are in a valid one."""
    message: Message = shape_of(message_type, form).read(form, construct)
    return message


def decode(body: bytes) -> Message:
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
    return read_form(MessageType(name), root[0])
