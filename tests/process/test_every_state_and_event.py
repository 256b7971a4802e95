"""Every state × every event of the table: the real handler, on a dossier that real forms brought there, obeys it.

Nothing is left out by construction: the cases are made of `State` × `Event` and of what the table allows in each. How
a form of each event is made stands in `EVENTS`; how a dossier gets into each state in `STATES`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.dossier import State, TaskState
from handlers.outcome import DeadlineKind, Outcome
from handlers.transitions import TRANSITIONS, Allowed, Event, Ignored, Refused, permitted, table
from schemas.anomalies import class_of
from schemas.findings import AnomalyClass
from tests.process import forms
from tests.process.forms import PLEASE, UNUSUAL, planned
from tests.process.place import FEDERATION, ONEM, Heard, Place

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "process.md"


@dataclass
class Case:
    """A dossier somewhere in its life. `task`: the last review task. `addition`: the last OCCP002, if there was one."""

    place: Place
    number: str
    last: str
    task: str
    addition: str = ""

    @property
    def state(self) -> State:
        return self.place.state(self.number)

    def note_task(self) -> None:
        """Remember the newest task."""
        self.task = self.place.tasks(self.number)[-1].ticket


def _asked(third: bool, first: State) -> Case:
    """Put a request before an agent: for its week, or as a third calculation with a derogation asked."""
    place = Place()
    wish: dict[str, Any] = {}
    if third:
        wish = {"reason": "003", "paper_reference": "C60.7/1", "prior_calculations": 2, "derogation": PLEASE}
    contract = planned() if third and first is not State.IN_REVIEW else planned(working_weekdays=UNUSUAL)
    heard = place.send(forms.new(planned=contract, **wish))
    case = Case(place, heard.ticket, heard.ticket, "")
    case.note_task()
    return case


def _with_addition(case: Case, *, calculable: bool) -> None:
    """Decide the request first where only what is added needs an agent; then add to it."""
    if calculable:
        case.place.send(forms.modification(case.last, planned=planned()))
        case.last = case.place.dossier(case.number).last_form
    contract = planned(working_weekdays=(1, 3, 4, 5, 6))
    case.addition = case.place.send(forms.addition(case.last, planned=contract)).ticket
    case.note_task()


def _submitted(case: Case) -> None:
    """Put it where a form finds it only within a transaction: its task given way, nothing decided."""
    for task in case.place.tasks(case.number):
        case.place.world.loaded.tasks[task.ticket] = replace(task, state=TaskState.SUPERSEDED)
    case.place.put(replace(case.place.dossier(case.number), state=State.SUBMITTED))


def _returned(case: Case) -> None:
    case.place.send(forms.outcome(case.task, "return"), ONEM)


def _calculated(case: Case) -> None:
    case.place.send(forms.outcome(case.task, "confirm"), ONEM)


def _withdrawn(case: Case) -> None:
    case.place.send(forms.cancellation(case.last))


def _closed(case: Case) -> None:
    _calculated(case)
    end = case.place.dossier(case.number).contract_end
    assert end is not None
    case.place.wait(days=(end - case.place.now.date()).days + 31)


STATES: dict[State, Callable[[Case], None]] = {
    State.SUBMITTED: _submitted,
    State.IN_REVIEW: lambda case: None,
    State.RETURNED: _returned,
    State.CALCULATED: _calculated,
    State.WITHDRAWN: _withdrawn,
    State.CLOSED: _closed,
}
"""How a dossier under review gets there."""


def _contract(to: State | None) -> Any:
    """Give a contract that leads there: one that an engine can judge, or one for an agent."""
    if to is State.IN_REVIEW:
        return planned(working_weekdays=(1, 2, 4, 5, 6))
    return planned(mean_hours=36, reference_mean_hours=36)


def _question_of_onem(case: Case) -> str:
    return case.place.send(forms.question(case.number), ONEM).answer("OCCP006").ticket


def _escalation(case: Case) -> Heard:
    for _ in range(2):
        case.place.send(forms.contact(case.number))
    return case.place.send(forms.escalation(case.number), FEDERATION)


def _settle(what: str) -> Callable[[Case, State | None], Outcome]:
    return lambda case, to: case.place.send(forms.outcome(case.task, what), ONEM).outcome


def _change(what: str) -> Callable[[Case, State | None], Outcome]:
    return lambda case, to: case.place.send(forms.own_change(case.number, what), ONEM).outcome


def _vendor(form: Callable[[Case, State | None], Any]) -> Callable[[Case, State | None], Outcome]:
    return lambda case, to: case.place.send(form(case, to)).outcome


def _contract_over(case: Case, to: State | None) -> Outcome:
    """Let the closing fall due, whatever else does."""
    dossier = case.place.dossier(case.number)
    end = dossier.contract_end or dossier.occupation_start
    place, kind = case.place, DeadlineKind.CLOSURE
    place.now += timedelta(days=(end - place.now.date()).days + 31)
    first = next(iter(place.deadlines.values()))
    return place.fall_due(replace(first, kind=kind, due_at=place.now))


EVENTS: dict[Event, Callable[[Case, State | None], Outcome]] = {
    Event.NEW: _vendor(lambda case, to: forms.new(planned=_contract(to))),
    Event.MODIFICATION: _vendor(lambda case, to: forms.modification(case.last, planned=_contract(to))),
    Event.CANCELLATION: _vendor(lambda case, to: forms.cancellation(case.last)),
    Event.REVISION: _vendor(lambda case, to: forms.revision(case.last, reason="003", planned=_contract(to))),
    Event.COMPLETION: _vendor(lambda case, to: forms.answer_to(_question_of_onem(case), planned=_contract(to))),
    Event.ADDITION: _vendor(lambda case, to: forms.addition(case.last, planned=_contract(to))),
    Event.ADDITION_WITHDRAWN: _vendor(lambda case, to: forms.addition_withdrawn(case.addition)),
    Event.CONTACT: _vendor(lambda case, to: forms.contact(case.number)),
    Event.QUESTION: lambda case, to: case.place.send(forms.question(case.number), ONEM).outcome,
    Event.ESCALATION: lambda case, to: _escalation(case).outcome,
    Event.ESCALATION_REPLY: lambda case, to: (
        case.place.send(forms.escalation_reply(_escalation(case).answer("OCCP007").ticket), ONEM).outcome
    ),
    Event.STATUS: _vendor(lambda case, to: forms.status(case.number)),
    Event.CONFIRM: _settle("confirm"),
    Event.DECIDE: _settle("decide"),
    Event.RETURN: _settle("return"),
    Event.GRANT: _settle("grant"),
    Event.CORRECT: _change("correct"),
    Event.WITHDRAW: _change("withdraw"),
    Event.CONTRACT_OVER: _contract_over,
}
"""How each event happens to a dossier; the second argument is the state that the form should lead to."""


def _dossier_in(state: State, event: Event, to: State | None) -> Case:
    case = _asked(event is Event.GRANT, State.IN_REVIEW if to is None else to)
    if event is Event.ADDITION_WITHDRAWN:
        _with_addition(case, calculable=to is State.CALCULATED)
    STATES[state](case)
    assert case.state is state
    return case


def _cases(kind: type[Any]) -> Iterator[Any]:
    for event in Event:
        for state in State:
            verdict = permitted(state, event)
            if isinstance(verdict, kind):
                targets = verdict.states if isinstance(verdict, Allowed) else (None,)
                for to in targets:
                    yield pytest.param(state, event, to, id=f"{event.value} in {state.value} to {to or 'nothing'}")


def test_the_table_and_the_ways_into_it_are_complete() -> None:
    assert set(TRANSITIONS) == set(EVENTS) == set(Event)
    assert all(set(row) == set(State) for row in TRANSITIONS.values())
    assert set(STATES) == set(State)


@pytest.mark.parametrize(("state", "event", "to"), [*_cases(Allowed)])
def test_what_is_allowed_leads_where_the_table_says(state: State, event: Event, to: State) -> None:
    case = _dossier_in(state, event, to)
    outcome = EVENTS[event](case, to)
    assert outcome.accepted, outcome.anomalies
    if event is Event.NEW:
        assert outcome.dossier is not None
        assert outcome.dossier.state is to
        assert outcome.dossier.ticket != case.number
        assert case.state is state
    else:
        assert case.state is to


@pytest.mark.parametrize(("state", "event", "to"), [*_cases(Refused)])
def test_what_is_refused_gets_the_tables_anomaly_and_changes_nothing(
    state: State, event: Event, to: State | None
) -> None:
    case = _dossier_in(state, event, to)
    before = case.place.dossier(case.number)
    outcome = EVENTS[event](case, to)
    verdict = permitted(state, event)
    assert isinstance(verdict, Refused)
    blocking = tuple(error_id for error_id in outcome.anomalies if class_of(error_id) is AnomalyClass.B)
    assert (outcome.accepted, blocking) == (False, (verdict.error_id,))
    assert case.place.dossier(case.number) == before
    assert outcome.decision is None
    if event is not Event.NEW:
        assert outcome.about == case.number
        assert [entry.kind.value for entry in outcome.history] == ["refused"]


@pytest.mark.parametrize(("state", "event", "to"), [*_cases(Ignored)])
def test_what_is_no_message_and_matters_not_does_nothing(state: State, event: Event, to: State | None) -> None:
    case = _dossier_in(state, event, to)
    outcome = EVENTS[event](case, to)
    assert (outcome.answers, outcome.history, case.state) == ((), (), state)


def test_every_other_event_without_a_dossier_finds_no_ticket() -> None:
    place = Place()
    unknown = "NBSUCHTKCET19"
    refused = [
        place.send(forms.modification(unknown)),
        place.send(forms.cancellation(unknown)),
        place.send(forms.revision(unknown)),
        place.send(forms.answer_to(unknown)),
        place.send(forms.addition(unknown)),
        place.send(forms.addition_withdrawn(unknown)),
        place.send(forms.contact(unknown)),
        place.send(forms.reply(unknown)),
        place.send(forms.question(unknown), ONEM),
        place.send(forms.onem_reply(unknown), ONEM),
        place.send(forms.escalation(unknown), FEDERATION),
        place.send(forms.escalation_reply(unknown), ONEM),
        place.send(forms.status(unknown)),
        *(place.send(forms.outcome(unknown, what), ONEM) for what in ("confirm", "decide", "return", "grant")),
        *(place.send(forms.own_change(unknown, what), ONEM) for what in ("correct", "withdraw")),
    ]
    assert [heard.error_ids for heard in refused] == [["00222-166"]] * 19
    assert place.world.loaded.dossiers == {}


def test_the_documentation_prints_this_table() -> None:
    assert table() in DOCUMENTATION.read_text("utf-8")
