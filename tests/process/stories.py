"""The life of dossiers, story by story, as the process page tells it. Each plays on any ground.

The dates are those of the worked case: a contract from 4 January 2027, full-time, without a past: 312 days, so it ends
on 4 January 2028; the second calculation is asked from 5 to 20 December 2027. The stories begin on 24 November 2026.
"""

from collections.abc import Awaitable, Callable
from datetime import date

from schemas.models import (
    Contact,
    Decision,
    Escalation,
    EscalationReply,
    Language,
    Reminder,
    Return,
    Withdrawal,
)
from tests.process import forms
from tests.process.forms import PLEASE, planned
from tests.process.language import Ground, Story, ids, ticket_of

Tell = Callable[[Ground], Awaitable[None]]
STORIES: list[Tell] = []
TIMED: set[Tell] = set()
"""Those in which time passes."""
UNUSUAL_TOO = (1, 3, 4, 5, 6)


def story(tell: Tell) -> Tell:
    """Add a story to those that are played."""
    STORIES.append(tell)
    if {"pass_time", "until"} & set(tell.__code__.co_names):
        TIMED.add(tell)
    return tell


@story
async def a_new_request_is_decided(ground: Ground) -> None:
    cpas = Story(ground)
    ticket = await cpas.sends(forms.new())
    decision = await cpas.gets("OCCP003", Decision)
    assert (decision.header.status, decision.automatic) == (0, True)
    assert decision.header.reference(5, 2) == ticket
    assert decision.calculation.contract_end == date(2028, 1, 4)
    await cpas.stands("CALCULATED", 1)


@story
async def a_request_is_reviewed_returned_completed_and_decided(ground: Ground) -> None:
    cpas = Story(ground)
    await cpas.is_in_review()
    waiting = await cpas.stands("IN_REVIEW", 0)
    assert waiting.answer_due == date(2026, 12, 1)
    await cpas.agent("return")
    returned = await cpas.gets("OCCP004", Return)
    assert returned.due_date == date(2026, 12, 8)
    stopped = await cpas.stands("RETURNED", 0)
    assert (stopped.answer_due, stopped.completion_due) == (None, date(2026, 12, 8))
    await cpas.sends(forms.answer_to(ticket_of(returned), planned=planned()))
    decision = await cpas.gets("OCCP003", Decision)
    assert decision.header.status == 0
    told = await cpas.stands("CALCULATED", 1)
    assert [line.kind for line in told.history if line.kind == "received"] == ["received"] * 3
    assert ids(await cpas.is_refused(forms.answer_to(ticket_of(returned)))) == ["00222-197"]


@story
async def a_returned_request_is_modified_and_decided(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.is_in_review()
    await cpas.agent("return")
    returned = await cpas.gets("OCCP004", Return)
    await cpas.sends(forms.modification(last, planned=planned()))
    await cpas.gets("OCCP003", Decision)
    await cpas.stands("CALCULATED", 1)
    assert ids(await cpas.is_refused(forms.answer_to(ticket_of(returned)))) == ["00222-180"]


@story
async def a_completion_that_is_still_not_calculable_gets_five_fresh_days(ground: Ground) -> None:
    cpas = Story(ground)
    await cpas.is_in_review()
    await cpas.agent("return")
    returned = await cpas.gets("OCCP004", Return)
    await ground.pass_time(days=6)
    await cpas.sends(forms.answer_to(ticket_of(returned), planned=planned(working_weekdays=UNUSUAL_TOO)))
    told = await cpas.stands("IN_REVIEW", 0)
    assert told.answer_due == date(2026, 12, 7)
    await cpas.agent("confirm")
    decision = await cpas.gets("OCCP003", Decision)
    assert not decision.automatic


@story
async def a_request_is_modified_before_its_decision(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.is_in_review()
    task = await cpas.task()
    changed = await cpas.sends(forms.modification(last))
    decision = await cpas.gets("OCCP003", Decision)
    assert decision.header.reference(5, 2) == changed
    await cpas.stands("CALCULATED", 1)
    late = await cpas.is_refused(forms.outcome(ticket_of(task), "confirm"), ground.roles.onem)
    assert ids(late) == ["00222-197"]


@story
async def a_decided_request_is_modified_once_and_not_twice(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_decided()
    changed = await cpas.sends(forms.modification(first))
    revised = await cpas.gets("OCCP003", Decision)
    assert revised.header.status == 4
    await cpas.stands("CALCULATED", 2)
    assert ids(await cpas.is_refused(forms.modification(first, planned=planned()))) == ["00222-180"]
    third = await cpas.is_refused(forms.modification(changed, planned=planned()))
    assert ids(third) == ["05010-146"]
    await cpas.stands("CALCULATED", 2)


@story
async def a_second_calculation_is_asked_too_early_and_then_in_its_window(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_decided()
    (early,) = await cpas.is_refused(forms.revision(first))
    assert (early.error_id, early.path) == ("05010-270", "2027-12-05 - 2027-12-20")
    await ground.pass_time(days=376)
    reminder = await cpas.gets("OCCP005", Reminder)
    assert reminder.reminder == "R1"
    assert reminder.window is not None
    assert (reminder.window.first_date, reminder.window.last_date) == (date(2027, 12, 5), date(2027, 12, 20))
    await cpas.sends(forms.revision(first))
    second = await cpas.gets("OCCP003", Decision)
    assert second.header.status == 4
    await cpas.stands("CALCULATED", 2)


@story
async def a_second_calculation_after_its_window_is_answered_with_a_warning(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_decided()
    await ground.pass_time(days=392)
    reminders = [await cpas.gets("OCCP005", Reminder), await cpas.gets("OCCP005", Reminder)]
    assert sorted(reminder.reminder for reminder in reminders) == ["R1", "R2"]
    _, told = await cpas.is_told(forms.revision(first))
    assert [(report.error_id, report.path) for report in told] == [("00045-460", "2027-12-05 - 2027-12-20")]
    await cpas.gets("OCCP003", Decision)
    await cpas.stands("CALCULATED", 2)


@story
async def a_third_calculation_is_refused_then_granted_by_derogation(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.sends(forms.modification(await cpas.is_decided()))
    await cpas.gets("OCCP003", Decision)
    assert ids(await cpas.is_refused(forms.revision(last, reason="003"))) == ["05010-146"]
    changed = planned(reference_mean_hours=37, mean_hours=37)
    last = await cpas.sends(forms.revision(last, reason="003", planned=changed, derogation=PLEASE))
    task = await cpas.agent("grant")
    assert [reason.code for reason in task.reasons] == ["THIRD_CALCULATION"]
    assert (await cpas.gets("OCCP003", Decision)).header.status == 4
    told = await cpas.stands("CALCULATED", 3)
    assert "derogation" in [line.kind for line in told.history]
    assert not [line.text for line in told.history if forms.AGENT in line.text or forms.REMARK in line.text]
    await cpas.sends(forms.modification(last, planned=planned()))
    assert (await cpas.gets("OCCP003", Decision)).automatic
    await cpas.stands("CALCULATED", 4)


@story
async def a_third_calculation_is_returned_completed_and_decided_by_an_agent(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.sends(forms.modification(await cpas.is_decided()))
    await cpas.gets("OCCP003", Decision)
    changed = planned(reference_mean_hours=37, mean_hours=37)
    await cpas.sends(forms.revision(last, reason="003", planned=changed, derogation=PLEASE))
    await cpas.agent("return")
    returned = await cpas.gets("OCCP004", Return)
    await cpas.sends(forms.answer_to(ticket_of(returned), comment="Voir l'avenant du contrat."))
    task = await cpas.agent("decide")
    assert task.remarks == ("Voir l'avenant du contrat.",)
    decision = await cpas.gets("OCCP003", Decision)
    assert decision.calculation == forms.OWN_FIGURES
    last = decision.header.reference(5, 2) or ""
    await cpas.stands("CALCULATED", 3)
    assert ids(await cpas.is_refused(forms.modification(last))) == ["05010-146"]


@story
async def a_request_under_review_is_cancelled(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.is_in_review()
    task = await cpas.task()
    await cpas.sends(forms.cancellation(last))
    await cpas.stands("WITHDRAWN", 0)
    late = await cpas.is_refused(forms.outcome(ticket_of(task), "confirm"), ground.roles.onem)
    assert ids(late) == ["00222-197"]
    assert ids(await cpas.is_refused(forms.cancellation(last))) == ["05003-241"]
    await Story(ground, cpas.person).is_decided()


@story
async def a_returned_request_is_cancelled(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.is_in_review()
    await cpas.agent("return")
    await cpas.gets("OCCP004", Return)
    await cpas.sends(forms.cancellation(last))
    told = await cpas.stands("WITHDRAWN", 0)
    assert told.completion_due is None


@story
async def a_decided_request_is_cancelled_and_its_decision_withdrawn(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.is_decided()
    decided = (await cpas.status()).history
    assert "decided" in [line.kind for line in decided]
    cancelled = await cpas.sends(forms.cancellation(last))
    withdrawn = await cpas.gets("OCCP003", Withdrawal)
    assert (withdrawn.header.status, withdrawn.header.reference(5, 2)) == (3, cancelled)
    await cpas.stands("WITHDRAWN", 1)
    again = Story(ground, cpas.person)
    await again.is_decided()
    await again.stands("CALCULATED", 2)
    assert again.number != cpas.number
    assert ids(await cpas.is_refused(forms.new())) == ["95001-133"]


@story
async def a_decision_falls_though_its_request_is_under_review_again(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_decided()
    last = await cpas.sends(forms.modification(first, planned=planned(working_weekdays=forms.UNUSUAL)))
    await cpas.task()
    await cpas.stands("IN_REVIEW", 1)
    await cpas.sends(forms.cancellation(last))
    assert (await cpas.gets("OCCP003", Withdrawal)).header.status == 3
    await cpas.stands("WITHDRAWN", 1)


@story
async def a_cancellation_overtakes_its_request(ground: Ground) -> None:
    cpas = Story(ground)
    request = forms.new()
    own = await cpas.hands_in(forms.cancellation(str(request.header.reference(1, 1)), origin=1))
    held = await cpas.is_held(own)
    await cpas.is_decided_by(request)
    await cpas.hears_of(own, held=held)
    await cpas.gets("OCCP003", Withdrawal)
    await cpas.stands("WITHDRAWN", 1)


@story
async def a_modification_overtakes_its_request(ground: Ground) -> None:
    cpas = Story(ground)
    request = forms.new()
    change = forms.overtaking(str(request.header.reference(1, 1)))
    own = await cpas.hands_in(change)
    held = await cpas.is_held(own)
    await cpas.is_decided_by(request)
    ticket, told = await cpas.hears_of(own, held=held)
    assert (ticket, told.handling.result_code) == (held, 1)
    revised = await cpas.gets("OCCP003", Decision)
    assert revised.header.reference(5, 2) == held
    await cpas.stands("CALCULATED", 2)


@story
async def a_modification_waits_a_day_for_a_request_that_never_comes(ground: Ground) -> None:
    cpas = Story(ground)
    own = await cpas.hands_in(forms.overtaking("NEVER-SENT"))
    held = await cpas.is_held(own)
    await ground.pass_time(hours=24, seconds=1)
    _, told = await cpas.hears_of(own, held=held)
    assert ids(told.handling.reports) == ["00222-505"]


@story
async def two_vendors_speak_for_one_cpas(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_decided()
    second = ground.roles.second_vendor
    changed = forms.modification(first, planned=planned(working_weekdays=forms.UNUSUAL))
    last = await cpas.sends(changed, by=second)
    await cpas.agent("confirm")
    decision = await cpas.gets("OCCP003", Decision, by=second)
    assert decision.header.reference(5, 2) == last
    assert ids(await cpas.is_refused(forms.modification(first))) == ["00222-180"]
    await ground.pass_time(days=380)
    last_day = await cpas.status(by=second)
    assert last_day.last_form == last
    assert ids(await cpas.is_refused(forms.status(cpas.number), by=ground.roles.stranger)) == ["00222-155"]


@story
async def reminders_go_to_the_sender_of_the_last_form(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_in_review()
    second = ground.roles.second_vendor
    last = forms.modification(first, planned=planned(working_weekdays=UNUSUAL_TOO))
    await cpas.sends(last, by=second)
    await cpas.task()
    await cpas.agent("return")
    await cpas.gets("OCCP004", Return, by=second)
    await ground.pass_time(days=15)
    reminder = await cpas.gets("OCCP005", Reminder, by=second)
    assert (reminder.reminder, reminder.due_date) == ("R3", date(2026, 12, 8))
    await cpas.sends(forms.answer_to(ticket_of(reminder), planned=planned()))
    await cpas.gets("OCCP003", Decision)
    await cpas.stands("CALCULATED", 1)


@story
async def a_paper_form_is_keyed_in_and_its_dossier_goes_on_digitally(ground: Ground) -> None:
    cpas, onem = Story(ground), ground.roles.onem
    paper = forms.new(channel=5, paper_reception_date=date(2023, 11, 30))
    first = await cpas.sends(paper, by=onem)
    await cpas.gets("OCCP003", Decision, by=onem)
    await cpas.sends(forms.modification(first))
    await cpas.gets("OCCP003", Decision)
    late = forms.new(channel=5, paper_reception_date=date(2023, 12, 1))
    assert ids(await Story(ground).is_refused(late, by=onem)) == ["05020-801"]
    assert ids(await Story(ground).is_refused(forms.new(), by=onem)) == ["05020-103"]


@story
async def a_dossier_begun_on_paper_elsewhere_is_continued_with_its_reference(ground: Ground) -> None:
    cpas = Story(ground)
    continued = forms.new(reason="003", paper_reference="C60.7/2023/117", prior_calculations=1)
    last = await cpas.sends(continued)
    await cpas.gets("OCCP003", Decision)
    told = await cpas.stands("CALCULATED", 2)
    assert told.window is None
    assert ids(await cpas.is_refused(forms.modification(last))) == ["05010-146"]


@story
async def a_human_looks_at_it_on_request_and_it_does_not_count(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.sends(forms.modification(await cpas.is_decided()))
    await cpas.gets("OCCP003", Decision)
    asked = forms.revision(last, reason="005", planned=planned(reference_mean_hours=36, mean_hours=36))
    await cpas.sends(asked)
    task = await cpas.agent("return")
    assert [reason.code for reason in task.reasons] == ["HUMAN_REVIEW_ASKED"]
    returned = await cpas.gets("OCCP004", Return)
    await cpas.sends(forms.answer_to(ticket_of(returned), comment="Voici ce qui manquait."))
    task = await cpas.agent("confirm")
    assert [reason.code for reason in task.reasons] == ["HUMAN_REVIEW_ASKED"]
    decision = await cpas.gets("OCCP003", Decision)
    assert (decision.header.status, decision.automatic) == (4, False)
    await cpas.stands("CALCULATED", 2)


@story
async def documents_alone_go_to_a_human_and_stay_there(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_decided()
    await cpas.sends(forms.addition(first, attachments=(forms.document(),)))
    task = await cpas.task()
    assert [reason.code for reason in task.reasons] == ["INCOMPLETE"]
    assert [document.file_name for document in task.request.attachments] == ["attestation.txt"]
    added = await cpas.sends(forms.addition(first, planned=planned(reference_mean_hours=36, mean_hours=36)))
    again = await cpas.task()
    assert [reason.code for reason in again.reasons] == ["INCOMPLETE"]
    await cpas.sends(forms.addition_withdrawn(added))
    await cpas.agent("confirm")
    await cpas.gets("OCCP003", Decision)
    await cpas.stands("CALCULATED", 2)


@story
async def what_an_agent_read_in_documents_stays_with_an_agent(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.sends(forms.new(attachments=(forms.document(),), career_in_attachments=True))
    await cpas.agent("decide")
    assert (await cpas.gets("OCCP003", Decision)).calculation == forms.OWN_FIGURES
    await ground.pass_time(days=270)
    await cpas.sends(forms.revision(first))
    task = await cpas.agent("decide")
    assert [reason.code for reason in task.reasons] == ["INCOMPLETE"]
    assert [document.file_name for document in task.request.attachments] == ["attestation.txt"]
    await cpas.gets("OCCP003", Decision)
    await cpas.stands("CALCULATED", 2)


@story
async def an_agents_own_figures_stay_with_an_agent(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_in_review()
    await cpas.agent("decide")
    await cpas.gets("OCCP003", Decision)
    await cpas.sends(forms.modification(first))
    task = await cpas.agent("confirm")
    assert [reason.code for reason in task.reasons] == ["INCOMPLETE"]
    await cpas.gets("OCCP003", Decision)
    await cpas.stands("CALCULATED", 2)


@story
async def contacts_pass_in_both_directions(ground: Ground) -> None:
    cpas, onem, second = Story(ground), ground.roles.onem, ground.roles.second_vendor
    await cpas.is_decided()
    contact = forms.contact(cpas.number)
    asked = await cpas.sends(contact, by=second)
    passed_on = await cpas.gets("OCCP006", Contact, by=onem)
    assert (passed_on.text, passed_on.header.reference(5, 2)) == ("Pourquoi ces dates ?", asked)
    await cpas.sends(forms.onem_reply(ticket_of(passed_on), text="Voici pourquoi."), by=onem)
    answer = await cpas.gets("OCCP006", Contact, by=second)
    assert (answer.text, answer.header.reference(5, 2)) == ("Voici pourquoi.", asked)
    assert answer.header.reference(5, 1) == contact.header.reference(1, 1)
    again = await cpas.is_refused(forms.onem_reply(ticket_of(passed_on)), by=onem)
    assert ids(again) == ["00222-197"]
    await cpas.sends(forms.question(cpas.number, text="Quel est le régime ?"), by=onem)
    question = await cpas.gets("OCCP006", Contact)
    await cpas.sends(forms.reply(ticket_of(question), text="Cinq jours."))
    assert (await cpas.gets("OCCP006", Contact, by=onem)).text == "Cinq jours."


@story
async def a_question_of_onem_is_answered_with_data(ground: Ground) -> None:
    cpas, onem = Story(ground), ground.roles.onem
    await cpas.is_in_review()
    await cpas.sends(forms.question(cpas.number), by=onem)
    question = await cpas.gets("OCCP006", Contact)
    await cpas.sends(forms.answer_to(ticket_of(question), planned=planned()))
    await cpas.gets("OCCP003", Decision)
    await cpas.stands("CALCULATED", 1)


@story
async def a_federation_escalates_after_two_contacts_of_substance(ground: Ground) -> None:
    cpas, onem, federation = Story(ground), ground.roles.onem, ground.roles.federation
    await cpas.is_in_review()
    await cpas.sends(forms.contact(cpas.number))
    await cpas.sends(forms.contact(cpas.number, kind="support"))
    await cpas.sends(forms.question(cpas.number), by=onem)
    (too_few,) = await cpas.is_refused(forms.escalation(cpas.number), by=federation)
    assert (too_few.error_id, too_few.path) == ("00222-174", "1 of 2")
    await cpas.sends(forms.contact(cpas.number))
    escalation = forms.escalation(cpas.number)
    await cpas.sends(escalation, by=federation)
    passed_on = await cpas.gets("OCCP007", Escalation, by=onem)
    own = await cpas.is_refused(forms.escalation_reply(ticket_of(passed_on)), by=federation)
    assert ids(own) == ["05005-103"]
    await cpas.sends(forms.escalation_reply(ticket_of(passed_on)), by=onem)
    reply = await cpas.gets("OCCP007", EscalationReply, by=federation)
    assert reply.answer == "taken_up"
    assert reply.header.reference(5, 1) == escalation.header.reference(1, 1)


@story
async def a_status_question_tells_one_dossier_or_all_open_ones(ground: Ground) -> None:
    one, other, gone = Story(ground), Story(ground), Story(ground)
    await one.is_decided()
    await other.is_in_review()
    await gone.sends(forms.cancellation(await gone.is_decided()))
    told = await one.status()
    assert (told.label, told.contract_end) == ("Calculé par l'ONEM", date(2028, 1, 4))
    assert [line.kind for line in told.history] == ["received", "accepted", "decided"]
    question = forms.status()
    await one.sends(question)
    report = await one.report_to(question)
    listed = {dossier.ticket: dossier.state for dossier in report.dossiers}
    assert (listed[one.number], listed[other.number]) == ("CALCULATED", "IN_REVIEW")
    assert gone.number not in listed
    assert all(not dossier.history for dossier in report.dossiers)
    strange = forms.status()
    await one.sends(strange, by=ground.roles.stranger)
    assert not (await one.report_to(strange, by=ground.roles.stranger)).dossiers


@story
async def onem_corrects_and_withdraws_its_own_decision(ground: Ground) -> None:
    cpas, onem = Story(ground), ground.roles.onem
    first = await cpas.is_decided()
    await cpas.sends(forms.own_change(cpas.number, "correct"), by=onem)
    corrected = await cpas.gets("OCCP003", Decision)
    assert (corrected.header.status, corrected.header.reference(5, 2)) == (4, first)
    assert corrected.calculation.contract_end == date(2027, 9, 9)
    await cpas.stands("CALCULATED", 1)
    await ground.pass_time(days=260)
    reminder = await cpas.gets("OCCP005", Reminder)
    assert (reminder.reminder, reminder.header.reference(5, 2)) == ("R1", first)
    await cpas.sends(forms.own_change(cpas.number, "withdraw"), by=onem)
    await cpas.gets("OCCP003", Withdrawal)
    await cpas.stands("WITHDRAWN", 1)


@story
async def five_working_days_pass_without_an_answer(ground: Ground) -> None:
    cpas, onem = Story(ground), ground.roles.onem
    await cpas.is_in_review()
    await cpas.task()
    await ground.pass_time(days=8)
    texts = [(await cpas.gets("OCCP005", Reminder, by=onem)).reminder for _ in range(2)]
    assert texts == ["R4", "R4"]
    told = await cpas.stands("IN_REVIEW", 0)
    assert told.is_late
    assert [line.kind for line in told.history if line.kind == "breached"] == ["breached"]


@story
async def a_dossier_closes_after_its_contract_and_a_later_change_goes_to_an_agent(ground: Ground) -> None:
    cpas = Story(ground)
    first = await cpas.is_decided()
    await ground.pass_time(days=437)
    await cpas.until("CLOSED")
    _, told = await cpas.is_told(forms.modification(first))
    assert ids(told) == ["05003-245"]
    await cpas.stands("IN_REVIEW", 1)


@story
async def a_form_without_a_language_is_answered_in_its_dossiers(ground: Ground) -> None:
    cpas = Story(ground)
    last = await cpas.is_decided(language=Language.NL)
    (refused,) = await cpas.is_refused(forms.cancellation("NBSUCHTKCET19"))
    assert "ticket" in refused.label
    (other_person,) = await Story(ground).is_refused(forms.cancellation(last))
    assert (other_person.error_id, other_person.label.split()[0]) == ("00024-233", "Het")
