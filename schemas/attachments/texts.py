"""Plain text: UTF-8, or Latin-1, that a person can read, without control characters and without markup.

Refuses characters that change the direction of reading, since they make a text show what it does not say.
"""

import re

UNREADABLE, MARKUP = "05094-832", "05094-833"

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_MARKUP = re.compile(
    r"<\s*(?:!doctype|!entity|\?php|\?xml|html|head|body|script|style|iframe|object|embed|form|img|svg|link|meta|base)\b"
    r"|\b(?:javascript|vbscript):",
    re.IGNORECASE,
)
_SAMPLE = 4096
_NEARLY = 0.9


def decoded(content: bytes) -> str | None:
    """Read bytes as UTF-8, else as Latin-1; None where they hold control characters and so are no plain text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("iso-8859-1")
    return None if _CONTROLS.search(text) else text


def is_nearly_text(content: bytes) -> bool:
    """Tell whether bytes that are no plain text were meant to be: nine in ten of the first are printable ASCII."""
    sample = content[:_SAMPLE]
    printable = sum(0x20 <= byte < 0x7F or byte in b"\t\n\r" for byte in sample)
    return printable >= _NEARLY * len(sample)


def fault(content: bytes) -> str | None:
    """Give the error id of a text that cannot be accepted, None where it can."""
    text = decoded(content)
    if text is None or not text.strip():
        return UNREADABLE
    return MARKUP if _MARKUP.search(text) else None
