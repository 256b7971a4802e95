"""Example messages: the conformance kit. Real-life requests, valid and not, and one of each answer.

Persons, employers and centres are invented; their numbers are valid by check digits only. A file's name says what it
is: those that begin as `ACCEPTABLE` says are acceptable by themselves, `invalid-…` are refused with a NOTIFICATION,
`unreadable-…` with an ACRF, `answer-…` and `task-…` are what ONEM sends.
"""

from pathlib import Path

ACCEPTABLE = (
    "request-",
    "modification-",
    "revision-",
    "cancellation-",
    "completion-",
    "contact-",
    "escalation-",
    "status-",
    "outcome-",
)
"""How the names of acceptable messages begin, by what they are."""

SENDER_FR = "123456"
"""A software house that speaks for the French-speaking centre."""
CPAS_FR = "0212345668"
"""Enterprise number of the centre in the French and German examples."""
SENDER_NL = "234567"
"""A software house that speaks for the Dutch-speaking centre."""
CPAS_NL = "0207654333"
"""Enterprise number of the centre in the Dutch example."""

SENDER_FEDERATION = "345678"
"""A federation of centres, which escalates."""
SENDER_ONEM = "000001"
"""ONEM itself: its agents' outcomes, questions and replies come in like any form."""

_OF_ONEM = ("outcome-", "contact-from-an-agent", "escalation-reply")

_HERE = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Give the names of all examples, without suffix, in alphabetical order."""
    return tuple(sorted(path.stem for path in _HERE.glob("*.xml")))


def is_acceptable(name: str) -> bool:
    """Tell by its name whether an example is acceptable by itself."""
    return name.startswith(ACCEPTABLE)


def path(name: str) -> Path:
    """Give the file of an example. Raises `KeyError` for a name that does not exist."""
    if name not in names():
        raise KeyError(name)
    return _HERE / f"{name}.xml"


def sender_of(name: str) -> str:
    """Give the sender number that an example comes from."""
    if name.startswith(_OF_ONEM):
        return SENDER_ONEM
    if name.startswith("escalation-"):
        return SENDER_FEDERATION
    return SENDER_NL if "dutch" in name else SENDER_FR
