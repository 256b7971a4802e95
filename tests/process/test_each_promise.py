"""Each promise between CPAS and ONEM, kept or its breach visible: at least one test for each id, named after it.

The worked case: asked on Tuesday 24 November 2026, a contract from 4 January 2027 to 4 January 2028.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from calculation.case import read_case
from calculation.engine import calculate
from handlers.dispatch import handle
from handlers.dossier import Mandate, State
from handlers.outcome import DeadlineKind, DeadlineState, HistoryKind, Outcome
from handlers.promises import BRUSSELS
from schemas import examples
from schemas.models import Acknowledgement, Decision, Language, Notification, Reminder, Return, ReviewTask, StatusReport
from schemas.parser import open_message
from service.corpus.careers import cases
from service.corpus.report import report
from tests.handlers.building import context
from tests.process import forms
from tests.process.forms import CPAS, PLEASE, planned
from tests.process.place import NOW, ONEM, VENDOR, Heard, Place

REVIEWED = planned(working_weekdays=forms.UNUSUAL)
SHORTER = planned(mean_hours=36, reference_mean_hours=36)


def at(text: str) -> datetime:
    """Give a moment of Brussels time."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).astimezone(UTC)


def decided(place: Place, **changes: Any) -> str:
    heard = place.send(forms.new(**changes))
    assert heard.kinds == ["ACRF001", "NOTI001", "OCCP003"]
    return heard.ticket


def reviewed(place: Place) -> tuple[str, ReviewTask]:
    heard = place.send(forms.new(planned=REVIEWED))
    task = heard.answer("OCCP101").message
    assert isinstance(task, ReviewTask)
    return heard.ticket, task


def returned(place: Place) -> tuple[str, Return]:
    number, _ = reviewed(place)
    back = place.send(forms.outcome(place.open_task(number).ticket, "return"), ONEM).answer("OCCP004").message
    assert isinstance(back, Return)
    return number, back


def until(place: Place, moment: datetime) -> list[Outcome]:
    return place.wait(seconds=(moment - place.now).total_seconds())


def reminders(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """Give the reminders and whom they go to."""
    return [
        (answer.message.reminder, answer.recipient)
        for outcome in outcomes
        for answer in outcome.answers
        if isinstance(answer.message, Reminder)
    ]


def test_c1_a_request_after_the_start_is_accepted_with_a_warning_and_counted() -> None:
    place = Place(now=at("2027-01-04T00:00:00"))
    heard = place.send(forms.new())
    assert (heard.outcome.accepted, heard.error_ids) == (True, ["05010-460"])
    assert [entry.ground for entry in heard.outcome.history if entry.kind is HistoryKind.LATE] == ["C1"]
    assert Place(now=at("2027-01-03T23:59:59")).send(forms.new()).error_ids == []


def test_c2_what_is_missing_is_refused_all_at_once_and_what_is_insufficient_is_looked_at() -> None:
    text = examples.path("request-first").read_text("utf-8")
    start = text.index("<PlannedOccupation>")
    without = text[:start] + text[text.index("</PlannedOccupation>") + len("</PlannedOccupation>") :]
    without = without.replace("<Channel>6</Channel>", "")
    outcome = handle(open_message(without.encode(), schema_version="20264"), context())
    told = outcome.answers[1].message
    assert isinstance(told, Notification)
    assert {report.tag for report in told.handling.reports} == {"PlannedOccupation", "Channel"}
    place = Place()
    number, task = reviewed(place)
    assert [reason.code for reason in task.reasons] == ["UNUSUAL_WEEK"]
    assert place.send(forms.outcome(place.open_task(number).ticket, "return"), ONEM).outcome.accepted


@pytest.mark.parametrize(
    ("asked", "accepted", "error_ids"),
    [
        ("2027-12-04T23:59:59", False, ["05010-270"]),
        ("2027-12-05T00:00:00", True, []),
        ("2027-12-20T23:59:59", True, []),
        ("2027-12-21T00:00:00", True, ["00045-460"]),
    ],
)
def test_c3_a_second_calculation_is_asked_from_30_to_15_days_before_the_end(
    asked: str, accepted: bool, error_ids: list[str]
) -> None:
    place = Place()
    first = decided(place)
    until(place, at(asked))
    heard = place.send(forms.revision(first))
    assert (heard.outcome.accepted, heard.error_ids) == (accepted, error_ids)
    assert [report.path for report in heard.reports] == ["2027-12-05 - 2027-12-20"] * len(error_ids)


def test_c3_a_modification_has_no_window() -> None:
    place = Place()
    assert place.send(forms.modification(decided(place))).error_ids == []


def test_c3_before_a_decision_the_contract_ends_as_planned() -> None:
    place = Place()
    first = place.send(forms.new(planned=planned(end=date(2028, 1, 4), working_weekdays=forms.UNUSUAL))).ticket
    heard = place.send(forms.modification(first, reason="004", planned=SHORTER))
    assert [(report.error_id, report.path) for report in heard.reports] == [("05010-270", "2027-12-05 - 2027-12-20")]


def test_o2_asking_again_for_what_is_pending_changes_nothing_and_gives_onem_no_fresh_days() -> None:
    place = Place()
    first, _ = reviewed(place)
    assert place.send(forms.modification(first, reason="004", planned=REVIEWED)).error_ids == ["05003-444"]
    place = Place()
    first = decided(place)
    until(place, at("2027-12-10T12:00:00"))
    asked = place.send(forms.revision(first, planned=REVIEWED)).ticket
    assert place.send(forms.modification(asked, reason="004", planned=REVIEWED)).error_ids == ["05003-444"]
    (promise,) = (row for row in place.deadlines.values() if row.form == asked and row.kind == "O2_DECISION")
    assert promise.state is DeadlineState.OPEN


def test_c4_two_calculations_and_a_third_only_by_derogation() -> None:
    place = Place()
    number = decided(place)
    last = place.send(forms.modification(number, planned=SHORTER)).ticket
    assert place.dossier(number).calculations == 2
    assert place.send(forms.modification(last, planned=planned())).error_ids == ["05010-146"]
    third = place.send(forms.modification(last, planned=planned(), derogation=PLEASE))
    assert third.kinds[-1] == "OCCP101"
    place.send(forms.outcome(place.open_task(number).ticket, "grant"), ONEM)
    assert (place.dossier(number).calculations, place.dossier(number).has_derogation) == (3, True)


def test_c4_the_window_is_told_while_a_calculation_is_left() -> None:
    place = Place()
    told = []

    def tell(heard: Heard) -> str:
        decision = heard.answer("OCCP003").message
        report = place.send(forms.status(number)).answer("OCCP008").message
        assert isinstance(decision, Decision)
        assert isinstance(report, StatusReport)
        assert report.dossiers[0].window == decision.second_calculation
        told.append(decision.second_calculation is not None)
        return heard.ticket

    first = place.send(forms.new())
    number = first.ticket
    tell(first)
    last = tell(place.send(forms.modification(number, planned=SHORTER)))
    place.send(forms.modification(last, planned=planned(), derogation=PLEASE))
    tell(place.send(forms.outcome(place.open_task(number).ticket, "grant"), ONEM))
    tell(place.send(forms.own_change(number, "correct"), ONEM))
    assert told == [True, False, True, True]


def test_c4_what_does_not_count() -> None:
    place = Place()
    number, _ = reviewed(place)
    first = place.send(forms.modification(number)).ticket
    assert place.dossier(number).calculations == 1, "a modification before any decision"
    place.send(forms.own_change(number, "correct"), ONEM)
    assert place.dossier(number).calculations == 1, "ONEM's own correction"
    place.send(forms.revision(first, reason="005", planned=SHORTER))
    place.send(forms.outcome(place.open_task(number).ticket, "decide"), ONEM)
    assert place.dossier(number).calculations == 1, "a review by a human on request"
    place.send(forms.own_change(number, "withdraw"), ONEM)
    assert place.dossier(number).calculations == 1, "a withdrawal"


def test_c4_cancelling_and_asking_again_gives_no_more_calculations() -> None:
    place = Place()
    place.send(forms.cancellation(decided(place)))
    again = decided(place)
    assert place.dossier(again).calculations == 2
    place.send(forms.cancellation(again))
    assert place.send(forms.new()).error_ids == ["05010-146"]
    assert place.send(forms.new(derogation=PLEASE)).kinds[-1] == "OCCP101"
    assert place.send(forms.new(planned=planned(start=date(2029, 1, 8)))).outcome.accepted, "another occupation"


def test_c4_what_was_cancelled_before_it_was_decided_does_not_count() -> None:
    place = Place()
    number, _ = reviewed(place)
    place.send(forms.cancellation(number))
    assert place.dossier(decided(place)).calculations == 1


def test_c4_what_onem_itself_took_back_does_not_count() -> None:
    place = Place()
    place.send(forms.own_change(decided(place), "withdraw"), ONEM)
    assert place.dossier(decided(place)).calculations == 1


def test_c4_what_the_cpas_took_back_after_a_correction_counts() -> None:
    place = Place()
    number = decided(place)
    place.send(forms.own_change(number, "correct"), ONEM)
    place.send(forms.cancellation(number))
    assert place.dossier(decided(place)).calculations == 2


def test_c4_what_is_taken_back_before_it_was_decided_does_not_count() -> None:
    place = Place()
    number = decided(place)
    added = place.send(forms.addition(number, planned=REVIEWED)).ticket
    assert (place.state(number), place.dossier(number).calculations) == (State.IN_REVIEW, 1)
    place.send(forms.addition_withdrawn(added))
    assert (place.state(number), place.dossier(number).calculations) == (State.CALCULATED, 1)
    assert place.send(forms.modification(number, planned=SHORTER)).outcome.accepted


def test_c4_what_completes_a_pending_third_calculation_is_no_fourth() -> None:
    place = Place()
    number = decided(place)
    last = place.send(forms.modification(number, planned=SHORTER)).ticket
    asked = place.send(forms.revision(last, reason="003", planned=REVIEWED, derogation=PLEASE))
    assert place.send(forms.addition(asked.ticket, comment="Voir l'avenant.")).outcome.accepted
    assert (place.state(number), place.dossier(number).calculations) == (State.IN_REVIEW, 2)


def test_c5_a_change_is_a_modification_and_never_a_second_request() -> None:
    place = Place()
    number = decided(place)
    again = place.send(forms.new(planned=SHORTER))
    told = [(report.error_id, report.path) for report in again.reports]
    assert told == [("95001-133", f"dossier {number}, OCCP001 {number}")]
    changed = place.send(forms.modification(number, planned=SHORTER))
    assert changed.outcome.dossier is not None
    assert changed.outcome.dossier.ticket == number
    assert place.send(forms.new(planned=planned(start=date(2029, 1, 8)))).outcome.accepted


def test_c5_a_dossier_begun_on_paper_goes_on_with_its_calculations() -> None:
    place = Place()
    heard = place.send(forms.new(reason="002", paper_reference="C60.7/2023/117", prior_calculations=1))
    assert place.dossier(heard.ticket).calculations == 2
    full = place.send(forms.new(reason="002", paper_reference="C60.7/2023/118", prior_calculations=2))
    assert "05010-146" in full.error_ids


@pytest.mark.parametrize(
    ("received", "sender", "error_ids"),
    [
        (date(2023, 11, 30), ONEM, []),
        (date(2023, 12, 1), ONEM, ["05020-801"]),
        (date(2023, 11, 30), VENDOR, ["05020-101"]),
    ],
)
def test_c6_paper_is_keyed_in_by_onem_and_refused_from_december_2023(
    received: date, sender: str, error_ids: list[str]
) -> None:
    heard = Place().send(forms.new(channel=5, paper_reception_date=received), sender)
    assert (heard.error_ids, heard.outcome.accepted) == (error_ids, not error_ids)


def test_c6_a_change_on_paper_too() -> None:
    place = Place()
    first = decided(place)
    late = forms.modification(first, channel=5, paper_reception_date=date(2023, 12, 1))
    assert place.send(late, ONEM).error_ids == ["05020-801"]
    assert place.send(forms.modification(first), ONEM).error_ids == ["05020-103"]


def test_c6_a_digital_request_before_the_digital_procedure_gets_a_warning() -> None:
    place = Place(now=at("2023-10-01T12:00:00"))
    sender, _ = place.parties[VENDOR]
    place.parties[VENDOR] = sender, (Mandate(CPAS, date(2023, 9, 1)),)
    early = forms.new(planned=planned(start=date(2023, 11, 6)))
    header = early.header.model_copy(update={"created": place.now})
    heard = place.send(early.model_copy(update={"header": header}))
    assert heard.outcome.accepted
    assert "05001-460" in heard.error_ids


def test_o1_every_form_is_acknowledged_with_its_ticket_and_its_status_is_told() -> None:
    place = Place()
    heard = place.send(forms.new())
    receipt = heard.answer("ACRF001").message
    assert isinstance(receipt, Acknowledgement)
    assert (receipt.ticket, len(receipt.ticket)) == (heard.ticket, 13)
    told = place.send(forms.status(heard.ticket)).answer("OCCP008").message
    assert isinstance(told, StatusReport)
    (dossier,) = told.dossiers
    assert (dossier.state, [line.kind for line in dossier.history]) == (
        "CALCULATED",
        ["received", "accepted", "decided"],
    )


def test_o2_five_working_days_are_stored_and_their_breach_is_seen_and_stays() -> None:
    place = Place()
    number, task = reviewed(place)
    promise = place.deadlines[number, number, DeadlineKind.O2_DECISION]
    assert (promise.due_date, promise.due_at, promise.calendar[:8]) == (
        date(2026, 12, 1),
        at("2026-12-01T23:59:59"),
        "be-legal",
    )
    assert task.due_at == promise.due_at
    until(place, at("2026-12-01T23:59:58"))
    assert place.deadlines[number, number, DeadlineKind.O2_DECISION].breached_at is None
    (breach,) = place.wait(seconds=1)
    assert [entry.kind for entry in breach.history] == [HistoryKind.BREACHED, HistoryKind.REMINDED]
    assert breach.alerts
    place.wait(days=1)
    place.send(forms.outcome(place.open_task(number).ticket, "confirm"), ONEM)
    kept = place.deadlines[number, number, DeadlineKind.O2_DECISION]
    assert (kept.state, kept.breached_at) == (DeadlineState.MET, at("2026-12-01T23:59:59"))


def test_o3_documents_are_kept_and_shown_to_the_agent() -> None:
    place = Place()
    heard = place.send(forms.new(attachments=(forms.document(),), career_in_attachments=True))
    task = heard.answer("OCCP101").message
    assert isinstance(task, ReviewTask)
    assert [reason.code for reason in task.reasons] == ["INCOMPLETE"]
    (shown,) = task.request.attachments
    (kept,) = heard.outcome.attachments
    assert (shown.file_name, shown.content, kept.content) == ("attestation.txt", None, b"Attestation d'emploi\n")


def test_o4_the_first_possible_date_of_the_claim_is_told() -> None:
    decision = Place().send(forms.new()).answer("OCCP003").message
    assert isinstance(decision, Decision)
    assert decision.calculation.first_claim_date == date(2028, 1, 5)
    assert decision.calculation.contract_end == date(2028, 1, 4)


@pytest.mark.parametrize(("language", "word"), [("FR", "jours"), ("NL", "dagen"), ("DE", "Tage")])
def test_o5_every_step_is_told_with_its_article_in_the_language_of_the_request(language: str, word: str) -> None:
    heard = Place().send(forms.new(language=Language[language]))
    decision = heard.answer("OCCP003").message
    assert isinstance(decision, Decision)
    detail = decision.calculation.detail
    assert detail is not None
    steps = [detail, *detail.children]
    assert all(step.rule and step.article and step.instrument and step.text for step in steps)
    assert any(word in step.text for step in steps)


def test_o6_a_return_stops_the_clock_and_its_completion_gives_fresh_days() -> None:
    place = Place()
    number, back = returned(place)
    assert (back.due_date, [reason.code for reason in back.reasons]) == (date(2026, 12, 8), ["CAREER_MISSING"])
    assert place.deadlines[number, number, DeadlineKind.O2_DECISION].state is DeadlineState.STOPPED
    place.wait(days=60)
    assert place.state(number) is State.RETURNED, "nothing closes by itself"
    answer = forms.answer_to(back.header.reference(1, 2) or "", planned=planned(working_weekdays=(1, 3, 4, 5, 6)))
    completed = place.send(answer)
    fresh = place.deadlines[number, completed.ticket, DeadlineKind.O2_DECISION]
    assert (fresh.state, fresh.due_date) == (DeadlineState.OPEN, date(2027, 1, 29))
    receipts = [entry.at for entry in place.world.history if entry.kind is HistoryKind.RECEIVED]
    assert (receipts[0], receipts[-1]) == (NOW, NOW + timedelta(days=60))


def test_o7_the_history_tells_who_did_what_when_on_what_ground() -> None:
    place = Place()
    number, _ = reviewed(place)
    place.now += timedelta(hours=1)
    place.send(forms.outcome(place.open_task(number).ticket, "decide"), ONEM)
    told = [(entry.actor, entry.kind, entry.at) for entry in place.world.history if entry.dossier == number]
    later = NOW + timedelta(hours=1)
    assert told == [
        (f"sender {VENDOR}", HistoryKind.RECEIVED, NOW),
        ("service", HistoryKind.ACCEPTED, NOW),
        ("service", HistoryKind.SENT_TO_REVIEW, NOW),
        (f"sender {ONEM}", HistoryKind.RECEIVED, later),
        (f"agent {forms.AGENT}", HistoryKind.DECIDED, later),
    ]
    assert all(entry.ground for entry in place.world.history)


def test_o8_most_invented_careers_are_decided_without_an_agent() -> None:
    """The goal of 70 % is met where the forms are complete; what the engine must leave open costs the rest."""
    as_sent, complete = cases(1000), cases(1000, complete=True)
    found = report(tuple(calculate(read_case(one)) for one in pair) for pair in zip(as_sent, complete, strict=True))
    assert found.share > 1 / 2
    assert found.share_if_complete >= 0.7


def test_r1_the_window_opens_thirty_days_before_the_end() -> None:
    place = Place()
    decided(place)
    assert reminders(until(place, at("2027-12-04T23:59:59"))) == []
    assert reminders(place.wait(seconds=1)) == [("R1", VENDOR)]


def test_r1_is_not_sent_while_a_pending_change_uses_the_last_calculation() -> None:
    place = Place()
    place.send(forms.modification(decided(place), planned=REVIEWED))
    assert [name for name, _ in reminders(until(place, at("2027-12-16T00:00:00")))] == ["R4", "R4"]


def test_r1_is_sent_again_once_the_change_is_taken_back() -> None:
    place = Place()
    number = decided(place)
    added = place.send(forms.addition(number, planned=REVIEWED)).ticket
    place.send(forms.addition_withdrawn(added))
    assert reminders(until(place, at("2027-12-05T00:00:00"))) == [("R1", VENDOR)]


def test_r1_is_sent_while_a_human_looks_at_the_decision() -> None:
    place = Place()
    place.send(forms.revision(decided(place), reason="005"))
    assert reminders(until(place, at("2027-12-05T00:00:00")))[-1] == ("R1", VENDOR)


def test_r1_and_r2_are_sent_while_a_derogation_leaves_another_calculation() -> None:
    place = Place()
    place.send(forms.modification(_derogated(place), planned=REVIEWED))
    assert [name for name, _ in reminders(until(place, at("2027-12-16T00:00:00")))] == ["R4", "R4", "R1", "R2"]


def _derogated(place: Place) -> str:
    """Bring a dossier to its third calculation by derogation; gives its last form."""
    number = decided(place)
    last = place.send(forms.modification(number, planned=SHORTER)).ticket
    last = place.send(forms.modification(last, planned=planned(), derogation=PLEASE)).ticket
    place.send(forms.outcome(place.open_task(number).ticket, "grant"), ONEM)
    return last


def test_r2_is_not_sent_where_a_second_calculation_was_decided() -> None:
    place = Place()
    last = _derogated(place)
    until(place, at("2027-12-07T12:00:00"))
    place.send(forms.revision(last))
    assert reminders(until(place, at("2028-01-04T00:00:00"))) == []


def test_r2_is_not_sent_where_an_agent_decided_the_second_calculation() -> None:
    place = Place()
    last = _derogated(place)
    until(place, at("2027-12-07T12:00:00"))
    task = place.send(forms.revision(last, planned=REVIEWED)).answer("OCCP101").ticket
    place.send(forms.outcome(task, "confirm"), ONEM)
    assert reminders(until(place, at("2028-01-04T00:00:00"))) == []


def test_r2_twenty_days_before_the_end_where_none_was_asked() -> None:
    place = Place()
    first = decided(place)
    until(place, at("2027-12-14T23:59:59"))
    assert reminders(place.wait(seconds=1)) == [("R2", VENDOR)]
    place = Place()
    first = decided(place)
    until(place, at("2027-12-10T12:00:00"))
    assert place.send(forms.revision(first)).outcome.accepted
    assert reminders(place.wait(days=20)) == []


def test_r3_a_return_unanswered_for_ten_working_days() -> None:
    place = Place()
    _, back = returned(place)
    assert reminders(until(place, at("2026-12-08T23:59:58"))) == []
    assert reminders(place.wait(seconds=1)) == [("R3", VENDOR)]
    answered = Place()
    _, back = returned(answered)
    answered.send(forms.answer_to(back.header.reference(1, 2) or "", planned=planned()))
    assert reminders(answered.wait(days=30)) == []


def test_r4_the_office_a_working_day_before_and_at_the_breach() -> None:
    place = Place()
    _, task = reviewed(place)
    assert reminders(until(place, at("2026-11-29T23:59:59"))) == []
    (warned,) = place.wait(seconds=1)
    assert reminders([warned]) == [("R4", ONEM)]
    assert warned.answers[0].office == task.office
    assert reminders(until(place, at("2026-12-01T23:59:58"))) == []
    assert reminders(place.wait(seconds=1)) == [("R4", ONEM)]
