"""Forms of one dossier that meet: in one batch, in two instances at the same moment, and before their predecessor."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from schemas.codec import decode, encode
from schemas.models import Acknowledgement, Notification, ReviewTask, StatusReport
from service.channel import Delivery, Outgoing, message_id_for
from service.deadlines import Deadlines
from service.intake import Intake
from service.processed import Processed
from service.store import parties, schema
from service.store.access import Change
from service.store.engine import connect
from service.vault import Vault
from tests.process import forms
from tests.process.forms import planned
from tests.process.language import invented_person, ticket_of
from tests.process.pipeline import MovedClock, admit_parties
from tests.process.place import ONEM, SECOND_VENDOR, STRANGER, VENDOR

VAULT = Vault(bytes(range(32)))
SHORTER = planned(mean_hours=36, reference_mean_hours=36)
LONGER = planned(mean_hours=37, reference_mean_hours=37)
_numbers = itertools.count(1)
Instances = list[Intake]


def delivery(message: Any, sender: str = VENDOR) -> Delivery:
    name = f"FI.OCCP.{sender}.20261124.{next(_numbers):05d}.S.1.1"
    return Delivery(encode(message), sender, name, message_id_for(sender, name), "20264", source="test")


@pytest.fixture
async def instances(database_url: str) -> AsyncIterator[Instances]:
    """Give two instances of the service's intake on one database."""
    await admit_parties(database_url)
    clock = MovedClock()
    clock.restart()
    engines = [connect(database_url), connect(database_url)]
    yield [Intake(engine, VAULT, clock, "S") for engine in engines]
    for engine in engines:
        await engine.dispose()


def kinds(outgoing: Sequence[Outgoing]) -> list[str]:
    return [answer.identification for answer in outgoing]


def verdicts(*processed: Processed) -> list[list[str]]:
    """Give the anomalies of each NOTIFICATION, in order."""
    messages = [decode(answer.body) for done in processed for answer in done.outgoing]
    told = [message for message in messages if isinstance(message, Notification)]
    return [[report.error_id for report in message.handling.reports] for message in told]


async def ticket(intake: Intake, message: Any, sender: str = VENDOR) -> str:
    """Process a form alone, and give its ticket."""
    done = await intake.process([delivery(message, sender)])
    receipt = decode(done.outgoing[0].body)
    assert isinstance(receipt, Acknowledgement)
    return receipt.ticket


async def test_the_second_form_of_a_batch_sees_what_the_first_changed(instances: Instances) -> None:
    intake, _ = instances
    first = await ticket(intake, forms.new())
    done = await intake.process(
        [delivery(forms.modification(first)), delivery(forms.modification(first, planned=LONGER), SECOND_VENDOR)]
    )
    assert verdicts(done) == [[], ["00222-180"]]


async def test_a_request_and_its_modification_in_one_batch(instances: Instances) -> None:
    intake, _ = instances
    request = forms.new()
    change = forms.overtaking(str(request.header.reference(1, 1)))
    done = await intake.process([delivery(request), delivery(change)])
    assert kinds(done.outgoing) == ["ACRF001", "NOTI001", "OCCP003"] * 2
    assert verdicts(done) == [[], []]


async def test_a_cancellation_frees_the_place_within_its_batch(instances: Instances) -> None:
    """Without a detour: the batch stays one."""
    intake, _ = instances
    first = await ticket(intake, forms.new())
    with capture_logs() as logs:
        done = await intake.process([delivery(forms.cancellation(first)), delivery(forms.new())])
    assert verdicts(done) == [[], []]
    assert [entry["event"] for entry in logs if entry["event"] == "batch_taken_apart"] == []


async def test_questions_of_one_batch_are_answered_apart(instances: Instances) -> None:
    intake, _ = instances
    first = await ticket(intake, forms.new())
    other = invented_person()
    second = await ticket(intake, forms.new(person=other))
    questions = [forms.status(first), forms.status(second), forms.status()]
    done = await intake.process([*map(delivery, questions), delivery(forms.status(), STRANGER)])
    reports = [decode(answer.body) for answer in done.outgoing if answer.identification == "OCCP008"]
    listed = [{told.ticket for told in report.dossiers} for report in reports if isinstance(report, StatusReport)]
    assert listed == [{first}, {second}, {first, second}, set()]
    lengths = [
        [len(told.history) for told in report.dossiers] for report in reports if isinstance(report, StatusReport)
    ]
    assert lengths == [[3], [3], [0, 0], []]


async def test_a_status_question_sees_what_its_batch_changed(instances: Instances) -> None:
    intake, _ = instances
    first = await ticket(intake, forms.new())
    done = await intake.process([delivery(forms.cancellation(first)), delivery(forms.status(first))])
    report = decode(done.outgoing[-1].body)
    assert isinstance(report, StatusReport)
    assert [(told.state, told.history[-1].kind) for told in report.dossiers] == [("WITHDRAWN", "withdrawn")]


Race = Callable[[Instances], Awaitable[tuple[list[Delivery], set[str]]]]


async def _modifications(instances: Instances) -> tuple[list[Delivery], set[str]]:
    person = invented_person()
    first = await ticket(instances[0], forms.new(person=person))
    one = forms.modification(first, person=person)
    other = forms.modification(first, person=person, planned=LONGER)
    return [delivery(one), delivery(other, SECOND_VENDOR)], {"00222-180"}


async def _requests(instances: Instances) -> tuple[list[Delivery], set[str]]:
    person = invented_person()
    requests = (forms.new(person=person), forms.new(person=person, planned=SHORTER))
    return [delivery(requests[0]), delivery(requests[1], SECOND_VENDOR)], {"95001-133"}


async def _moves(instances: Instances) -> tuple[list[Delivery], set[str]]:
    """Two dossiers of a person move to the same start."""
    person = invented_person()
    one = await ticket(instances[0], forms.new(person=person))
    other = await ticket(instances[0], forms.new(person=person, planned=planned(start=date(2028, 3, 6))))
    moved = planned(start=date(2029, 9, 3))
    changes = [forms.modification(last, person=person, planned=moved) for last in (one, other)]
    return [delivery(change) for change in changes], {"95001-133"}


async def _outcomes(instances: Instances) -> tuple[list[Delivery], set[str]]:
    done = await instances[0].process(
        [delivery(forms.new(person=invented_person(), planned=planned(working_weekdays=forms.UNUSUAL)))]
    )
    task = decode(done.outgoing[-1].body)
    assert isinstance(task, ReviewTask)
    outcomes = [forms.outcome(ticket_of(task), "confirm"), forms.outcome(ticket_of(task), "return")]
    return [delivery(outcome, ONEM) for outcome in outcomes], {"00222-197"}


async def _outcome_and_modification(instances: Instances) -> tuple[list[Delivery], set[str]]:
    """Either the decision comes first and the change counts after it, or the change takes the task away."""
    person = invented_person()
    asked = forms.new(person=person, planned=planned(working_weekdays=forms.UNUSUAL))
    done = await instances[0].process([delivery(asked)])
    receipt, task = decode(done.outgoing[0].body), decode(done.outgoing[-1].body)
    assert isinstance(receipt, Acknowledgement)
    changed = forms.modification(receipt.ticket, person=person)
    return [delivery(forms.outcome(ticket_of(task), "confirm"), ONEM), delivery(changed)], {"", "00222-197"}


@pytest.mark.parametrize(
    "race",
    [_modifications, _requests, _moves, _outcomes, _outcome_and_modification],
    ids=lambda race: race.__name__[1:],
)
async def test_of_two_instances_at_the_same_moment_the_loser_gets_its_anomaly(
    instances: Instances, race: Race, database_url: str
) -> None:
    for _ in range(4):
        (one, other), lost = await race(instances)
        done = await asyncio.gather(instances[0].process([one]), instances[1].process([other]))
        told = sorted(verdicts(*done))
        assert told[0] == []
        assert {" ".join(ids) for ids in told[1:]} <= lost
    assert await quarantined(database_url) == 0


async def quarantined(database_url: str) -> int:
    engine = connect(database_url)
    try:
        async with engine.connect() as connection:
            return int((await connection.execute(select(func.count()).select_from(schema.quarantine))).scalar_one())
    finally:
        await engine.dispose()


async def test_a_form_that_waited_finds_all_its_answers_when_it_comes_again(
    instances: Instances, database_url: str
) -> None:
    intake, _ = instances
    request = forms.new()
    early = delivery(forms.overtaking(str(request.header.reference(1, 1))))
    assert kinds((await intake.process([early])).outgoing) == ["ACRF001"]
    waiting = await intake.process([early])
    assert kinds(waiting.outgoing) == ["ACRF001"]
    await intake.process([delivery(request)])
    engine, clock, sent = connect(database_url), MovedClock(), list[Outgoing]()
    clock.restart()
    due = Deadlines(engine, VAULT, clock, "S", sent.extend)
    assert await due.once() == 1
    await engine.dispose()
    assert kinds(sent) == ["NOTI001", "OCCP003"]
    again = await intake.process([early])
    assert kinds(again.outgoing) == ["ACRF001", "NOTI001", "OCCP003"]
    assert [answer.body for answer in again.outgoing[1:]] == [answer.body for answer in sent]
    assert all(answer.headers["Duplicate"] == "1" for answer in again.outgoing)


async def test_a_form_that_waited_is_refused_where_its_sender_was_suspended_meanwhile(
    instances: Instances, database_url: str
) -> None:
    intake, _ = instances
    request = forms.new()
    await intake.process([delivery(forms.overtaking(str(request.header.reference(1, 1))))])
    await intake.process([delivery(request)])
    engine, clock, sent = connect(database_url), MovedClock(), list[Outgoing]()
    clock.restart()
    async with engine.begin() as connection:
        change = Change("an operator", await clock.now(connection))
        assert await parties.suspend(connection, VENDOR, "key stolen", change)
    due = Deadlines(engine, VAULT, clock, "S", sent.extend)
    assert await due.once() == 1
    await engine.dispose()
    assert kinds(sent) == ["NOTI001"]
    assert [report.error_id for report in decode(sent[0].body).handling.reports] == ["05005-103"]
