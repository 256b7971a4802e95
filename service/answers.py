"""What an answer says, for people and scripts: which ticket, which result, which dates.

For what this service wrote itself. It refuses to be a validator: what is not ours reads as an answer without content.
"""

from dataclasses import dataclass, replace
from datetime import date

from schemas.codec import decode
from schemas.models import (
    Acknowledgement,
    Contact,
    Decision,
    EscalationReply,
    FormHeader,
    Notification,
    Reminder,
    Return,
    StatusReport,
    Withdrawal,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says; None where the message does not say it. `result` is 1 (accepted) or 0 (refused)."""

    identification: str = ""
    result: int | None = None
    ticket: str | None = None
    """The ticket of the form it answers."""
    own_ticket: str | None = None
    dossier: str | None = None
    error_ids: tuple[str, ...] = ()
    contract_end: date | None = None
    first_claim_date: date | None = None
    remaining_days: int | None = None
    says: str = ""
    """In a line what a return, a reminder, a contact or a report says."""

    @property
    def name(self) -> str:
        """Its name for people: `ACRF 1`, `NOTIFICATION 0`, `OCCP003`."""
        names = {"ACRF001": f"ACRF {self.result}", "NOTI001": f"NOTIFICATION {self.result}"}
        return names.get(self.identification, self.identification)


def read(body: bytes) -> Reading:
    """Read one answer."""
    try:
        message = decode(body)
    except ValueError:
        return Reading()
    found = _of_header(message.header)
    match message:
        case Acknowledgement():
            errors = tuple(diagnosis.error_id for diagnosis in message.diagnoses)
            return replace(found, result=int(message.accepted), error_ids=errors)
        case Notification(handling=handling):
            errors = tuple(report.error_id for report in handling.reports)
            return replace(found, result=handling.result_code, error_ids=errors)
        case Decision(calculation=calculation):
            return replace(
                found,
                contract_end=calculation.contract_end,
                first_claim_date=calculation.first_claim_date,
                remaining_days=calculation.remaining_days,
            )
        case Return() | Reminder() | Contact() | StatusReport() | EscalationReply() | Withdrawal():
            return replace(found, says=_said(message))
        case _:
            return found


def _said(message: Return | Reminder | Contact | StatusReport | EscalationReply | Withdrawal) -> str:
    match message:
        case Return(reasons=reasons, due_date=due):
            return f"by {due}: " + "; ".join(reason.label for reason in reasons)
        case Reminder(reminder=name, text=text):
            return f"{name}: {text}"
        case Contact(text=text):
            return text
        case StatusReport(dossiers=dossiers):
            return ", ".join(f"{dossier.ticket} {dossier.state}" for dossier in dossiers)
        case EscalationReply(answer=answer):
            return answer
        case Withdrawal(motivation=motivation):
            return motivation


def _of_header(header: FormHeader) -> Reading:
    return Reading(
        identification=header.identification,
        ticket=header.reference(5, 2),
        own_ticket=header.reference(1, 2),
        dossier=header.reference(2, 2),
    )
