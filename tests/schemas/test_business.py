"""Business checks: each anomaly with a message that fires it and one that does not."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from schemas.codec import Message, decode, encode
from schemas.models import (
    AbsenceSpell,
    CalculationRequest,
    Cancellation,
    Completion,
    Contact,
    Derogation,
    EarlierAdmission,
    Employer,
    Escalation,
    EscalationReply,
    HistoricOccupation,
    InsuredPeriod,
    PlannedOccupation,
    Reference,
    ReviewOutcome,
    ServiceLine,
    StatusQuestion,
)
from schemas.parser import Invalid, Readable, open_message
from tests.schemas.building import example, example_of, ids, ids_of, outcome, request

M = TypeVar("M", bound=Message)


def references(*given: tuple[int, int, str]) -> tuple[Reference, ...]:
    return tuple(Reference(type=t, origin=o, number=n) for t, o, n in given)  # type: ignore[arg-type]


def with_references(message: M, *given: tuple[int, int, str]) -> M:
    header = message.header.model_copy(update={"references": references(*given)})
    return message.model_copy(update={"header": header})


def with_person(**changes: object) -> CalculationRequest:
    return request(person=request().person.model_copy(update=changes))


def planned(**changes: object) -> PlannedOccupation:
    return request().planned.model_copy(update=changes)


def past(**changes: object) -> HistoricOccupation:
    given: dict[str, object] = {
        "start": date(2025, 1, 6),
        "end": date(2025, 4, 30),
        "working_days_system": Decimal(5),
        "contract_type": 0,
        "reference_mean_hours": Decimal(38),
        "mean_hours": Decimal(38),
    }
    return HistoricOccupation.model_validate({**given, **changes})


def with_past(**changes: object) -> CalculationRequest:
    return request(history=(past(**changes),))


def days(number: str, quarter: str = "2025Q1") -> tuple[ServiceLine, ...]:
    return (ServiceLine(code=1, quarter=quarter, days=Decimal(number)),)


def absence(start: date, end: date) -> tuple[AbsenceSpell, ...]:
    return (AbsenceSpell(kind="unpaid_leave", start=start, end=end),)


def admission(right_until: date | None) -> CalculationRequest:
    return request(earlier_admission=EarlierAdmission(date=date(2019, 5, 1), article="30", right_until=right_until))


def own(**changes: object) -> ReviewOutcome:
    decided = outcome("outcome-decide")
    assert decided.calculation is not None
    return decided.model_copy(update={"calculation": decided.calculation.model_copy(update=changes)})


TICKET, OTHER = "K7M2P9QX4RTBZ", "Q4T8V2X6Z1B5D"
NOTHING: dict[str, Any] = {"items": (), "history": (), "comment": "", "attachments": ()}


def succeeding(status: int, **changes: Any) -> CalculationRequest:
    return request({1: "modification-hours", 4: "revision-event"}[status], **changes)


def cancellation(**changes: Any) -> Cancellation:
    return example_of(Cancellation, "cancellation-request", **changes)


def completion(name: str = "completion-answer", **changes: Any) -> Completion:
    return example_of(Completion, name, **changes)


def contact(name: str = "contact-question", **changes: Any) -> Contact:
    return example_of(Contact, name, **changes)


def escalation(**changes: Any) -> Escalation:
    return example_of(Escalation, "escalation-federation", **changes)


def reply() -> EscalationReply:
    return example_of(EscalationReply, "escalation-reply-of-an-agent")


def question() -> StatusQuestion:
    return example_of(StatusQuestion, "status-of-a-dossier")


Case = tuple[str, Callable[[], Message], Callable[[], Message]]

CASES: list[Case] = [
    ("00024-004", lambda: with_person(inss="96050112356"), lambda: with_person(inss="96050112355")),
    ("00024-004", lambda: with_person(inss="00000000000"), lambda: request("request-bis-number")),
    ("00014-004", lambda: request(employer=Employer(company_id="0212345669")), request),
    (
        "00014-004",
        lambda: with_past(employer=Employer(company_id="0456789134")),
        lambda: with_past(employer=Employer(company_id="0456789133")),
    ),
    (
        "00011-004",
        lambda: with_past(employer=Employer(noss_registration_nbr="123456748")),
        lambda: with_past(employer=Employer(noss_registration_nbr="123456749")),
    ),
    (
        "00045-014",
        lambda: request(planned=planned(end=date(2027, 1, 3))),
        lambda: request(planned=planned(end=date(2027, 1, 4))),
    ),
    ("00045-014", lambda: with_past(end=date(2025, 1, 5)), lambda: with_past(end=date(2025, 1, 6))),
    (
        "05062-014",
        lambda: with_past(absences=absence(date(2025, 2, 4), date(2025, 2, 3))),
        lambda: with_past(absences=absence(date(2025, 2, 3), date(2025, 2, 3))),
    ),
    (
        "05061-388",
        lambda: with_past(absences=absence(date(2025, 1, 5), date(2025, 2, 3))),
        lambda: with_past(absences=absence(date(2025, 1, 6), date(2025, 2, 3))),
    ),
    (
        "05062-399",
        lambda: with_past(absences=absence(date(2025, 2, 3), date(2025, 5, 1))),
        lambda: with_past(absences=absence(date(2025, 2, 3), date(2025, 4, 30))),
    ),
    (
        "05082-014",
        lambda: request(periods=(InsuredPeriod(kind="maternity", start=date(2025, 2, 4), end=date(2025, 2, 3)),)),
        lambda: request(periods=(InsuredPeriod(kind="maternity", start=date(2025, 2, 3), end=date(2025, 2, 3)),)),
    ),
    (
        "05072-400",
        lambda: with_past(services=days("10", "2025Q3")),
        lambda: with_past(services=days("10", "2025Q2")),
    ),
    # 6 January to 31 March 2025: 85 calendar days, 61 weekdays
    ("00063-095", lambda: with_past(services=days("85.01")), lambda: with_past(services=days("85"))),
    ("00063-096", lambda: with_past(services=days("61.01")), lambda: with_past(services=days("61"))),
    (
        "00048-244",
        lambda: request(planned=planned(contract_type=1)),
        lambda: request(planned=planned(contract_type=1, mean_hours=Decimal("37.99"))),
    ),
    ("00048-244", lambda: with_past(mean_hours=Decimal(39)), with_past),
    (
        "00048-244",
        lambda: with_past(mean_hours=Decimal(19)),
        lambda: with_past(mean_hours=Decimal(19), contract_type=1),
    ),
    (
        "90082-809",
        lambda: with_references(request(), (2, 2, "K7M2P9QX4RTBZ")),
        lambda: with_references(request(), (1, 1, "A"), (2, 2, "K7M2P9QX4RTBZ")),
    ),
    ("90082-810", lambda: with_references(request(), (1, 1, "A"), (1, 1, "B")), request),
    ("90082-808", lambda: with_references(outcome(), (1, 1, "A")), outcome),
    ("00024-245", lambda: with_person(birth_date=date(1996, 5, 2)), request),
    ("05011-159", lambda: with_person(birth_date=date(2027, 1, 5)), request),
    ("05011-807", lambda: with_person(birth_date=date(2011, 1, 5)), lambda: with_person(birth_date=date(2011, 1, 4))),
    ("05011-807", lambda: with_person(birth_date=date(1925, 1, 4)), lambda: with_person(birth_date=date(1926, 1, 5))),
    ("05086-001", lambda: admission(None), lambda: admission(date(2020, 1, 1))),
    ("05086-014", lambda: admission(date(2019, 4, 30)), lambda: admission(date(2019, 5, 1))),
    ("05010-233", lambda: request(reason="002"), lambda: request(reason="005")),
    ("05021-001", lambda: request(channel=5), lambda: request(channel=5, paper_reception_date=date(2023, 11, 30))),
    ("05021-005", lambda: request(channel=1, paper_reception_date=date(2023, 11, 30)), lambda: request(channel=1)),
    (
        "05043-001",
        lambda: with_past(country="PT"),
        lambda: with_person(nationality="PT").model_copy(update={"history": (past(country="PT"),)}),
    ),
    (
        "05043-001",
        lambda: with_person(work_permit_matters=True),
        lambda: with_person(work_permit_matters=True, nationality="MA"),
    ),
    ("05043-005", lambda: with_person(nationality="BE"), request),
    (
        "05013-001",
        lambda: request(derogation=Derogation(requested=True)),
        lambda: request(derogation=Derogation(requested=False)),
    ),
    ("05042-806", lambda: with_person(name="NoÃ«l"), lambda: with_person(name="Noël Ã")),
    (
        "05030-806",
        lambda: request(contact=request().contact.model_copy(update={"name": "ZoÃ©"})),
        lambda: request(contact=request().contact.model_copy(update={"name": "Zoé"})),
    ),
    ("05104-001", lambda: outcome(proposal=None), outcome),
    ("05104-005", lambda: outcome("outcome-decide", proposal=1), lambda: outcome("outcome-decide")),
    ("95030-001", lambda: outcome("outcome-decide", calculation=None), lambda: outcome("outcome-decide")),
    ("95030-005", lambda: outcome(calculation=outcome("outcome-decide").calculation), outcome),
    ("05150-014", lambda: own(period_end=date(2025, 1, 4)), own),
    ("05010-233", lambda: request(reason="004"), lambda: request("request-begun-on-paper")),
    ("05010-233", lambda: succeeding(1, reason="005"), lambda: succeeding(1, reason="004")),
    ("05010-233", lambda: succeeding(1, reason="001"), lambda: succeeding(1, reason="002")),
    ("05010-233", lambda: succeeding(4, reason="001"), lambda: succeeding(4, reason="005")),
    (
        "05040-001",
        lambda: request("request-begun-on-paper", prior_calculations=0),
        lambda: request("request-begun-on-paper"),
    ),
    (
        "05022-005",
        lambda: request(paper_reference="C60.7/2023/1"),
        lambda: request(reason="005", paper_reference="C60.7/2023/1"),
    ),
    (
        "00222-003",
        lambda: with_references(succeeding(1), (1, 1, "A"), (3, 2, "K7M2P9QX4RTBO")),
        lambda: with_references(succeeding(1), (1, 1, "A"), (3, 1, "K7M2P9QX4RTBO")),
    ),
    (
        "90082-812",
        lambda: with_references(cancellation(), (1, 1, "A"), (2, 2, TICKET)),
        lambda: with_references(cancellation(), (1, 1, "A"), (3, 2, TICKET)),
    ),
    (
        "90082-812",
        lambda: with_references(succeeding(4), (1, 1, "A")),
        lambda: with_references(succeeding(4), (1, 1, "A"), (3, 1, "DOS-1")),
    ),
    (
        "00222-188",
        lambda: with_references(succeeding(1), (1, 1, "A"), (3, 2, TICKET), (3, 1, "DOS-1")),
        lambda: with_references(succeeding(1), (1, 1, "A"), (3, 2, TICKET), (2, 2, TICKET)),
    ),
    (
        "00222-188",
        lambda: with_references(question(), (1, 1, "A"), (2, 2, TICKET), (2, 2, OTHER)),
        lambda: with_references(question(), (1, 1, "A")),
    ),
    ("90082-005", lambda: with_references(request(), (1, 1, "A"), (3, 2, TICKET)), request),
    ("90082-005", lambda: with_references(completion(), (1, 1, "A"), (5, 2, TICKET), (3, 2, OTHER)), completion),
    (
        "90082-005",
        lambda: with_references(succeeding(1), (1, 1, "A"), (0, 2, TICKET), (3, 2, OTHER)),
        lambda: with_references(succeeding(1), (1, 1, "A"), (2, 2, TICKET), (3, 2, OTHER)),
    ),
    (
        "90082-005",
        lambda: with_references(contact(), (1, 1, "A"), (2, 2, TICKET), (5, 2, OTHER)),
        lambda: with_references(contact("contact-answer"), (1, 1, "A"), (2, 2, TICKET), (5, 2, OTHER)),
    ),
    (
        "90082-005",
        lambda: with_references(request(), (1, 1, "A"), (2, 2, TICKET)),
        lambda: with_references(request(), (1, 1, "A"), (2, 1, "DOS-1")),
    ),
    (
        "00222-188",
        lambda: with_references(completion(), (1, 1, "A"), (2, 2, TICKET), (5, 2, OTHER), (2, 2, OTHER)),
        lambda: with_references(completion(), (1, 1, "A"), (2, 2, TICKET), (5, 2, OTHER)),
    ),
    ("90082-808", lambda: with_references(completion(), (1, 1, "A"), (0, 2, TICKET)), completion),
    ("90082-808", lambda: with_references(contact("contact-answer"), (1, 1, "A"), (2, 2, TICKET)), contact),
    ("90082-808", lambda: with_references(reply(), (1, 1, "A"), (2, 2, TICKET)), reply),
    (
        "90082-813",
        lambda: with_references(completion("completion-spontaneous"), (1, 1, "A"), (5, 2, TICKET)),
        lambda: completion("completion-spontaneous"),
    ),
    ("90082-814", lambda: with_references(contact(), (1, 1, "A"), (5, 2, TICKET)), contact),
    ("90082-814", lambda: with_references(escalation(), (1, 1, "A")), escalation),
    (
        "90082-814",
        lambda: with_references(outcome("outcome-withdraw"), (1, 1, "A"), (5, 2, TICKET)),
        lambda: outcome("outcome-withdraw"),
    ),
    (
        "90082-808",
        lambda: with_references(outcome("outcome-grant"), (1, 1, "A"), (2, 2, TICKET)),
        lambda: outcome("outcome-grant"),
    ),
    (
        "00222-005",
        lambda: with_references(escalation(), (1, 1, "87.03.09-203.17"), (2, 2, TICKET)),
        lambda: with_references(escalation(), (1, 1, "87.03.09-203.18"), (2, 2, TICKET)),
    ),
    ("00024-004", lambda: cancellation(inss="96050112356"), cancellation),
    ("00024-004", lambda: completion(inss="97112906813"), completion),
    (
        "00045-014",
        lambda: completion(history=(past(end=date(2025, 1, 5)),)),
        lambda: completion(history=(past(),)),
    ),
    ("05086-001", lambda: completion(earlier_admission=admission(None).earlier_admission), completion),
    ("95002-816", lambda: completion(**NOTHING), lambda: completion(**{**NOTHING, "comment": "Rien."})),
    ("95012-001", lambda: contact(person=None), lambda: contact("contact-from-an-agent")),
    ("95012-005", lambda: contact(agent_id="A1042"), contact),
    ("05030-806", lambda: contact(person=request().contact.model_copy(update={"name": "ZoÃ©"})), contact),
    ("05213-817", lambda: escalation(every_means_used=False), escalation),
    ("05214-817", lambda: escalation(unsolved_after_requests=False), escalation),
    ("05215-817", lambda: escalation(payment_delayed_over_a_month=False), escalation),
    ("05104-005", lambda: outcome("outcome-return", proposal=1), lambda: outcome("outcome-return")),
    ("95030-001", lambda: outcome("outcome-correct", calculation=None), lambda: outcome("outcome-correct")),
    ("95030-005", lambda: outcome("outcome-grant", calculation=own().calculation), lambda: outcome("outcome-grant")),
    ("95023-001", lambda: outcome("outcome-return", returned=()), lambda: outcome("outcome-return")),
    ("95023-005", lambda: outcome(returned=outcome("outcome-return").returned), outcome),
    ("05204-005", lambda: outcome("outcome-decide", documents=("C4",)), lambda: outcome("outcome-return")),
    ("05004-233", lambda: decode(example("answer-status")), lambda: decode(example("status-of-a-dossier"))),
    ("05152-159", lambda: own(contract_end=date(2028, 1, 5)), own),
]


@pytest.mark.parametrize(
    ("error_id", "firing", "silent"), CASES, ids=[f"{case[0]}-{i}" for i, case in enumerate(CASES)]
)
def test_fires_and_is_silent(error_id: str, firing: Callable[[], Message], silent: Callable[[], Message]) -> None:
    assert ids_of(firing()).count(error_id) == 1
    assert error_id not in ids_of(silent())


def test_warnings_and_investigations_do_not_reject() -> None:
    opened = open_message(encode(with_person(birth_date=date(1996, 5, 2), nationality="BE")))
    assert isinstance(opened, Readable)
    assert ids(opened) == ["00024-245", "05043-005"]


def test_blocking_ones_do() -> None:
    opened = open_message(example("invalid-niss"))
    assert isinstance(opened, Invalid)
    assert opened.header is not None
    assert opened.sender_reference == "DOS-2026-0429"


def test_the_path_points_at_the_element_with_its_value() -> None:
    opened = open_message(encode(with_past(end=date(2025, 1, 5))))
    assert isinstance(opened, Invalid)
    (found,) = opened.anomalies
    assert found.place.tag == "OccupationEndingDate"
    assert found.place.location == (
        "/OCCP001/Form[1]/OccupationHistory[1]/EmployerOccupation[1]/Occupation[1]/OccupationEndingDate[1]"
    )
    assert found.value == "2025-01-05"


def test_a_person_with_an_unknown_birth_day_is_not_contradicted() -> None:
    base = "964000123"
    niss = f"{base}{97 - int(base) % 97:02}"
    assert ids_of(with_person(inss=niss)) == []
    assert ids_of(with_person(inss=niss, birth_date=date(1997, 5, 1))) == ["00024-245"]


@pytest.mark.parametrize("quarter", ["20255", "20250", "18994", "2025", "x2025", "２０２５1"])
def test_an_impossible_quarter_is_the_schemas_to_report_and_stops_no_check(quarter: str) -> None:
    body = encode(with_past(services=days("10"), end=date(2025, 1, 5)))
    opened = open_message(body.replace(b"20251", quarter.encode(), 1))
    assert isinstance(opened, Invalid)
    assert ids(opened)[0] == "00045-014"
    assert ids(opened)[1] in ("05072-003", "05072-093")
