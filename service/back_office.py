"""ONEM's back office from the shell: the agent's outcome as the same OCCP102 that any back office would send.

It decides nothing and writes nothing itself: what it builds goes through the intake like a message from the channel, so
that the checks, the history and the answers are the same. It refuses figures that contradict each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from calculation.law import Law
from calculation.shelf import shelf
from handlers.dossier import PartyKind, Sender, StoredTask, TaskState
from handlers.outcome import HistoryEntry, HistoryKind
from handlers.promises import brussels_date
from schemas.catalogue import CURRENT
from schemas.codec import encode
from schemas.models import (
    Calculation,
    Contact,
    EscalationReply,
    FormHeader,
    Language,
    Reference,
    ReviewOutcome,
    ReviewTask,
)
from service.channel import Confirmed, Delivery, Outgoing, message_id_for
from service.channel.folder import FolderOutlet
from service.channel.topology import ONEM
from service.installation import Installation
from service.intake import Intake
from service.offices import offices_of
from service.settings import ChannelKind
from service.store import history, outbox, parties, tasks
from service.store.access import SERVICE, Change

Value = TypeVar("Value")

SOURCE = "shell"
"""What stands as the source of a message that an agent made here."""


class CannotDecide(Exception):  # noqa: N818 - the name is the sentence
    """These figures make no decision; the text says what is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Figures:
    """An agent's own figures; what is None comes from the engine's first proposal. Days of the six-day regime."""

    required: int | None = None
    prior: Decimal | None = None
    end: date | None = None
    period_start: date | None = None
    law: str | None = None
    route: str | None = None
    articles: tuple[str, ...] = ()


def own_calculation(figures: Figures, task: ReviewTask) -> Calculation:
    """Complete an agent's figures with the engine's first proposal. Raises CannotDecide where something stays open."""
    return completed(figures, task.proposals[0] if task.proposals else None, task.request.planned.start)


def completed(figures: Figures, proposal: Calculation | None, start: date) -> Calculation:
    """Complete an agent's figures with a calculation that is there, for a contract from `start`. Raises CannotDecide.

    The claim's first date is the day after the contract's end; days to work are the required less the proven, rounded
    up, never below zero.
    """
    required = _given("--required", figures.required, proposal.required_days if proposal else None)
    end = _given("--end", figures.end, proposal.contract_end if proposal else None)
    prior = _given("--prior", figures.prior, proposal.proven_days if proposal else None)
    period_start = _given("--period-start", figures.period_start, proposal.period_start if proposal else None)
    if end < start:
        raise CannotDecide(f"--end {end} lies before the contract's start, {start}.")
    if period_start > end:
        raise CannotDecide(f"--period-start {period_start} lies after the contract's end, {end}.")
    return Calculation(
        law=figures.law or _law_on(end + timedelta(days=1)),
        route=figures.route or (proposal.route if proposal else "30"),
        articles=figures.articles or (proposal.articles if proposal else ("AR 30",)),
        required_days=required,
        proven_days=prior,
        remaining_days=max(0, required - math.ceil(prior)),
        period_start=period_start,
        period_end=end,
        contract_end=end,
        first_claim_date=end + timedelta(days=1),
    )


def _given(option: str, own: Value | None, proposed: Value | None) -> Value:
    value = proposed if own is None else own
    if value is None:
        raise CannotDecide(f"{option} is needed: there is no proposal or decision to take it from.")
    return value


def _law_on(claim: date) -> str:
    found = shelf().law_on(claim)
    if not isinstance(found, Law):
        raise CannotDecide(f"No law is known for a claim on {claim}: name it with --law.")
    return found.identifier


def outcome(
    task: str, agent: str, reason: str, now: datetime, *, proposal: int | None = None, own: Calculation | None = None
) -> ReviewOutcome:
    """Build the outcome on a task (its OCCP101's ticket): a proposal taken, by its number from 1, or own figures."""
    header = FormHeader(
        identification="OCCP102",
        created=now,
        status=0,
        type_form="FA",
        references=(
            Reference(type=1, origin=1, number=f"SHELL-{task}"),
            Reference(type=5, origin=2, number=task),
        ),
    )
    return ReviewOutcome(
        header=header,
        agent_id=agent,
        outcome="decide" if own else "confirm",
        proposal=None if own else proposal,
        calculation=own,
        reason=reason,
    )


def delivery(message: ReviewOutcome | Contact | EscalationReply, environment: str, now: datetime) -> Delivery:
    """Wrap it as a delivery from ONEM, under a file name of that moment."""
    sequence = f"{now:%H%M%S}{now.microsecond // 100:04d}"
    file_name = f"FI.OCCP.{ONEM}.{brussels_date(now):%Y%m%d}.{sequence}.{environment}.1.1"
    return Delivery(
        body=encode(message),
        sender=ONEM,
        file_name=file_name,
        message_id=message_id_for(ONEM, file_name),
        schema_version=CURRENT,
        sent_at=now,
        source=SOURCE,
    )


@dataclass(frozen=True, slots=True)
class Agent:
    """Who decides, and why: `reason` goes into the decision, `take_over` into the history, of another office's task."""

    number: str
    reason: str
    take_over: str = ""


async def decide(place: Installation, task: str, agent: Agent, choice: int | Figures) -> tuple[Outgoing, ...]:
    """Decide a task by a proposal's number or by own figures; gives the answers, those of a refusal too.

    Raises CannotDecide where nothing could be sent, and StoreAway. Where the settings name an office, a task of another
    one is decided only by an agent that says why it takes it over.
    """
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        await know_onem(connection, now)
        stored = await tasks.find(connection, task, place.vault)
        if stored is None:
            raise CannotDecide(f"No review task has the ticket {task}. `cpas-onem review list` shows the open ones.")
        message = _message(stored, agent, choice, now)
        if stored.state is TaskState.OPEN:
            entries = taking_over(stored.dossier, stored.office, stored.ticket, agent, place.settings.office, now)
            await history.write(connection, entries)
    return await hand_in(place, message, now)


async def hand_in(
    place: Installation, message: ReviewOutcome | Contact | EscalationReply, now: datetime
) -> tuple[Outgoing, ...]:
    """Give a message of ONEM's to the intake; gives the answers, those of a refusal too. Raises as `decide`."""
    offices = offices_of(place.settings)
    intake = Intake(place.engine, place.vault, place.clock, place.settings.environment, offices=offices)
    processed = await intake.process([delivery(message, place.settings.environment, now)])
    if processed.quarantined:
        raise CannotDecide("The outcome could not be handled and is in quarantine; the log says why.")
    return processed.outgoing


def _message(task: StoredTask, agent: Agent, choice: int | Figures, now: datetime) -> ReviewOutcome:
    if isinstance(choice, Figures):
        own = own_calculation(choice, ReviewTask.model_validate_json(task.body))
        return outcome(task.ticket, agent.number, agent.reason, now, own=own)
    return outcome(task.ticket, agent.number, agent.reason, now, proposal=choice)


def taking_over(
    dossier: str, office: str, about: str, agent: Agent, own: str | None, now: datetime
) -> list[HistoryEntry]:
    """Tell in the history that an agent of office `own` does the work of another. Raises CannotDecide without a reason.

    `about` is the ticket of the task, or the dossier's own.
    """
    if own is None or own == office:
        return []
    if not agent.take_over.strip():
        what = "Dossier" if about == dossier else "Task"
        raise CannotDecide(
            f"{what} {about} is for office {office}, and you work for {own}: leave it to them, "
            "or say why you take it with --take-over."
        )
    detail = (("task", about), ("office", office), ("by", own), ("reason", agent.take_over.strip()))
    return [HistoryEntry(dossier, now, f"agent {agent.number}", HistoryKind.TAKEN_OVER, "AR 142", detail, True)]


async def hand_out(place: Installation, outgoing: Sequence[Outgoing]) -> None:
    """Write answers into the folders at once, as no service need be running there; on RabbitMQ its relay sends them.

    A running service may write the same file too: the bytes are the same.
    """
    if place.settings.channel is not ChannelKind.FOLDER:
        return
    outlet = FolderOutlet(place.settings.folder)
    await outlet.start()
    confirmed = [result.id for result in await outlet.publish(outgoing) if isinstance(result, Confirmed)]
    async with place.engine.begin() as connection:
        await outbox.mark_sent(connection, confirmed, await place.clock.now(connection))


async def know_onem(connection: AsyncConnection, now: datetime) -> None:
    """Make sure that ONEM itself, sender 000001, is a party: every installation has it."""
    if not await parties.load(connection, [ONEM]):
        await parties.add(connection, Sender(ONEM, "ONEM", PartyKind.ONEM, Language.FR), Change(SERVICE, now))
