"""OCCP102: an agent's outcome becomes the decision of the CPAS's request; the first one wins."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from handlers.context import Context, Referred
from handlers.dispatch import handle, needs
from handlers.dossier import Sender, State, StoredTask, TaskState
from handlers.outcome import DeadlineKind, DeadlineState, EndDeadlines, Outcome
from schemas.models import Acknowledgement, Calculation, Decision, Notification, Reference, ReviewOutcome
from tests.handlers.building import (
    BACK_OFFICE,
    NOW,
    VENDOR,
    context,
    envelope,
    foreign_job,
    header,
    opened,
    request,
)

OWN_FIGURES = Calculation(
    law="ar-1991@2026-03-01",
    route="30",
    articles=("AR 30",),
    required_days=312,
    proven_days=Decimal("100.0000"),
    remaining_days=212,
    period_start=date(2024, 9, 10),
    period_end=date(2027, 9, 9),
    contract_end=date(2027, 9, 9),
    first_claim_date=date(2027, 9, 10),
)


@pytest.fixture
def reviewed() -> Outcome:
    return handle(opened(request(history=(foreign_job(),))), context())


def outcome_of(task_ticket: str, **changes: object) -> ReviewOutcome:
    given: dict[str, object] = {
        "header": header(
            identification="OCCP102",
            type_form="FA",
            references=(
                Reference(type=1, origin=1, number="AGENT-1"),
                Reference(type=5, origin=2, number=task_ticket),
            ),
        ),
        "agent_id": "A0042",
        "outcome": "confirm",
        "proposal": 1,
        "reason": "Convention franco-belge: pas de trois mois en Belgique",
    }
    return ReviewOutcome(**{**given, **changes})


def task_of(reviewed: Outcome) -> StoredTask:
    (task,) = reviewed.tasks
    return task


def later(reviewed: Outcome, sender: Sender = BACK_OFFICE, state: TaskState = TaskState.OPEN) -> Context:
    task = task_of(reviewed)
    return context(
        sender,
        envelope=replace(envelope(NOW + timedelta(days=2)), ticket="OUTCOME000001", message_id="outcome-message"),
        referred=Referred(task.ticket, "OCCP101", task.dossier, task.form, "123456", envelope().message_id),
        dossier=reviewed.dossier,
        request=reviewed.request,
        tasks=(replace(task, state=state),),
    )


def test_a_confirmed_proposal_becomes_the_decision_of_the_request(reviewed: Outcome) -> None:
    outcome = handle(opened(outcome_of(task_of(reviewed).ticket)), later(reviewed))
    acrf, noti, answer = outcome.answers
    assert isinstance(acrf.message, Acknowledgement)
    assert isinstance(noti.message, Notification)
    assert (acrf.recipient, noti.recipient, noti.message.handling.result_code) == ("000001", "000001", 1)
    decision = answer.message
    assert isinstance(decision, Decision)
    assert answer.recipient == "123456"
    assert not decision.automatic
    assert decision.header.reference(5, 2) == "FORM000000001"
    assert decision.header.reference(5, 1) == "CPAS-2026-0001"
    assert answer.correlation_id == envelope().message_id
    assert answer.schema_version == "20264"
    assert decision.calculation.first_claim_date == date(2028, 1, 5)
    assert decision.calculation.detail is not None
    assert outcome.decision is not None
    assert (outcome.decision.form, outcome.decision.agent) == ("FORM000000001", "A0042")
    assert [task.state for task in outcome.tasks] == [TaskState.DONE]
    assert outcome.dossier is not None
    assert (outcome.dossier.state, outcome.dossier.calculations) == (State.CALCULATED, 1)
    assert outcome.deadlines[0] == EndDeadlines(
        "FORM000000001",
        (DeadlineKind.O2_DECISION, DeadlineKind.R4_WARNING),
        DeadlineState.MET,
        datetime(2026, 11, 26, 9, tzinfo=UTC),
    )


def test_an_agent_may_decide_otherwise(reviewed: Outcome) -> None:
    own = outcome_of(task_of(reviewed).ticket, outcome="decide", proposal=None, calculation=OWN_FIGURES)
    decision = handle(opened(own), later(reviewed)).answers[2].message
    assert isinstance(decision, Decision)
    assert decision.calculation == OWN_FIGURES
    assert decision.motivation.startswith("Convention")


def test_the_agent_is_recorded_and_never_shown_to_the_cpas(reviewed: Outcome) -> None:
    outcome = handle(opened(outcome_of(task_of(reviewed).ticket)), later(reviewed))
    assert "A0042" not in repr(outcome.answers[2].message)
    assert [entry.actor for entry in outcome.history] == ["sender 000001", "agent A0042"]


@pytest.mark.parametrize("proposal", [0, 2, None])
def test_a_proposal_that_does_not_exist_is_refused(reviewed: Outcome, proposal: int | None) -> None:
    outcome = handle(opened(outcome_of(task_of(reviewed).ticket, proposal=proposal)), later(reviewed))
    assert outcome.anomalies == ("05104-008",)
    assert outcome.decision is None


def test_the_second_outcome_is_refused(reviewed: Outcome) -> None:
    outcome = handle(opened(outcome_of(task_of(reviewed).ticket)), later(reviewed, state=TaskState.DONE))
    assert outcome.anomalies == ("00222-197",)
    assert outcome.decision is None
    assert not outcome.accepted


def test_a_vendor_decides_nothing(reviewed: Outcome) -> None:
    outcome = handle(opened(outcome_of(task_of(reviewed).ticket)), later(reviewed, sender=VENDOR))
    assert outcome.anomalies == ("05005-103",)
    assert outcome.decision is None


def test_an_unknown_task_is_refused() -> None:
    outcome = handle(opened(outcome_of("NBSUCHTASK001")), context(BACK_OFFICE))
    assert outcome.anomalies == ("00222-166",)


def test_what_must_be_loaded_is_the_task() -> None:
    assert needs(opened(outcome_of("TASK000000001"))).ticket == "TASK000000001"
