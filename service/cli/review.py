"""`review`: the back office from the shell. What is decided here takes the way of every message."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.settings import Settings

if TYPE_CHECKING:
    from handlers.dossier import StoredTask
    from schemas.models import Calculation, ReviewTask
    from service.answers import Reading
    from service.channel import Outgoing
    from service.installation import Installation
    from service.store.attachments import StoredAttachment

    Act = Callable[[Installation], Awaitable[tuple[Outgoing, ...]]]

app = typer.Typer(help="Requests that a human must decide.", no_args_is_help=True)

Ticket = Annotated[str, typer.Argument(help="The task's ticket.")]
Office = Annotated[
    str | None,
    typer.Option("--office", metavar="CODE", help="Your office, else CPAS_ONEM_OFFICE; without, ONEM as a whole."),
]
DAY = ["%Y-%m-%d"]
_AGENT = re.compile("[0-9A-Za-z._-]{1,20}")
"""As the messages write it."""


def known_agent(given: str | None) -> str | None:
    """Check an agent's number; ends with a usage error where no message could carry it."""
    if given is not None and not _AGENT.fullmatch(given):
        output.stop(f"--agent {given}: write 1 to 20 letters, digits, dots and dashes, such as A1234.", output.USAGE)
    return given


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    office: Office = None,
    json: output.Json = False,
) -> None:
    """List open review tasks, the first due first; those of one office where it is known."""
    lines = asyncio.run(_list(output.settings(office=office), everything))
    if json:
        for line in lines:
            output.tell_json(line)
        return
    rows = [
        (line["ticket"], output.moment(line["due_at"]), line["office"], line["state"], " ".join(line["reasons"]))
        for line in lines
    ]
    output.show(("task", "due", "office", "state", "reasons"), rows)


async def _list(settings: Settings, everything: bool) -> list[dict[str, Any]]:
    from service import views
    from service.cli.session import opened

    async with opened(settings) as session, session.engine.begin() as connection:
        return await views.tasks(connection, everything=everything, office=settings.office)


@app.command("show")
def show(
    ticket: Ticket,
    documents: Annotated[
        Path | None,
        typer.Option("--documents", metavar="DIR", file_okay=False, help="Write the CPAS's documents there; noted."),
    ] = None,
    agent: Annotated[
        str | None, typer.Option("--agent", callback=known_agent, help="Who gets the documents; kept.")
    ] = None,
    json: output.Json = False,
) -> None:
    """Show a task: the questions to settle, the facts, the CPAS's remarks and documents, the engine's proposals.

    Exit: 0 found, 1 no such task, or the directory is not empty, 2 usage.
    """
    if documents is not None and not agent:
        output.stop("--documents needs --agent: the history keeps who had them.", output.USAGE)
    stored, task, held = asyncio.run(_task(output.settings(), ticket))
    state = stored.state.value
    if json:
        shown = [asdict(document) for document in held]
        said = task.model_dump(mode="json", exclude={"header"})
        output.tell_json({"ticket": ticket, "state": state, **said, "documents": shown})
    else:
        _tell(ticket, state, task)
        _tell_documents(task, held)
    if documents is not None and agent:
        _write_out(output.settings(), stored.dossier, agent, documents)


async def _task(settings: Settings, ticket: str) -> "tuple[StoredTask, ReviewTask, list[StoredAttachment]]":
    from schemas.models import ReviewTask
    from service import desk
    from service.cli.session import opened
    from service.store import tasks

    async with opened(settings) as session:
        async with session.engine.begin() as connection:
            stored = await tasks.find(connection, ticket, session.vault)
        if stored is None:
            output.stop(f"No review task has the ticket {ticket}. `cpas-onem review list` shows the open ones.")
        held = await desk.documents(session, stored.dossier)
    return stored, ReviewTask.model_validate_json(stored.body), held


def _write_out(settings: Settings, dossier: str, agent: str, directory: Path) -> None:
    from service import desk

    if directory.is_dir() and any(directory.iterdir()):
        output.stop(f"{directory} is not empty: name another directory. Nothing was written.")
    files = asyncio.run(_taken_out(settings, dossier, agent))
    try:
        for file in desk.write_out(files, directory):
            output.say(f"written: {file}")
    except OSError as problem:
        output.stop(f"{directory} cannot be written: {problem.strerror}.")


async def _taken_out(settings: Settings, dossier: str, agent: str) -> list[tuple[str, bytes]]:
    from service import desk
    from service.cli.session import opened

    async with opened(settings) as session:
        return await desk.take_out(session, dossier, agent)


def _tell_documents(task: "ReviewTask", held: "list[StoredAttachment]") -> None:
    for remark in task.remarks:
        print(f"The CPAS says: {remark}")
    if held:
        rows = [(found.form, found.position, found.file_name, found.media_type, found.size) for found in held]
        output.show(("form", "no", "document", "kind", "bytes"), rows, title="Documents, with --documents DIR")


def _tell(ticket: str, state: str, task: "ReviewTask") -> None:
    person, planned = task.request.person, task.request.planned
    print(f"Task {ticket}: {state}, due {output.moment(task.due_at)}, office {task.office}")
    print(f"  person {person.inss}, born {person.birth_date}, lives in {person.residence_postal_code}")
    print(f"  contract from {planned.start}, {planned.mean_hours} of {planned.reference_mean_hours} hours a week\n")
    rows = [(reason.code, reason.article, reason.subject, reason.text) for reason in task.reasons]
    output.show(("reason", "article", "about", "to settle"), rows)
    past = [(job.start, job.end, job.country, job.status, job.mean_hours) for job in task.request.history]
    if past:
        output.show(("from", "to", "country", "status", "hours a week"), past, title="Past work, as declared")
    output.show(
        ("no", "route", "required", "proven", "to work", "contract ends", "first claim"),
        [(number, *_proposal(found)) for number, found in enumerate(task.proposals, 1)],
        title="The engine's proposals" if task.proposals else "The engine has no proposal: decide with own figures",
    )


def _proposal(found: "Calculation") -> tuple[object, ...]:
    days = (found.required_days, found.proven_days, found.remaining_days)
    return found.route, *days, found.contract_end, found.first_claim_date


@app.command("decide")
def decide(
    ticket: Ticket,
    agent: Annotated[str, typer.Option("--agent", callback=known_agent, help="Who decides; kept in the history.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes into the decision.")],
    confirm: Annotated[bool, typer.Option("--confirm", help="Take the engine's proposal.")] = False,
    proposal: Annotated[int, typer.Option("--proposal", min=1, help="Which proposal --confirm takes.")] = 1,
    required: Annotated[int | None, typer.Option("--required", min=0, help="Own figures: days required.")] = None,
    prior: Annotated[str | None, typer.Option("--prior", help="Days proven.")] = None,
    end: Annotated[datetime | None, typer.Option("--end", formats=DAY, help="Last day of the contract.")] = None,
    period_start: Annotated[
        datetime | None, typer.Option("--period-start", formats=DAY, help="First day of the period.")
    ] = None,
    law: Annotated[str | None, typer.Option("--law", help="Instrument, such as ar-1991@2026-03-01.")] = None,
    route: Annotated[str | None, typer.Option("--route", help="30, 32, 30-older or 33.")] = None,
    articles: Annotated[list[str] | None, typer.Option("--article", help="Ground. Repeatable.")] = None,
    office: Office = None,
    take_over: Annotated[
        str, typer.Option("--take-over", metavar="WHY", help="Decide a task of another office; kept in the history.")
    ] = "",
    json: output.Json = False,
) -> None:
    """Decide a task: `--confirm` a proposal, or own figures; what is not given comes from the first proposal.

    A task of another office than yours is left to it, unless `--take-over` says why not.

    Exit: 0 decided, 1 refused, 2 usage.
    """
    from service import back_office
    from service.back_office import Agent, Figures
    from service.cli import logs

    own = (required, prior, end, period_start, law, route, articles)
    if confirm == any(value is not None for value in own):
        output.stop("Either --confirm, or own figures such as --required 312 --end 2027-12-31.", output.USAGE)
    if not reason.strip():
        output.stop("--reason is compulsory: the decision carries it.", output.USAGE)
    figures = Figures(
        required=required,
        prior=decimal(prior),
        end=end and end.date(),
        period_start=period_start and period_start.date(),
        law=law,
        route=route,
        articles=tuple(articles or ()),
    )
    logs.configure()
    who = Agent(agent, reason, take_over)
    choice = proposal if confirm else figures
    told = done(output.settings(office=office), lambda place: back_office.decide(place, ticket, who, choice))
    tell_answers(ticket, "decided", asyncio.run(told), json)


def tell_answers(ticket: str, done: str, answers: "Sequence[Reading]", json: bool) -> None:
    """Tell what came back for an outcome, under the name `done`; ends with 1 where it was refused."""
    refused = [answer for answer in answers if answer.result == 0]
    if json:
        found = [{"identification": a.identification, "result": a.result, "ticket": a.own_ticket} for a in answers]
        output.tell_json({"ticket": ticket, done: not refused, "answers": found})
    else:
        for answer in answers:
            print(f"{answer.name}  {answer.own_ticket}  {' '.join(answer.error_ids)}".rstrip())
    if refused:
        raise typer.Exit(1)


def decimal(written: str | None) -> Decimal | None:
    """Read days; ends with a usage error where it is no number of days."""
    if written is None:
        return None
    try:
        days = Decimal(written)
    except InvalidOperation:
        days = Decimal("NaN")
    if not days.is_finite() or days < 0:
        output.stop(f"--prior {written}: write a number of days such as 99.6.", output.USAGE)
    return days


async def done(settings: Settings, act: "Act") -> "list[Reading]":
    """Do what an agent decided and send what follows; ends the command with a sentence where it is refused."""
    from service import answers, back_office
    from service.cli.session import opened
    from service.processed import StoreAway

    async with opened(settings) as place:
        try:
            outgoing = await act(place)
            await back_office.hand_out(place, outgoing)
        except (back_office.CannotDecide, StoreAway) as refusal:
            output.stop(str(refusal))
        except ValueError as refusal:
            output.stop(f"That cannot be written as a message: {refusal}")
    return [answers.read(answer.body) for answer in outgoing]
