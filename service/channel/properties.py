"""Reading AMQP properties that a stranger wrote: nothing in them may stop the consumer, nothing unclean passes.

    frame ─► tolerant decoding (`install`) ─► `delivery` ─► Delivery with clean text or None

The decoder of pamqp raises on one byte that is not UTF-8, on a timestamp out of range and on a table nested too deep;
aiormq then drops the connection, the broker redelivers, and so on for ever. `install` replaces those three decoders,
and puts a net under the rest; it is the only place that touches their internals. Refuses to judge: what is unclean
becomes None, and the intake decides.
"""

import logging
import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from aiormq.abc import DeliveredMessage
from pamqp import decode
from pamqp.commands import Basic

from service.channel import Delivery, topology

log = structlog.get_logger(__name__)

SENDER = re.compile(r"[0-9]{6}")
_MAX_TEXT = 255
_LENGTH = 4
_TIMESTAMP = 8
_DEATHS_TOLD = 5
XML = "application/xml"
"""What a message is announced as, perhaps with parameters after it."""
REASONS = frozenset({"rejected", "expired", "maxlen", "delivery_limit"})
"""Why a broker makes a message a dead letter."""


def install() -> None:
    """Make pamqp's decoding tolerant and aiormq's logs silent on content, for this process. Idempotent."""
    decode.METHODS["shortstr"] = _short_text
    decode.METHODS["timestamp"] = _timestamp
    decode.METHODS["table"] = _table
    decode.TABLE_MAPPING[b"T"] = _timestamp
    Basic.Properties.unmarshal = _properties  # type: ignore[method-assign,assignment]
    for name in ("aiormq", "aio_pika"):
        logger = logging.getLogger(name)
        if logger.level < logging.INFO:
            logger.setLevel(logging.INFO)
    channel_log = logging.getLogger("aiormq.channel")
    if not any(isinstance(known, _WithoutContent) for known in channel_log.filters):
        channel_log.addFilter(_WithoutContent())


def delivery(message: DeliveredMessage, source: str, handle: object, largest: int = sys.maxsize) -> Delivery:
    """Make a Delivery of a message. Identity is the broker-checked `user_id` alone, where it is a sender number.

    Of a body larger than `largest` bytes one byte more is kept. What cannot even be made into a Delivery has nothing
    but its bytes, and ends in quarantine.
    """
    body = message.body[: largest + 1]
    try:
        return _readable(message, body, source, handle)
    except Exception as problem:
        log.error("unreadable_properties", source=source, error=type(problem).__name__)
        return Delivery(body, None, None, None, None, source=source, handle=handle)


def failures(message: DeliveredMessage) -> int:
    """Give how often the broker says it delivered this message in vain; what a sender writes there counts for nothing.

    The broker sets the header when it delivers again, and only then.
    """
    if not getattr(message.delivery, "redelivered", False):
        return 0
    headers = message.header.properties.headers
    count = headers.get("x-delivery-count") if isinstance(headers, Mapping) else None
    return count if isinstance(count, int) else 1


def _readable(message: DeliveredMessage, body: bytes, source: str, handle: object) -> Delivery:
    properties = message.header.properties
    headers: Mapping[str, Any] = properties.headers or {}
    user = properties.user_id
    return Delivery(
        body=body,
        sender=user if user is not None and SENDER.fullmatch(user) else None,
        file_name=clean(headers.get("FileName")),
        message_id=clean(properties.message_id),
        schema_version=clean(headers.get("SchemaVersion")),
        sent_at=properties.timestamp,
        content_encoding=_visible(properties.content_encoding),
        is_mislabelled=(properties.content_type or "").partition(";")[0].strip().lower() != XML,
        traceparent=clean(headers.get("traceparent")),
        trail=_trail(headers.get("x-death")),
        is_suspect=bool(message.redelivered),
        source=source,
        handle=handle,
    )


def _trail(deaths: object) -> str | None:
    """Say in words what the broker wrote of each death.

    Whoever publishes could have written it too, so it proves nothing, and only words that are known are repeated.
    """
    if not isinstance(deaths, list):
        return None
    told = [
        f"{_known(death.get('reason'), REASONS)} in {_known(death.get('queue'), topology.NAMES)}"
        for death in deaths[:_DEATHS_TOLD]
        if isinstance(death, Mapping)
    ]
    return ", ".join(told) or None


def _known(word: object, words: frozenset[str]) -> str:
    return word if isinstance(word, str) and word in words else "unknown"


def clean(value: object) -> str | None:
    """Give text of 1 to 255 printable characters, a whole number as its digits, and None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT or not value.isprintable():
        return None
    return value


def _visible(value: str | None) -> str | None:
    """Keep that an encoding was named even where its name is garbage."""
    return value.encode("ascii", "backslashreplace").decode() if value else None


def _short_text(value: bytes) -> tuple[int, str]:
    end = value[0] + 1
    return end, value[1:end].decode("utf-8", "surrogateescape")


def _timestamp(value: bytes) -> tuple[int, datetime | None]:
    seconds: float = int.from_bytes(value[:_TIMESTAMP])
    if seconds > 0xFFFFFFFF:
        # Beyond 2106 it can only be milliseconds.
        seconds /= 1000
    try:
        return _TIMESTAMP, datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return _TIMESTAMP, None


def _tolerant(
    decoder: Callable[[bytes], tuple[int, dict[str, Any]]],
) -> Callable[[bytes], tuple[int, dict[str, Any]]]:
    def table(value: bytes) -> tuple[int, dict[str, Any]]:
        try:
            return decoder(value)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, ArithmeticError, RecursionError):
            return _LENGTH + int.from_bytes(value[:_LENGTH]), {}

    return table


_table = _tolerant(decode.field_table)


_Decoder = Callable[[Basic.Properties, int, bytes], None]


def _unfailing(decoder: _Decoder) -> _Decoder:
    def properties(self: Basic.Properties, flags: int, data: bytes) -> None:
        try:
            decoder(self, flags, data)
        except Exception as problem:
            # what was read before the fault stands; the rest is absent
            log.error("undecodable_properties", error=type(problem).__name__)

    return properties


_properties = _unfailing(Basic.Properties.unmarshal)


class _WithoutContent(logging.Filter):
    """Replaces messages and frames in a log record by their type: their text holds bodies and headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                f"<{type(value).__name__}>" if isinstance(value, DeliveredMessage) else value for value in record.args
            )
        return True
