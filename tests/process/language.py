"""The language of the stories: who sends what, who gets what, time passes. The same on every ground.

story.sends(form) ─► accepted: its ticket        story.is_refused(form) ─► the anomalies
story.gets(identification) ─► the next such message on this dossier, to that party
story.agent(outcome) ─► an agent settles the open task        story.status() ─► what OCCP008 tells of the dossier
"""

import itertools
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar

from schemas.findings import Report
from schemas.models import (
    Acknowledgement,
    CalculationRequest,
    Decision,
    DossierStatus,
    NaturalPerson,
    Notification,
    ReviewTask,
    StatusQuestion,
    StatusReport,
)
from tests.process import forms

M = TypeVar("M")
_people = itertools.count(2)


@dataclass(frozen=True)
class Roles:
    """The parties of a story, by number. Both vendors speak for the CPAS, the stranger for another."""

    vendor: str
    second_vendor: str
    stranger: str
    federation: str
    onem: str = "000001"


class Ground(Protocol):
    """Where a story plays: in memory, or through a running service."""

    roles: Roles

    async def send(self, message: Any, party: str) -> None:
        """Let a party send a form."""
        ...

    async def next(self, party: str, wanted: "Wanted") -> Any:
        """Give the next message to that party that is wanted, and take it out of its box; it waits for it."""
        ...

    async def pass_time(self, **duration: float) -> None:
        """Let time pass."""
        ...


@dataclass(frozen=True)
class Wanted:
    """A message by its identification, and by a reference that it bears."""

    identification: str
    type: int
    origin: int
    number: str

    def fits(self, message: Any) -> bool:
        header = message.header
        named = ((reference.type, reference.origin, reference.number) for reference in header.references)
        return header.identification == self.identification and (self.type, self.origin, self.number) in named


def invented_person() -> NaturalPerson:
    """Give a person nobody else is: born on 1 May 1996, with a valid number."""
    first_nine = f"960501{next(_people):03d}"
    inss = f"{first_nine}{97 - int(first_nine) % 97:02d}"
    return NaturalPerson(inss=inss, birth_date=date(1996, 5, 1), residence_postal_code="4000")


@dataclass
class Story:
    """One person's dossier. `number` is its ticket once the first form was accepted."""

    ground: Ground
    person: NaturalPerson = field(default_factory=invented_person)
    number: str = ""

    @property
    def roles(self) -> Roles:
        return self.ground.roles

    async def sends(self, message: Any, by: str = "") -> str:
        """Let a party send a form that is accepted; gives its ticket."""
        ticket, told = await self._send(message, by)
        assert told.handling.result_code == 1, [report.error_id for report in told.handling.reports]
        self.number = self.number or ticket
        return ticket

    async def is_refused(self, message: Any, by: str = "") -> tuple[Report, ...]:
        """Let a party send a form that is refused; gives the anomalies."""
        _, told = await self._send(message, by)
        assert told.handling.result_code == 0
        return told.handling.reports

    async def is_told(self, message: Any, by: str = "") -> tuple[str, tuple[Report, ...]]:
        """Let a party send a form that is accepted with something to say; gives its ticket and the anomalies."""
        ticket, told = await self._send(message, by)
        assert told.handling.result_code == 1
        self.number = self.number or ticket
        return ticket, told.handling.reports

    async def _send(self, message: Any, by: str) -> tuple[str, Notification]:
        own = await self.hands_in(message, by)
        return await self.hears_of(own, by)

    async def hands_in(self, message: Any, by: str = "") -> str:
        """Let a party send a form, without waiting for what is said to it; gives its own reference."""
        await self.ground.send(self._of_person(message), by or self.roles.vendor)
        return str(message.header.reference(1, 1))

    async def is_held(self, own: str, by: str = "") -> str:
        """Wait for the receipt of a form; gives its ticket."""
        receipt = await self._next("ACRF001", own, by)
        assert isinstance(receipt, Acknowledgement)
        assert receipt.accepted
        return receipt.ticket

    async def hears_of(self, own: str, by: str = "", *, held: str = "") -> tuple[str, Notification]:
        """Wait for what is said to a form; `held`: its ticket, where its receipt came before."""
        ticket = held or await self.is_held(own, by)
        told = await self._next("NOTI001", own, by)
        assert isinstance(told, Notification)
        return ticket, told

    async def _next(self, identification: str, own: str, by: str) -> Any:
        return await self.ground.next(by or self.roles.vendor, Wanted(identification, 5, 1, own))

    def _of_person(self, message: Any) -> Any:
        if hasattr(message, "person") and hasattr(message, "planned"):
            changes: dict[str, Any] = {"person": self.person}
            if any(job.country != "BE" for job in message.history):
                changes["person"] = self.person.model_copy(update={"nationality": "150"})
            return message.model_copy(update=changes)
        if hasattr(message, "inss"):
            return message.model_copy(update={"inss": self.person.inss})
        return message

    async def gets(self, identification: str, model: type[M], by: str = "") -> M:
        """Wait for the next message of that kind on this dossier."""
        message = await self.ground.next(by or self.roles.vendor, Wanted(identification, 2, 2, self.number))
        assert isinstance(message, model), message
        return message

    async def task(self) -> ReviewTask:
        """Wait for the next review task of this dossier."""
        return await self.gets("OCCP101", ReviewTask, self.roles.onem)

    async def agent(self, what: str, **changes: Any) -> ReviewTask:
        """Let an agent settle the next task; gives the task."""
        task = await self.task()
        await self.sends(forms.outcome(ticket_of(task), what, **changes), self.roles.onem)
        return task

    async def status(self, by: str = "") -> DossierStatus:
        """Ask where the dossier stands."""
        question = forms.status(self.number)
        await self.sends(question, by)
        (told,) = (await self.report_to(question, by)).dossiers
        return told

    async def report_to(self, question: StatusQuestion, by: str = "") -> StatusReport:
        """Wait for the report that answers this question."""
        report = await self._next("OCCP008", str(question.header.reference(1, 1)), by)
        assert isinstance(report, StatusReport)
        return report

    async def until(self, state: str) -> None:
        """Ask until the dossier stands there."""
        while (await self.status()).state != state:
            await self.ground.pass_time(seconds=1)

    async def stands(self, state: str, calculations: int, by: str = "") -> DossierStatus:
        """See where the dossier stands, and how many calculations count (promise C4)."""
        told = await self.status(by)
        assert (told.state, told.calculations) == (state, calculations)
        return told

    async def is_decided(self, **changes: Any) -> str:
        """Bring a request that is decided at once; gives its ticket."""
        ticket = await self.sends(forms.new(**changes))
        await self.gets("OCCP003", Decision)
        return ticket

    async def is_decided_by(self, message: CalculationRequest) -> None:
        """Send a request that is decided at once."""
        await self.sends(message)
        await self.gets("OCCP003", Decision)

    async def is_in_review(self, **changes: Any) -> str:
        """Bring a request that an agent must look at; gives its ticket."""
        return await self.sends(forms.new(**{"planned": forms.planned(working_weekdays=forms.UNUSUAL), **changes}))


def ticket_of(message: Any) -> str:
    """Give a message's own ticket."""
    return str(message.header.reference(1, 2))


def ids(reports: tuple[Report, ...]) -> list[str]:
    return [report.error_id for report in reports]
