"""Deliveries, and a handler whose outcome is known beforehand: what the service does with it is what is tested."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.context import Context
from handlers.dossier import Dossier, Mandate, PartyKind, Sender, State
from handlers.outcome import Deadline, DeadlineKind, DecisionRecord, HistoryEntry, HistoryKind, Outcome
from handlers.reception import acknowledge, notify, unreadable
from schemas.codec import encode
from schemas.models import CalculationRequest, Employer, Language, NaturalPerson, Reference
from schemas.parser import Opened, Readable, Unreadable
from service.channel import Delivery, Outgoing
from service.clock import Clock
from service.intake import Intake
from service.store import parties, schema
from service.store.access import Change
from service.store.engine import connect
from service.vault import Vault
from tests.handlers.building import header, request

SENDER = "123456"
OTHER = "234567"
SUSPENDED = "345678"
COMPANY = "0212345668"
INSS = "85073003328"
OTHER_INSS = "96050100180"
MASTER = bytes(range(32))
DUE = datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)


def body(number: int = 1, inss: str = INSS, **changes: Any) -> bytes:
    """Give the bytes of a request; the number is part of the sender's own reference."""
    birth = date(1996, 5, 1) if inss == OTHER_INSS else date(1985, 7, 30)
    given = {
        "header": header(references=(Reference(type=1, origin=1, number=f"CPAS-2026-{number:04d}"),)),
        "employer": Employer(company_id=COMPANY),
        "person": NaturalPerson(inss=inss, birth_date=birth, residence_postal_code="4000"),
    }
    return encode(request(**{**given, **changes}))


def name(number: int, sender: str = SENDER) -> str:
    return f"FI.OCCP.{sender}.20261124.{number:05d}.S.1.1"


def delivery(number: int = 1, content: bytes | None = None, sender: str | None = SENDER, **changes: Any) -> Delivery:
    """Give the delivery of that number: file name, message id and reference are made of it."""
    given: dict[str, Any] = {
        "body": body(number) if content is None else content,
        "sender": sender,
        "file_name": name(number, sender or SENDER),
        "message_id": f"5f1f3f0e-7f0c-4c7e-9a55-{number:012d}",
        "schema_version": "20264",
        "source": "onem.inbox",
    }
    return Delivery(**{**given, **changes})


def decide(opened: Opened, context: Context) -> Outcome:
    """Decide every readable request for its person, CPAS and start; continue the dossier that is there."""
    match opened:
        case Readable(message=CalculationRequest() as message):
            return _decided(message, context)
        case Unreadable():
            return unreadable(opened, context)
        case _:
            raise AssertionError("only what can be read or not at all comes here")


def _decided(message: CalculationRequest, context: Context) -> Outcome:
    form, now, sender = context.envelope.ticket, context.envelope.received_at, context.sender.number
    number = context.siblings[0].ticket if context.siblings else form
    reference = message.header.reference(1, 1) or ""
    dossier = Dossier(
        ticket=number,
        sender=sender,
        company_id=message.employer.company_id or "",
        inss=message.person.inss,
        occupation_start=message.planned.start,
        state=State.CALCULATED,
        language=2,
        reference=reference,
        last_form=form,
        calculations=sum(known.calculations for known in context.siblings) + 1,
        contract_end=date(2028, 1, 4),
        created_at=now,
        updated_at=now,
    )
    decision = DecisionRecord(
        ticket=context.draw_ticket(),
        dossier=number,
        form=form,
        automatic=True,
        agent=None,
        law="ar-1991@2026-03-01",
        route="30",
        first_claim_date=date(2028, 1, 5),
        contract_end=date(2028, 1, 4),
        remaining_days=312,
        facts=f'{{"inss": "{message.person.inss}"}}'.encode(),
        receipt="{}",
        decided_at=now,
    )
    deadline = Deadline(number, form, DeadlineKind.O2_DECISION, now, date(2026, 12, 1), DUE, "be-legal")
    return Outcome(
        accepted=True,
        answers=(
            acknowledge(context, language=Language.FR, sender_reference=reference, dossier=number),
            notify(
                context,
                identification="OCCP001",
                language=Language.FR,
                accepted=True,
                anomalies=(),
                sender_reference=reference,
                dossier=number,
            ),
        ),
        dossier=dossier,
        decision=decision,
        deadlines=(deadline,),
        history=(HistoryEntry(number, now, "service", HistoryKind.DECIDED, "AR 30", (("decision", decision.ticket),)),),
    )


@dataclass
class Store:
    """A migrated database with its senders, and what makes an intake on it."""

    engine: AsyncEngine
    vault: Vault

    def intake(self, **changes: Any) -> Intake:
        given = {"environment": "S", "handle": decide}
        return Intake(self.engine, self.vault, Clock(), **{**given, **changes})

    async def count(self, *tables: str) -> dict[str, int]:
        """Count rows; of all tables that a message can touch where none is named."""
        named = tables or ("inbox", "form", "dossier", "decision", "deadline", "history", "outbox", "quarantine")
        async with self.engine.connect() as connection:
            return {
                table: (
                    await connection.execute(select(func.count()).select_from(schema.metadata.tables[table]))
                ).scalar_one()
                for table in named
            }

    async def rows(self, table: str) -> list[Any]:
        async with self.engine.connect() as connection:
            found = schema.metadata.tables[table]
            return list((await connection.execute(select(found).order_by(*found.primary_key))).all())


@asynccontextmanager
async def opened_store(url: str) -> AsyncIterator[Store]:
    """Open the store and add the senders."""
    engine = connect(url)
    try:
        async with engine.begin() as connection:
            change = Change("operator test", await Clock().now(connection))
            for number in (SENDER, OTHER, SUSPENDED):
                await parties.add(connection, Sender(number, f"vendor {number}", PartyKind.VENDOR, 2), change)
                await parties.give_mandates(connection, number, [Mandate(COMPANY, date(2023, 10, 2))], change)
            await parties.suspend(connection, SUSPENDED, "contract ended", change)
        yield Store(engine, Vault(MASTER))
    finally:
        await engine.dispose()


def kinds(outgoing: Sequence[Outgoing]) -> list[str]:
    return [message.identification for message in outgoing]


LATER = Clock(timedelta(minutes=10))
"""A clock at which every answer's grace and every pause is over."""
