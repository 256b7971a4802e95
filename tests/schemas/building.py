"""Messages for tests: the examples, and small changes to them."""

from typing import Any

from schemas import examples
from schemas.codec import decode, encode
from schemas.models import CalculationRequest, ReviewOutcome
from schemas.parser import Invalid, Opened, Readable, Unreadable, open_message

FIRST = examples.path("request-first").read_bytes()
FULL = examples.path("request-every-element").read_bytes()


def example(name: str) -> bytes:
    return examples.path(name).read_bytes()


def with_change(old: str, new: str, body: bytes = FIRST) -> bytes:
    """Replace the first occurrence of a text that must be there."""
    text = body.decode()
    assert old in text, old
    return text.replace(old, new, 1).encode()


def request(name: str = "request-first", **changes: Any) -> CalculationRequest:
    message = decode(example(name))
    assert isinstance(message, CalculationRequest)
    return message.model_copy(update=changes)


def outcome(name: str = "outcome-confirm", **changes: Any) -> ReviewOutcome:
    message = decode(example(name))
    assert isinstance(message, ReviewOutcome)
    return message.model_copy(update=changes)


def ids(opened: Opened) -> list[str]:
    assert isinstance(opened, Readable | Invalid | Unreadable), opened
    return [anomaly.error_id for anomaly in opened.anomalies]


def ids_of(message: CalculationRequest | ReviewOutcome) -> list[str]:
    return ids(open_message(encode(message)))
