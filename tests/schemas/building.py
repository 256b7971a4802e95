"""Messages for tests: the examples, and small changes to them."""

from typing import Any, TypeVar

from pydantic import BaseModel

from schemas import examples
from schemas.codec import Message, decode, encode
from schemas.models import CalculationRequest, ReviewOutcome
from schemas.parser import Invalid, Opened, Readable, Unreadable, open_message

M = TypeVar("M", bound=BaseModel)

FIRST = examples.path("request-first").read_bytes()
FULL = examples.path("request-every-element").read_bytes()


def example(name: str) -> bytes:
    return examples.path(name).read_bytes()


def with_change(old: str, new: str, body: bytes = FIRST) -> bytes:
    """Replace the first occurrence of a text that must be there."""
    text = body.decode()
    assert old in text, old
    return text.replace(old, new, 1).encode()


def example_of(model: type[M], name: str, **changes: Any) -> M:
    """Give an example that is of that model, with some fields changed."""
    message = decode(example(name))
    assert isinstance(message, model)
    return message.model_copy(update=changes)


def request(name: str = "request-first", **changes: Any) -> CalculationRequest:
    return example_of(CalculationRequest, name, **changes)


def outcome(name: str = "outcome-confirm", **changes: Any) -> ReviewOutcome:
    return example_of(ReviewOutcome, name, **changes)


def ids(opened: Opened) -> list[str]:
    assert isinstance(opened, Readable | Invalid | Unreadable), opened
    return [anomaly.error_id for anomaly in opened.anomalies]


def ids_of(message: Message) -> list[str]:
    return ids(open_message(encode(message)))
