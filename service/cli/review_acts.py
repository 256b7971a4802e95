"""`review return|grant|correct|withdraw|contact|contacts`: what an agent does beside deciding a task."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.cli.review import DAY, Office, Ticket, app, decimal, done, known_agent, tell_answers
from service.settings import Settings

if TYPE_CHECKING:
    from schemas.models import Contact, Escalation
    from service.back_office import Agent
    from service.cli.review import Act
    from service.contacts import OpenContact

__all__ = ["app"]

Dossier = Annotated[str, typer.Argument(help="The dossier's number.")]
Who = Annotated[str, typer.Option("--agent", callback=known_agent, help="Who does it; kept in the history.")]
Why = Annotated[
    str, typer.Option("--reason", help="Why; kept in the history, and told where the CPAS gets a decision.")
]
TakeOver = Annotated[
    str, typer.Option("--take-over", metavar="WHY", help="Do another office's work; kept in the history.")
]


@app.command("return")
def return_(
    ticket: Ticket,
    agent: Who,
    reason: Why,
    missing: Annotated[list[str], typer.Option("--missing", help="What is missing, in a sentence. Repeatable.")],
    code: Annotated[
        list[str],
        typer.Option("--reason-code", metavar="CODE", help="Its code, one for each --missing, in that order."),
    ],
    document: Annotated[list[str] | None, typer.Option("--document", help="A document asked for. Repeatable.")] = None,
    office: Office = None,
    take_over: TakeOver = "",
    json: output.Json = False,
) -> None:
    """Send a task's request back to the CPAS with what is missing (OCCP004); the clock stops until it is completed.

    `--reason` is ONEM's own remark: the CPAS reads what is missing.

    Exit: 0 returned, 1 refused, 2 usage.
    """
    from schemas.models import ReturnReason
    from service import desk

    if len(code) != len(missing):
        output.stop("Give one --reason-code for each --missing, in the same order.", output.USAGE)
    reasons = tuple(ReturnReason(code=name, label=label) for name, label in zip(code, missing, strict=True))
    choice = desk.SendBack(reasons, tuple(document or ()))
    who = _agent(agent, reason, take_over)
    _do(output.settings(office=office), ticket, lambda place: desk.treat(place, ticket, who, choice), json)


@app.command("grant")
def grant(
    ticket: Ticket, agent: Who, reason: Why, office: Office = None, take_over: TakeOver = "", json: output.Json = False
) -> None:
    """Grant the derogation that a request for a third calculation asks for; it is then calculated.

    Exit: 0 granted, 1 refused, 2 usage.
    """
    from service import desk

    who = _agent(agent, reason, take_over)
    _do(output.settings(office=office), ticket, lambda place: desk.treat(place, ticket, who, desk.Grant()), json)


@app.command("correct")
def correct(
    dossier: Dossier,
    agent: Who,
    reason: Why,
    required: Annotated[int | None, typer.Option("--required", min=0, help="Days required.")] = None,
    prior: Annotated[str | None, typer.Option("--prior", help="Days proven.")] = None,
    end: Annotated[datetime | None, typer.Option("--end", formats=DAY, help="Last day of the contract.")] = None,
    period_start: Annotated[
        datetime | None, typer.Option("--period-start", formats=DAY, help="First day of the period.")
    ] = None,
    law: Annotated[str | None, typer.Option("--law", help="Instrument, such as ar-1991@2026-03-01.")] = None,
    route: Annotated[str | None, typer.Option("--route", help="30, 32, 30-older or 33.")] = None,
    articles: Annotated[list[str] | None, typer.Option("--article", help="Ground. Repeatable.")] = None,
    office: Office = None,
    take_over: TakeOver = "",
    json: output.Json = False,
) -> None:
    """Correct ONEM's own decision: a revised one goes out; what is not given stays as decided. It does not count (C4).

    Exit: 0 corrected, 1 refused, 2 usage.
    """
    from service import desk
    from service.back_office import Figures

    given = (required, prior, end, period_start, law, route, articles)
    if all(value is None for value in given):
        output.stop("Say what was wrong, such as --required 300 or --end 2028-06-30.", output.USAGE)
    figures = Figures(
        required=required,
        prior=decimal(prior),
        end=end and end.date(),
        period_start=period_start and period_start.date(),
        law=law,
        route=route,
        articles=tuple(articles or ()),
    )
    who = _agent(agent, reason, take_over)
    _do(output.settings(office=office), dossier, lambda place: desk.change(place, dossier, who, figures), json)


@app.command("withdraw")
def withdraw(
    dossier: Dossier,
    agent: Who,
    reason: Why,
    office: Office = None,
    take_over: TakeOver = "",
    json: output.Json = False,
) -> None:
    """Take ONEM's own decision back; the dossier ends, and a new request is free.

    Exit: 0 withdrawn, 1 refused, 2 usage.
    """
    from service import desk

    who = _agent(agent, reason, take_over)
    _do(output.settings(office=office), dossier, lambda place: desk.change(place, dossier, who, None), json)


@app.command("contact")
def contact(
    dossier: Dossier,
    agent: Who,
    text: Annotated[str, typer.Option("--text", help="What to tell or ask, at most 2000 characters.")],
    answers: Annotated[str | None, typer.Option("--answers", metavar="TICKET", help="The contact it answers.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="support, substance or suggestion.")] = "substance",
    json: output.Json = False,
) -> None:
    """Ask the CPAS something on a dossier, or answer its contact (OCCP006).

    Exit: 0 sent, 1 refused, 2 usage.
    """
    from typing import get_args

    from schemas.models import ContactKind
    from service import desk

    if kind not in get_args(ContactKind):
        output.stop(f"--kind {kind}: write one of {', '.join(get_args(ContactKind))}.", output.USAGE)
    words = desk.Words(text.strip(), kind, answers)  # type: ignore[arg-type]
    if not words.text:
        output.stop("--text is empty: write what the CPAS should read.", output.USAGE)
    who = _agent(agent, "contact", "")
    _do(output.settings(), dossier, lambda place: desk.write_to(place, dossier, who, words), json)


@app.command("escalation")
def escalation(
    ticket: Annotated[str, typer.Argument(help="The escalation's ticket, from `review contacts --desk spoc`.")],
    agent: Who,
    answer: Annotated[str, typer.Option("--answer", help="taken_up, solved, sent_to_office or not_admissible.")],
    json: output.Json = False,
) -> None:
    """Answer a federation that went to the second line (OCCP007), as ONEM's single point of contact.

    Exit: 0 sent, 1 refused, 2 usage.
    """
    from typing import get_args

    from schemas.models import EscalationAnswer
    from service import desk

    if answer not in get_args(EscalationAnswer):
        output.stop(f"--answer {answer}: write one of {', '.join(get_args(EscalationAnswer))}.", output.USAGE)
    who = _agent(agent, "escalation", "")
    _do(output.settings(), ticket, lambda place: desk.reply_to(place, ticket, who, answer), json)  # type: ignore[arg-type]


@app.command("contacts")
def contacts(
    ticket: Annotated[str | None, typer.Argument(help="One contact, to read it.")] = None,
    desk: Annotated[
        str | None, typer.Option("--desk", help="An office's code, or support, product, spoc; without, all desks.")
    ] = None,
    json: output.Json = False,
) -> None:
    """List the contacts and escalations that wait for ONEM, the oldest first; with a ticket, read that one.

    Exit: 0 found, 1 no such contact.
    """
    settings = output.settings()
    if ticket is not None:
        dossier, message = asyncio.run(_read(settings, ticket))
        _tell_one(ticket, dossier, message, json)
        return
    found = asyncio.run(_waiting(settings, desk or settings.office))
    if json:
        from dataclasses import asdict

        for line in found:
            output.tell_json(asdict(line))
        return
    rows = [
        (line.ticket, output.moment(line.since), line.desk, line.identification, line.kind, line.dossier, line.state)
        for line in found
    ]
    output.show(("contact", "since", "desk", "message", "kind", "dossier", "state"), rows)


async def _waiting(settings: Settings, desk: str | None) -> "list[OpenContact]":
    from service import contacts as held
    from service.cli.session import opened

    async with opened(settings) as place, place.engine.begin() as connection:
        return await held.waiting(connection, desk)


async def _read(settings: Settings, ticket: str) -> "tuple[str, Contact | Escalation]":
    from service import contacts as held
    from service.cli.session import opened

    async with opened(settings) as place, place.engine.begin() as connection:
        found = await held.read(connection, ticket, place.vault)
    if found is None:
        output.stop(f"No contact has the ticket {ticket}. `cpas-onem review contacts` shows the open ones.")
    return found


def _tell_one(ticket: str, dossier: str, message: "Contact | Escalation", json: bool) -> None:
    said: dict[str, Any] = message.model_dump(mode="json", exclude={"header"})
    if json:
        output.tell_json({"ticket": ticket, "dossier": dossier, **said})
        return
    print(f"Contact {ticket} on dossier {dossier}")
    for name, value in said.items():
        if value is not None:
            print(f"  {name}: {value}")


def _agent(number: str, reason: str, take_over: str) -> "Agent":
    from service.back_office import Agent

    if not reason.strip():
        output.stop("--reason is compulsory: the history keeps it.", output.USAGE)
    return Agent(number, reason, take_over)


def _do(settings: Settings, ticket: str, act: "Act", json: bool) -> None:
    """Do it, and tell what came back; ends with 1 where it was refused."""
    from service.cli import logs

    logs.configure()
    tell_answers(ticket, "done", asyncio.run(done(settings, act)), json)
