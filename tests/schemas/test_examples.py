"""The examples are what their names say, come from known senders, and name nobody."""

import pytest

from schemas import examples
from schemas.identifiers import bce_is_valid, sender_is_wellformed
from schemas.models import CalculationRequest
from schemas.parser import Invalid, Readable, Unreadable, open_message

EXPECTED = {
    "invalid-cancellation-with-a-request": [
        "00024-001",
        "05006-082",
        "05010-082",
        "05020-082",
        "95011-082",
        "95012-082",
        "95013-082",
        "95014-082",
    ],
    "invalid-code": ["05010-008"],
    "invalid-no-predecessor": ["90082-812"],
    "invalid-document": ["05091-823"],
    "invalid-niss": ["00024-004"],
    "invalid-three-faults": ["05031-001", "00024-004", "00045-014"],
    "unreadable-doctype": ["ACRF-108"],
    "unreadable-not-xml": ["ACRF-102"],
    "unreadable-version": ["ACRF-137"],
}


@pytest.mark.parametrize("name", [n for n in examples.names() if examples.is_acceptable(n)])
def test_acceptable(name: str) -> None:
    opened = open_message(examples.path(name).read_bytes())
    assert isinstance(opened, Readable)
    assert opened.anomalies == ()
    if isinstance(opened.message, CalculationRequest):
        wanted = examples.CPAS_NL if examples.sender_of(name) == examples.SENDER_NL else examples.CPAS_FR
        assert opened.message.employer.company_id == wanted


@pytest.mark.parametrize("name", [n for n in examples.names() if n.startswith(("invalid", "unreadable"))])
def test_refused(name: str) -> None:
    opened = open_message(examples.path(name).read_bytes())
    assert isinstance(opened, Invalid if name.startswith("invalid") else Unreadable)
    assert [anomaly.error_id for anomaly in opened.anomalies] == EXPECTED[name]


def test_constants_are_valid_numbers() -> None:
    assert bce_is_valid(examples.CPAS_FR)
    assert bce_is_valid(examples.CPAS_NL)
    assert sender_is_wellformed(examples.SENDER_FR)
    assert sender_is_wellformed(examples.SENDER_NL)
    assert sender_is_wellformed(examples.SENDER_FEDERATION)
    assert sender_is_wellformed(examples.SENDER_ONEM)


def test_agents_and_federations_send_in_their_own_name() -> None:
    assert examples.sender_of("outcome-return") == examples.SENDER_ONEM
    assert examples.sender_of("escalation-reply-of-an-agent") == examples.SENDER_ONEM
    assert examples.sender_of("escalation-federation") == examples.SENDER_FEDERATION
    assert examples.sender_of("contact-question") == examples.SENDER_FR


def test_an_unknown_example() -> None:
    with pytest.raises(KeyError):
        examples.path("../../etc/passwd")
