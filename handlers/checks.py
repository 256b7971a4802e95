"""Business checks that need more than the message: the date, the sender's rights, the dossier and its siblings.

Each check is one promise or one rule, gives the anomalies it finds, and points at the place in the file. Checks that
need only the message itself live in `schemas`; those of a reference in `handlers.references`.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from handlers.form import Form
from handlers.mapping import HUMAN_REVIEW, same_facts
from handlers.promises import promises_on, second_calculation_window
from handlers.rights import RIGHTS, Ground, refusal
from handlers.transitions import ALREADY_OPEN, Event, Refused, permitted
from handlers.treatment import SECOND_CALCULATION, made_before
from schemas.findings import Anomaly
from schemas.models import Attachment, CalculationRequest, Derogation

PAPER = 5
NEW = "001"

NOT_BORN_YET = "05011-003"
LATE = "05010-460"
LATE_SECOND = "00045-460"
TOO_EARLY = "05010-270"
TOO_MANY = "05010-146"
BEFORE_DIGITAL = "05001-460"
ANOTHER_CPAS = "00014-233"
ONLY_PAPER = "05020-103"
NO_CHANGE = "05003-444"


def check_request(request: CalculationRequest, form: Form) -> tuple[Anomaly, ...]:
    """Check a new calculation request against its context; the anomalies are of any class."""
    return (
        *_mandate(request, form),
        *_birth_date(request, form),
        *_paper(request, form),
        *_before_digital(form),
        *_before_the_start(request, form),
        *_window_of_paper(request, form),
        *check_count(form, made_before(request, form), request.reason, request.derogation),
        *no_other_dossier(request, form),
    )


def check_change(request: CalculationRequest, form: Form) -> tuple[Anomaly, ...]:
    """Check a modification or recalculation of the dossier in the context."""
    dossier = form.context.dossier
    return (
        *_birth_date(request, form),
        *_same_cpas(request, form),
        *_paper(request, form),
        *no_other_dossier(request, form),
        *changes_something(request, request.attachments, form),
        *check_window(form, dossier.contract_end if dossier is not None else None, request.reason),
        *check_another(form, request.reason, request.derogation),
    )


def _mandate(request: CalculationRequest, form: Form) -> Iterator[Anomaly]:
    """Let a vendor speak only for a CPAS that mandates it that day, for this form."""
    company, context = request.employer.company_id, form.context
    error_id = refusal(context.sender, context.mandates, form.header.identification, company, form.today)
    if error_id is not None:
        yield Anomaly(error_id, form.places.find("employer.company_id"), company)


def _birth_date(request: CalculationRequest, form: Form) -> Iterator[Anomaly]:
    if request.person.birth_date > form.today:
        yield Anomaly(NOT_BORN_YET, form.places.find("person.birth_date"))


def digital_only(form: Form) -> Iterator[Anomaly]:
    """C6: refuse of ONEM what it cannot have received on paper; it takes back its own decisions by OCCP102."""
    if RIGHTS[form.context.sender.kind].get(form.header.identification) is Ground.PAPER:
        yield Anomaly(ONLY_PAPER, form.places.find("header.status"))


def _paper(request: CalculationRequest, form: Form) -> Iterator[Anomaly]:
    """C6: only ONEM keys in a paper form, nothing else, and only one received before digital became the only way."""
    may_only_key_in = RIGHTS[form.context.sender.kind].get(form.header.identification) is Ground.PAPER
    if request.channel != PAPER:
        if may_only_key_in:
            yield Anomaly(ONLY_PAPER, form.places.find("channel"), str(request.channel))
        return
    if not may_only_key_in:
        yield Anomaly("05020-101", form.places.find("channel"))
    received = request.paper_reception_date
    if received is not None and received >= promises_on(form.today).digital_mandatory_from:
        yield Anomaly("05020-801", form.places.find("paper_reception_date"), received.isoformat())


def _before_digital(form: Form) -> Iterator[Anomaly]:
    """C6: before the digital procedure began, paper was the way; a digital request is accepted with a warning."""
    begins = promises_on(form.today).digital_from
    if form.today < begins:
        yield Anomaly(BEFORE_DIGITAL, form.places.find("header.created"), begins.isoformat())


def _before_the_start(request: CalculationRequest, form: Form) -> Iterator[Anomaly]:
    """C1: a first request comes before the occupation starts; a late one is accepted, told and counted."""
    if request.reason in (NEW, HUMAN_REVIEW) and request.channel != PAPER and form.today >= request.planned.start:
        yield Anomaly(LATE, form.places.find("planned.start"), request.planned.start.isoformat())


def _window_of_paper(request: CalculationRequest, form: Form) -> Iterator[Anomaly]:
    """C3 for a dossier that began on paper: the end of its contract is the planned one."""
    yield from check_window(form, request.planned.end, request.reason)


def check_window(form: Form, contract_end: date | None, reason: str) -> Iterator[Anomaly]:
    """C3: a second calculation is asked from 30 to 15 days before the contract ends.

    Too early is refused with the two dates of the window; too late is accepted, because a late answer still helps.
    """
    if reason != SECOND_CALCULATION or contract_end is None:
        return
    opens, closes = second_calculation_window(contract_end, promises_on(form.today))
    window = f"{opens.isoformat()} - {closes.isoformat()}"
    if form.today < opens:
        yield Anomaly(TOO_EARLY, form.places.find("reason"), window, path=window)
    elif form.today > closes:
        yield Anomaly(LATE_SECOND, form.places.find("reason"), window, path=window)


def check_another(form: Form, reason: str, derogation: Derogation | None, at: str = "reason") -> Iterator[Anomaly]:
    """C4 after a decision; before one, a change adds nothing to the count. `at`: where the form asks for another."""
    dossier = form.context.dossier
    if dossier is not None and dossier.decision is not None and not dossier.has_derogation:
        yield from check_count(form, dossier.calculations, reason, derogation, at)


def check_count(
    form: Form, calculations: int, reason: str, derogation: Derogation | None, at: str = "reason"
) -> Iterator[Anomaly]:
    """C4: two calculations per occupation; one more only when a derogation is asked with its reason."""
    if reason == HUMAN_REVIEW or calculations < promises_on(form.today).calculations_at_most:
        return
    if derogation is None or not derogation.requested or not derogation.reason.strip():
        yield Anomaly(TOO_MANY, form.places.find(at), str(calculations))


def no_other_dossier(request: CalculationRequest, form: Form) -> Iterator[Anomaly]:
    """C5: the same person, CPAS and start make one dossier; a change is a modification of it, never a new request."""
    own = form.context.dossier.ticket if form.context.dossier is not None else None
    for dossier in form.context.siblings:
        if dossier.ticket == own or dossier.occupation_start != request.planned.start:
            continue
        if isinstance(permitted(dossier.state, Event.NEW), Refused):
            path = f"dossier {dossier.ticket}, OCCP001 {dossier.last_form}"
            yield Anomaly(ALREADY_OPEN, form.places.find("planned.start"), path=path)
            return


def _same_cpas(request: CalculationRequest, form: Form) -> Iterator[Anomaly]:
    dossier = form.context.dossier
    if dossier is not None and request.employer.company_id != dossier.company_id:
        yield Anomaly(ANOTHER_CPAS, form.places.find("employer.company_id"), request.employer.company_id)


def changes_something(request: CalculationRequest, documents: Iterable[Attachment], form: Form) -> Iterator[Anomaly]:
    """Refuse what changes nothing: it would use up a calculation (C4), or give ONEM fresh days (O2).

    `request` is as the form leaves it, `documents` are the form's own. After a decision only what is calculated with
    is a change; and the same may be calculated a second time, or looked at by a human.
    """
    before, dossier = form.context.request, form.context.dossier
    if before is None or dossier is None:
        return
    asks_again = dossier.is_decided and request.reason in (SECOND_CALCULATION, HUMAN_REVIEW)
    held = {document.sha256 for document in before.attachments}
    if asks_again or any(document.sha256 not in held for document in documents):
        return
    is_same = same_facts(request, before) if dossier.is_decided else _content(request) == _content(before)
    if is_same:
        yield Anomaly(NO_CHANGE, form.places.find("header.status"))


def _content(request: CalculationRequest) -> CalculationRequest:
    """Give what a change can change: all but the header, the reason and the way it came."""
    same = {"header": None, "reason": NEW, "channel": 6, "attachments": (), "prior_calculations": 0}
    return request.model_copy(update=same)
