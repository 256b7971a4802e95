"""Reading properties that a stranger wrote: a test for each decoder replaced, and for what counts as clean."""

import logging
import struct
from datetime import UTC, datetime

import pytest
from aiormq.abc import DeliveredMessage
from pamqp import decode
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from service.channel import properties


@pytest.fixture(autouse=True)
def installed() -> None:
    """Replace the decoders, as every connection does."""
    properties.install()


def message(**given: object) -> DeliveredMessage:
    """Make a delivered message with these properties."""
    header = ContentHeader(properties=Basic.Properties(**given))  # type: ignore[arg-type]
    return DeliveredMessage(delivery=Basic.Deliver("c", 7, False, "x", "y"), header=header, body=b"b", channel=None)  # type: ignore[arg-type]


def test_short_text_that_is_not_utf8_keeps_its_bytes() -> None:
    assert decode.by_type(b"\x02\xe9a", "shortstr") == (3, "\udce9a")


@pytest.mark.parametrize("seconds", [2**63, 2**64 - 1, 253402300800 * 1000])
def test_a_timestamp_out_of_range_is_none(seconds: int) -> None:
    assert decode.by_type(struct.pack(">Q", seconds), "timestamp") == (8, None)


def test_a_timestamp_in_milliseconds_is_understood() -> None:
    raw = struct.pack(">Q", 1772442000000)
    assert decode.by_type(raw, "timestamp") == (8, datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


def test_a_table_that_cannot_be_read_is_empty_and_skipped() -> None:
    broken = b"\x01\xe9t\x01"
    assert decode.by_type(struct.pack(">I", len(broken)) + broken + b"rest", "table") == (4 + len(broken), {})


def test_a_timestamp_in_a_table_does_not_spoil_the_table() -> None:
    content = b"\x01aT" + struct.pack(">Q", 2**63) + b"\x01bt\x01"
    assert decode.by_type(struct.pack(">I", len(content)) + content, "table")[1] == {"a": None, "b": True}


@pytest.mark.parametrize("value", ["", "a\nb", "a\x00", "\udce9", "a\u202eb", "x" * 256, b"bytes", None, True, {}, []])
def test_what_is_not_clean_text_is_none(value: object) -> None:
    assert properties.clean(value) is None


@pytest.mark.parametrize(("value", "text"), [("FI.OCCP.1", "FI.OCCP.1"), (20264, "20264"), ("x" * 255, "x" * 255)])
def test_clean_text_passes(value: object, text: str) -> None:
    assert properties.clean(value) == text


@pytest.mark.parametrize(
    ("user", "sender"), [("123456", "123456"), ("guest", None), (None, None), ("1234567", None), ("１２３４５６", None)]
)
def test_the_sender_is_the_checked_user_where_it_is_a_number(user: str | None, sender: str | None) -> None:
    delivery = properties.delivery(message(user_id=user, headers={"sender": "999999"}), "q", None)
    assert delivery.sender == sender


def test_an_encoding_that_is_garbage_is_still_named() -> None:
    assert properties.delivery(message(content_encoding="\udce9"), "q", None).content_encoding == "\\udce9"


def test_the_libraries_log_no_content(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("aiormq.channel").error("Unhandled message %r returning", message(message_id="secret-id"))
    assert caplog.messages == ["Unhandled message '<DeliveredMessage>' returning"]
    assert logging.getLogger("aiormq").level >= logging.INFO
