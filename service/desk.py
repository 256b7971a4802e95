"""What an agent does from the shell beside deciding: return, grant, correct, take back, ask and answer.

Each is built as the same OCCP102 or OCCP006 that any back office would send, and goes through the intake like it.

    task (OCCP101's ticket) ──► return │ grant            dossier ──► correct │ withdraw │ a question
                     contact (OCCP006's ticket), escalation (OCCP007's) ──► its answer

It writes nothing itself but who took over another office's work, and who had documents written out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.dossier import Dossier, TaskState
from handlers.outcome import HistoryEntry, HistoryKind
from schemas.codec import decode
from schemas.models import (
    Calculation,
    Contact,
    ContactKind,
    Decision,
    Escalation,
    EscalationAnswer,
    EscalationReply,
    FormHeader,
    Language,
    Reference,
    ReturnReason,
    ReviewOutcome,
)
from service import contacts, private_files
from service.back_office import Agent, CannotDecide, Figures, completed, hand_in, know_onem, taking_over
from service.channel import Outgoing
from service.installation import Installation
from service.store import attachments, dossiers, history, outbox, schema, tasks
from service.store.attachments import StoredAttachment


@dataclass(frozen=True, slots=True)
class SendBack:
    """A return: what is missing, each with its code, and the documents asked for."""

    reasons: tuple[ReturnReason, ...]
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """The derogation that the request asked for (promise C4)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A question or remark to the CPAS; `answers` is the ticket of the OCCP006 that it answers."""

    text: str
    kind: ContactKind
    answers: str | None = None


def _header(identification: str, type_form: str, own: str, refers: Reference, now: datetime) -> FormHeader:
    return FormHeader(
        identification=identification,
        created=now,
        status=0,
        type_form=type_form,  # type: ignore[arg-type]
        references=(Reference(type=1, origin=1, number=f"SHELL-{own}"), refers),
    )


async def treat(place: Installation, task: str, agent: Agent, choice: SendBack | Grant) -> tuple[Outgoing, ...]:
    """Return a task's request, or grant its derogation. Raises CannotDecide, StoreAway."""
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        await know_onem(connection, now)
        stored = await tasks.find(connection, task, place.vault)
        if stored is None:
            raise CannotDecide(f"No review task has the ticket {task}. `cpas-onem review list` shows the open ones.")
        if stored.state is TaskState.OPEN:
            entries = taking_over(stored.dossier, stored.office, stored.ticket, agent, place.settings.office, now)
            await history.write(connection, entries)
    header = _header("OCCP102", "FA", task, Reference(type=5, origin=2, number=task), now)
    match choice:
        case SendBack(reasons=reasons, documents=documents):
            message = ReviewOutcome(
                header=header,
                agent_id=agent.number,
                outcome="return",
                returned=reasons,
                documents=documents,
                reason=agent.reason,
            )
        case Grant():
            message = ReviewOutcome(header=header, agent_id=agent.number, outcome="grant", reason=agent.reason)
    return await hand_in(place, message, now)


async def change(place: Installation, dossier: str, agent: Agent, figures: Figures | None) -> tuple[Outgoing, ...]:
    """Correct a dossier's decision by figures, the rest as it stands; without figures take it back.

    Raises CannotDecide, StoreAway.
    """
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        await know_onem(connection, now)
        held = await _dossier(connection, place, dossier)
        own = None
        if figures is not None:
            own = completed(figures, await _in_force(connection, place, held), held.occupation_start)
        entries = taking_over(held.ticket, held.office, held.ticket, agent, place.settings.office, now)
        await history.write(connection, entries)
    message = ReviewOutcome(
        header=_header("OCCP102", "FA", dossier, Reference(type=2, origin=2, number=dossier), now),
        agent_id=agent.number,
        outcome="correct" if own else "withdraw",
        calculation=own,
        reason=agent.reason,
    )
    return await hand_in(place, message, now)


async def _dossier(connection: AsyncConnection, place: Installation, number: str) -> Dossier:
    held = await dossiers.lock(connection, (), [number], place.vault)
    if number not in held:
        raise CannotDecide(f"No dossier has the number {number}. `cpas-onem dossier TICKET` tells the number.")
    return held[number]


async def _in_force(connection: AsyncConnection, place: Installation, dossier: Dossier) -> Calculation | None:
    """Give what the decision in force says, None where there is none: then the outcome is refused as any other."""
    table = schema.outbox
    query = select(table.c.body_sealed).where(table.c.ticket == dossier.decision, table.c.body_sealed.is_not(None))
    sealed = (await connection.execute(query)).scalar()
    message = decode(place.vault.open(bytes(sealed), outbox.BODY)) if sealed is not None else None
    if not isinstance(message, Decision):
        return None
    # an agent's figures have no steps of the engine
    return message.calculation.model_copy(update={"detail": None, "reading_a_date": None, "reading_b_date": None})


async def write_to(place: Installation, dossier: str, agent: Agent, words: Words) -> tuple[Outgoing, ...]:
    """Ask the CPAS something on a dossier, or answer its contact. Raises CannotDecide, StoreAway."""
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        await know_onem(connection, now)
        held = await _dossier(connection, place, dossier)
    if words.answers is not None:
        type_form, refers = "FA", Reference(type=5, origin=2, number=words.answers)
    else:
        type_form, refers = "RE", Reference(type=2, origin=2, number=dossier)
    message = Contact(
        header=_header("OCCP006", type_form, words.answers or dossier, refers, now),
        language=Language(held.language),
        kind=words.kind,
        text=words.text,
        agent_id=agent.number,
    )
    return await hand_in(place, message, now)


async def reply_to(
    place: Installation, escalation: str, agent: Agent, answer: EscalationAnswer
) -> tuple[Outgoing, ...]:
    """Answer a federation's escalation (OCCP007), by a code as it carries no words. Raises CannotDecide, StoreAway."""
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        await know_onem(connection, now)
        found = await contacts.read(connection, escalation, place.vault)
    if found is None or not isinstance(found[1], Escalation):
        raise CannotDecide(
            f"No escalation has the ticket {escalation}. `cpas-onem review contacts --desk spoc` lists them."
        )
    message = EscalationReply(
        header=_header("OCCP007", "FA", escalation, Reference(type=5, origin=2, number=escalation), now),
        language=found[1].language,
        agent_id=agent.number,
        answer=answer,
    )
    return await hand_in(place, message, now)


async def documents(place: Installation, dossier: str) -> list[StoredAttachment]:
    """List the documents of a dossier."""
    async with place.engine.begin() as connection:
        return await attachments.of_dossier(connection, dossier, place.vault)


async def take_out(place: Installation, dossier: str, agent: str) -> list[tuple[str, bytes]]:
    """Give a dossier's documents to an agent, each with a harmless file name; the history keeps who had them."""
    async with place.engine.begin() as connection:
        now = await place.clock.now(connection)
        found = await attachments.of_dossier(connection, dossier, place.vault)
        if found:
            await history.write(connection, [_noted(dossier, agent, found, now)])
        return [
            (_name_of(document), await attachments.content(connection, document.form, document.position, place.vault))
            for document in found
        ]


def write_out(files: Sequence[tuple[str, bytes]], directory: Path) -> list[Path]:
    """Write documents there, for their owner alone. Raises OSError: FileExistsError where one is there already."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = [directory / name for name, _ in files]
    for file, (_, content) in zip(written, files, strict=True):
        with private_files.create(file) as out:
            out.write(content)
    return written


def _noted(dossier: str, agent: str, found: Sequence[StoredAttachment], now: datetime) -> HistoryEntry:
    detail = (("documents", str(len(found))), ("forms", " ".join(dict.fromkeys(document.form for document in found))))
    return HistoryEntry(dossier, now, f"agent {agent}", HistoryKind.DOCUMENTS_READ, "O3", detail, internal=True)


def _name_of(document: StoredAttachment) -> str:
    """Give a file name that says where the document belongs; of the sender's own name only what is harmless."""
    own = re.sub(r"[^A-Za-z0-9._-]+", "_", document.file_name.replace("\\", "/").rpartition("/")[2]).lstrip(".")
    return f"{document.form}-{document.position}-{own[-80:] or 'document'}"
