"""A form in hand: what every handler needs of it, whichever message it is, and its two answers of reception.

form_of(message) ──► Form ──refuse──► ACRF 1, NOTIFICATION 0
└─receive─► ACRF 1, NOTIFICATION 1, then whatever the handler answers
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from handlers.context import Context
from handlers.outcome import Answer, HistoryEntry, HistoryKind, Outcome
from handlers.promises import brussels_date
from handlers.reception import receptions, refuse
from schemas.anomalies import class_of
from schemas.business.references import subject
from schemas.findings import Anomaly, AnomalyClass, Place
from schemas.models import FormHeader, InboundMessage, Language, Reference
from schemas.parser import Places, Readable

OURS = 2
"""Origin of a ticket."""
IN_THE_FUTURE = "05001-003"


@dataclass(frozen=True, slots=True)
class Form:
    """One form with its context.

    `subject`: its reference to what it follows, answers, adds to or is about. `anomalies`: those found so far, of any
    class.
    """

    header: FormHeader
    subject: Reference | None
    language: Language
    places: Places
    context: Context
    anomalies: tuple[Anomaly, ...]

    @property
    def ticket(self) -> str:
        """The form's own ticket."""
        return self.context.envelope.ticket

    @property
    def reference(self) -> str:
        """The sender's own reference."""
        return self.header.reference(1, 1) or ""

    @property
    def now(self) -> datetime:
        """When it is handled, by the database's clock."""
        return self.context.envelope.handled_at

    @property
    def received_at(self) -> datetime:
        """When it was received: before `now` where it waited."""
        return self.context.envelope.received_at

    @property
    def today(self) -> date:
        """The day of its receipt in Brussels, by which it is judged."""
        return brussels_date(self.received_at)

    @property
    def actor(self) -> str:
        """Who sent it, as the history names it."""
        return f"sender {self.context.sender.number}"

    @property
    def reference_place(self) -> Place:
        """Where the number of its subject stands; the references where it has none."""
        if self.subject is None:
            return self.places.find("header.references")
        return self.place_of(self.subject)

    def place_of(self, reference: Reference) -> Place:
        """Give the place of a reference's number."""
        return self.places.find(f"header.references[{self.header.references.index(reference)}].number")

    @property
    def is_blocked(self) -> bool:
        """Whether any anomaly refuses it."""
        return any(class_of(anomaly.error_id) is AnomalyClass.B for anomaly in self.anomalies)

    @property
    def error_ids(self) -> tuple[str, ...]:
        """The ids of its anomalies."""
        return tuple(anomaly.error_id for anomaly in self.anomalies)

    @property
    def to_investigate(self) -> tuple[str, ...]:
        """The ids of those that an agent must look at (class I)."""
        return tuple(error for error in self.error_ids if class_of(error) is AnomalyClass.I)

    def found(self, anomalies: Iterable[Anomaly]) -> "Form":
        """Give the form with what else was found."""
        return replace(self, anomalies=(*self.anomalies, *anomalies))

    def refuse(self, dossier: str | None = None) -> Outcome:
        """Refuse it with all its anomalies; the history of `dossier` tells of it."""
        return refuse(
            self.context,
            identification=self.header.identification,
            language=self.language,
            sender_reference=self.reference or None,
            anomalies=self.anomalies,
            dossier=dossier,
        )

    def receive(self, dossier: str | None) -> tuple[Answer, ...]:
        """Accept it."""
        return receptions(
            self.context,
            identification=self.header.identification,
            language=self.language,
            accepted=True,
            anomalies=self.anomalies,
            sender_reference=self.reference or None,
            dossier=dossier,
        )

    def told(
        self, dossier: str, kind: HistoryKind, ground: str, *detail: tuple[str, str], actor: str | None = None
    ) -> HistoryEntry:
        """Tell the dossier's history of it; by default the sender did it."""
        return HistoryEntry(dossier, self.now, actor or self.actor, kind, ground, detail)

    def received(self, dossier: str) -> HistoryEntry:
        """Tell of the receipt (promise O1): when it was, if the form waited, and the sender's own time, if earlier."""
        sent_at = self.context.envelope.sent_at
        is_earlier = sent_at is not None and sent_at < self.received_at
        waited = self.received_at < self.now
        return self.told(
            dossier,
            HistoryKind.RECEIVED,
            "O1",
            ("message", self.header.identification),
            ("status", str(self.header.status)),
            ("form", self.ticket),
            ("file", self.context.envelope.file_name),
            *((("received_at", self.received_at.isoformat()),) if waited else ()),
            *((("sent_at", sent_at.isoformat()),) if sent_at is not None and is_earlier else ()),
        )


def form_of(message: InboundMessage, opened: Readable, context: Context) -> Form:
    """Take a message in hand; its language is its own, else its dossier's, else its sender's.

    What holds for the header of every form is checked here: it was not created after today (zone 05001).
    """
    language = getattr(message, "language", None)
    if language is None and context.dossier is not None and context.referred is not None:
        language = context.dossier.language
    form = Form(
        header=message.header,
        subject=subject(message),
        language=Language(language if language is not None else context.sender.language),
        places=opened.places,
        context=context,
        anomalies=opened.anomalies,
    )
    return form.found(_created_in_the_future(form))


def _created_in_the_future(form: Form) -> Iterator[Anomaly]:
    created = brussels_date(form.header.created)
    if created > form.today:
        yield Anomaly(IN_THE_FUTURE, form.places.find("header.created"), created.isoformat())
