"""OCCP001: what a new request becomes. The expected dates are those of the worked case from 4 January 2027."""

from datetime import UTC, date, datetime

import pytest

from handlers.context import Context
from handlers.dispatch import handle, needs
from handlers.dossier import Mandate, State
from handlers.outcome import Deadline, DeadlineKind, DeadlineState, HistoryKind, Outcome
from schemas.findings import Anomaly
from schemas.models import (
    Acknowledgement,
    CalculationRequest,
    Decision,
    Derogation,
    Notification,
    Reference,
    ReviewTask,
)
from tests.handlers.building import (
    BACK_OFFICE,
    COMPANY,
    NOW,
    context,
    envelope,
    foreign_job,
    header,
    opened,
    planned,
    request,
    sibling,
)


def treat(message: CalculationRequest, where: Context | None = None, *anomalies: Anomaly) -> Outcome:
    return handle(opened(message, *anomalies), where or context())


def notification(outcome: Outcome) -> Notification:
    (found,) = (answer.message for answer in outcome.answers if isinstance(answer.message, Notification))
    return found


def ids(outcome: Outcome) -> list[str]:
    return [report.error_id for report in notification(outcome).handling.reports]


def test_a_calculable_request_is_acknowledged_accepted_and_decided_in_that_order() -> None:
    outcome = treat(request())
    acrf, noti, decision = (answer.message for answer in outcome.answers)
    assert isinstance(acrf, Acknowledgement)
    assert acrf.accepted
    assert isinstance(noti, Notification)
    assert noti.handling.result_code == 1
    assert isinstance(decision, Decision)
    assert decision.automatic
    assert decision.calculation.first_claim_date == date(2028, 1, 5)
    assert decision.calculation.contract_end == date(2028, 1, 4)
    assert decision.calculation.remaining_days == 312
    assert decision.second_calculation is not None
    assert decision.second_calculation.first_date == date(2027, 12, 5)
    assert decision.second_calculation.last_date == date(2027, 12, 20)
    assert outcome.dossier is not None
    assert outcome.dossier.state is State.CALCULATED
    assert outcome.dossier.contract_end == date(2028, 1, 4)
    assert outcome.dossier.calculations == 1
    assert outcome.decision is not None
    assert outcome.decision.form == "FORM000000001"


def test_every_answer_echoes_the_references_of_its_request() -> None:
    for answer in treat(request()).answers:
        assert answer.message.header.reference(1, 2) == answer.ticket
        assert answer.message.header.reference(5, 2) == "FORM000000001"
        assert answer.message.header.reference(5, 1) == "CPAS-2026-0001"
        assert answer.message.header.reference(2, 2) == "FORM000000001"
        assert answer.recipient == "123456"


def test_every_step_of_the_decision_is_told_in_the_language_of_the_request() -> None:
    decision = treat(request()).answers[2].message
    assert isinstance(decision, Decision)
    detail = decision.calculation.detail
    assert detail is not None
    assert detail.text
    assert all(child.text and child.article and child.instrument for child in detail.children)


def test_o2_the_deadline_is_stored_with_the_request_and_met_by_its_decision() -> None:
    deadline = treat(request()).deadlines[0]
    assert isinstance(deadline, Deadline)
    assert deadline.kind is DeadlineKind.O2_DECISION
    assert deadline.due_date == date(2026, 12, 1)
    assert deadline.state is DeadlineState.MET
    assert deadline.ended_at == NOW


def test_what_is_not_calculable_goes_to_onem_with_the_deadline_open() -> None:
    outcome = treat(request(history=(foreign_job(),)))
    task = outcome.answers[2]
    assert isinstance(task.message, ReviewTask)
    assert task.recipient == "000001"
    assert task.office == task.message.office
    assert [reason.code for reason in task.message.reasons] == ["FOREIGN_WORK"]
    assert task.message.due_at == datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)
    assert outcome.decision is None
    assert len(outcome.tasks) == 1
    assert outcome.dossier is not None
    assert outcome.dossier.state is State.IN_REVIEW
    assert outcome.dossier.calculations == 0
    promise, warning = outcome.deadlines
    assert isinstance(promise, Deadline)
    assert isinstance(warning, Deadline)
    assert (promise.kind, promise.state) == (DeadlineKind.O2_DECISION, DeadlineState.OPEN)
    assert (warning.kind, warning.due_date) == (DeadlineKind.R4_WARNING, date(2026, 11, 30))


def test_a_human_review_is_given_to_who_asks_for_one() -> None:
    task = treat(request(reason="005")).answers[2].message
    assert isinstance(task, ReviewTask)
    assert [reason.code for reason in task.reasons] == ["HUMAN_REVIEW_ASKED"]


def test_an_anomaly_of_class_i_is_accepted_and_looked_at() -> None:
    outcome = treat(request(), None, Anomaly("00024-245"))
    task = outcome.answers[2].message
    assert isinstance(task, ReviewTask)
    assert [reason.code for reason in task.reasons] == ["ANOMALY_TO_INVESTIGATE"]
    assert ids(outcome) == ["00024-245"]
    assert notification(outcome).handling.result_code == 1


@pytest.mark.parametrize(
    ("message", "where", "error_id"),
    [
        pytest.param(
            request(header=header(created=datetime(2026, 11, 25, 9, tzinfo=UTC))),
            None,
            "05001-003",
            id="created tomorrow",
        ),
        pytest.param(request(), context(mandates=()), "00014-155", id="no mandate"),
        pytest.param(
            request(),
            context(mandates=(Mandate(COMPANY, date(2023, 10, 2), date(2026, 11, 23)),)),
            "00014-155",
            id="mandate ended yesterday",
        ),
        pytest.param(
            request(),
            context(mandates=(Mandate(COMPANY, date(2026, 11, 25)),)),
            "00014-155",
            id="mandate from tomorrow",
        ),
        pytest.param(request(prior_calculations=2), None, "05010-146", id="third calculation"),
        pytest.param(
            request(prior_calculations=2, derogation=Derogation(requested=True, reason=" ")),
            None,
            "05010-146",
            id="derogation without a reason",
        ),
        pytest.param(request(), context(siblings=(sibling(),)), "95001-133", id="second new request"),
        pytest.param(
            request(channel=5, paper_reception_date=date(2023, 11, 30)), None, "05020-101", id="paper from a vendor"
        ),
        pytest.param(request(), context(BACK_OFFICE), "05020-103", id="no paper, from ONEM"),
        pytest.param(
            request(),
            context(mandates=(Mandate(COMPANY, date(2023, 10, 2), forms=frozenset({"OCCP008"})),)),
            "00014-155",
            id="mandate for another form",
        ),
        pytest.param(
            request(channel=5, paper_reception_date=date(2023, 12, 1)),
            context(BACK_OFFICE),
            "05020-801",
            id="paper after the digital procedure",
        ),
    ],
)
def test_a_broken_promise_is_refused_with_its_anomaly(
    message: CalculationRequest, where: Context | None, error_id: str
) -> None:
    outcome = treat(message, where)
    acrf, noti = (answer.message for answer in outcome.answers)
    assert isinstance(acrf, Acknowledgement)
    assert acrf.accepted
    assert isinstance(noti, Notification)
    assert noti.handling.result_code == 0
    assert ids(outcome) == [error_id]
    assert not outcome.accepted
    assert (outcome.dossier, outcome.decision, outcome.tasks, outcome.deadlines) == (None, None, (), ())


@pytest.mark.parametrize(
    ("message", "where"),
    [
        pytest.param(request(header=header(created=NOW)), None, id="created today"),
        pytest.param(
            request(),
            context(mandates=(Mandate(COMPANY, date(2026, 11, 24), date(2026, 11, 24)),)),
            id="mandate of one day",
        ),
        pytest.param(request(prior_calculations=1), None, id="second calculation"),
        pytest.param(
            request(), context(siblings=(sibling(occupation_start=date(2024, 1, 8)),)), id="another occupation before"
        ),
        pytest.param(
            request(channel=5, paper_reception_date=date(2023, 11, 30)),
            context(BACK_OFFICE, mandates=()),
            id="paper, in time",
        ),
    ],
)
def test_a_kept_promise_is_silent(message: CalculationRequest, where: Context | None) -> None:
    outcome = treat(message, where)
    assert outcome.accepted
    assert ids(outcome) == []


def test_c5_the_anomaly_names_the_dossier_that_exists() -> None:
    (report,) = notification(treat(request(), context(siblings=(sibling(),)))).handling.reports
    assert report.path == "dossier EARLIER000001, OCCP001 EARLIER000001"


def test_c1_a_late_request_is_accepted_with_a_warning_and_counted() -> None:
    outcome = treat(request(planned=planned(start=date(2026, 11, 24))))
    assert outcome.accepted
    assert ids(outcome) == ["05010-460"]
    assert [entry.ground for entry in outcome.history if entry.kind is HistoryKind.LATE] == ["C1"]


def test_c1_the_day_before_is_in_time() -> None:
    assert ids(treat(request(planned=planned(start=date(2026, 11, 25))))) == []


def test_c4_a_derogation_with_its_reason_goes_to_a_human() -> None:
    outcome = treat(request(prior_calculations=2, derogation=Derogation(requested=True, reason="three jobs at once")))
    task = outcome.answers[2].message
    assert isinstance(task, ReviewTask)
    assert [reason.code for reason in task.reasons] == ["THIRD_CALCULATION"]


def test_all_anomalies_are_told_at_once() -> None:
    message = request(header=header(created=datetime(2026, 11, 26, 9, tzinfo=UTC)), prior_calculations=3)
    assert sorted(ids(treat(message, context(mandates=(), siblings=(sibling(),))))) == [
        "00014-155",
        "05001-003",
        "05010-146",
        "95001-133",
    ]


def test_labels_are_in_the_language_of_the_request() -> None:
    (french,) = notification(treat(request(), context(mandates=()))).handling.reports
    (dutch,) = notification(treat(request(language=1), context(mandates=()))).handling.reports
    assert french.label != dutch.label


def test_o7_the_history_tells_who_did_what_on_what_ground() -> None:
    history = treat(request()).history
    assert [(entry.kind, entry.actor) for entry in history] == [
        (HistoryKind.RECEIVED, "sender 123456"),
        (HistoryKind.ACCEPTED, "service"),
        (HistoryKind.DECIDED, "service"),
    ]
    assert all(entry.ground for entry in history)
    assert "96050100180" not in repr(history)


def test_the_day_of_receipt_is_that_of_brussels() -> None:
    late_evening = envelope(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    deadline = treat(request(), context(envelope=late_evening)).deadlines[0]
    assert isinstance(deadline, Deadline)
    assert deadline.due_date == date(2026, 12, 2)


def test_what_must_be_loaded_is_the_person_at_this_cpas() -> None:
    loaded = needs(opened(request()))
    assert (loaded.inss, loaded.company_id, loaded.ticket) == ("96050100180", COMPANY, None)


def test_the_sender_reference_is_optional_for_answers() -> None:
    anonymous = request(header=header(references=(Reference(type=2, origin=2, number="D"),)))
    assert treat(anonymous, context(mandates=())).answers[0].message.header.reference(5, 1) is None
