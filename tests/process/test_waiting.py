"""A form that waited for the one it builds on: promises count from its receipt, what is done is done when handled."""

from datetime import UTC, date, datetime, timedelta

from handlers.outcome import Deadline, DeadlineKind
from schemas.models import Decision, Notification
from tests.process import forms
from tests.process.forms import planned
from tests.process.place import NOW, Heard, Place

THE_NEXT_DAY = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
FIVE_WORKING_DAYS_AFTER_RECEIPT = date(2026, 12, 1)


def waited(place: Place, **changes: object) -> Heard:
    """Let a modification of Tuesday morning be handled with its request, which comes the next day."""
    request = forms.new()
    place.send(forms.overtaking(str(request.header.reference(1, 1)), **changes))
    place.now = THE_NEXT_DAY
    place.send(request)
    place.now += timedelta(seconds=5)
    (heard,) = place.resume()
    return heard


def promised(heard: Heard) -> Deadline:
    (found,) = (d for d in heard.outcome.deadlines if isinstance(d, Deadline) and d.kind is DeadlineKind.O2_DECISION)
    return found


def test_its_decision_is_dated_when_it_is_made_and_never_before_its_dossier() -> None:
    place = Place()
    heard = waited(place)
    decision, record, dossier = heard.answer("OCCP003").message, heard.outcome.decision, heard.outcome.dossier
    assert isinstance(decision, Decision)
    assert record is not None
    assert dossier is not None
    assert decision.decision_date == date(2026, 11, 25)
    assert record.decided_at == dossier.updated_at == decision.header.created == place.now
    assert {entry.at for entry in heard.outcome.history} == {place.now}
    assert dossier.created_at == THE_NEXT_DAY


def test_its_receipt_is_told_as_it_was() -> None:
    place = Place()
    heard = waited(place)
    told = heard.answer("NOTI001").message
    assert isinstance(told, Notification)
    assert (told.received, told.header.created) == (NOW, place.now)
    assert ("received_at", NOW.isoformat()) in heard.outcome.history[0].detail


def test_the_promise_of_an_answer_counts_from_its_receipt() -> None:
    place = Place()
    promise = promised(waited(place))
    assert (promise.received_at, promise.due_date) == (NOW, FIVE_WORKING_DAYS_AFTER_RECEIPT)
    assert promise.ended_at == place.now


def test_so_does_the_promise_of_an_agent_whose_task_is_made_when_it_is_handled() -> None:
    place = Place()
    heard = waited(place, planned=planned(working_weekdays=forms.UNUSUAL))
    promise = promised(heard)
    assert (promise.received_at, promise.due_date) == (NOW, FIVE_WORKING_DAYS_AFTER_RECEIPT)
    (task,) = heard.outcome.tasks
    assert (task.created_at, task.due_at) == (place.now, promise.due_at)
