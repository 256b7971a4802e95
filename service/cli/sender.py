"""`sender`: who may send what, for which CPAS, from when to when, and what a vendor needs to know to begin.

    add ─► list · mandate · log ─► suspend ◄─► resume

It makes the row, the mandates, and on RabbitMQ the user and the queue, on the folder channel the folders. A generated
password is shown once and kept nowhere. Every change is kept in the history of access with who made it.
"""

import asyncio
import getpass
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from service.cli import output, reach
from service.settings import ChannelKind, Settings

if TYPE_CHECKING:
    from handlers.dossier import Mandate, Sender
    from service.cli.reach import Way
    from service.letter.write import Tongue
    from service.store.access import Line
    from service.store.parties import Party

app = typer.Typer(help="Who may send what, and for which CPAS.", no_args_is_help=True)

LANGUAGES = {"nl": 1, "fr": 2, "de": 3}
TONGUES = ("fr", "nl", "de", "en")
DAY = ["%Y-%m-%d"]

Number = Annotated[str, typer.Argument(help="The sender's six digits.")]
Forms = Annotated[
    list[str] | None,
    typer.Option("--form", metavar="OCCP…", help="A form the mandate covers; without, all of a vendor. Repeatable."),
]
From = Annotated[
    datetime | None, typer.Option("--from", formats=DAY, help="First day of the mandate; today without it.")
]
Until = Annotated[datetime | None, typer.Option("--until", formats=DAY, help="Last day of the mandate.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this, for the history of access; else your login.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; compulsory, and kept in the history of access.")]


@app.command("add")
def add(
    number: Annotated[str, typer.Argument(help="Six digits; 000001 is ONEM itself.")],
    name: Annotated[str, typer.Option("--name", help="The software house or the federation.")],
    language: Annotated[
        str, typer.Option("--language", help="fr, nl or de, for its letter and what is unreadable.")
    ] = "fr",
    mandates: Annotated[
        list[str] | None, typer.Option("--mandate", metavar="COMPANYID", help="A CPAS it speaks for. Repeatable.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="vendor, federation or onem.")] = "vendor",
    forms: Forms = None,
    start: From = None,
    until: Until = None,
    by: By = None,
    letter: Annotated[
        Path | None, typer.Option("--letter", dir_okay=False, help="Write the access letter there, not to the screen.")
    ] = None,
    letter_language: Annotated[
        str | None, typer.Option("--letter-language", help="fr, nl, de or en; the sender's language without it.")
    ] = None,
    json: output.Json = False,
) -> None:
    """Add a sender, or give a known one its new name and further mandates; prints the access letter for it.

    Exit: 0 done, 1 not done, 2 usage.
    """
    from service.cli import logs

    settings = output.settings()
    logs.silence()
    sender = _checked(number, name, language, kind, mandates or (), forms or ())
    tongue = letter_language or language
    if tongue not in TONGUES:
        output.stop(f"--letter-language {tongue}: write {', '.join(TONGUES)}.", output.USAGE)
    terms = (start and start.date(), until and until.date(), frozenset(forms) if forms else None)
    is_new, way, now = asyncio.run(_add(settings, sender, mandates or (), terms, by))
    told = _handed_over(settings, _one(settings, number), way, now, tongue)
    if letter is not None:
        _write_private(letter, told.text)
    found = {
        "number": sender.number,
        "name": sender.name,
        "kind": sender.kind.value,
        "language": language,
        "mandates": list(mandates or ()),
        "new": is_new,
        **{field: getattr(way, field) for field in reach.Way.__slots__},
        "letter": told.fields,
    }
    if json:
        output.tell_json(found)
        return
    output.say(f"Sender {number}, {name}: {'added' if is_new else 'known already, updated'}.")
    if letter is None:
        print(told.text, end="")
    else:
        output.say(f"The letter for {name} is in {letter}.")
    if way.commands:
        output.say("The broker's administration was not reached. Run there, and choose the password:")
        output.say("\n".join(f"  {command}" for command in way.commands))


Terms = tuple[date | None, date | None, frozenset[str] | None]
"""First day, last day, forms of a mandate to give."""


def _checked(
    number: str, name: str, language: str, kind: str, mandates: Sequence[str], forms: Sequence[str]
) -> "Sender":
    from handlers.dossier import PartyKind, Sender
    from schemas.identifiers import sender_is_wellformed

    problems = [
        *([] if sender_is_wellformed(number) else [f"{number} is no sender number: six digits."]),
        *([] if name.strip() else ["--name is empty: name the software house."]),
        *([] if language in LANGUAGES else [f"--language {language}: write fr, nl or de."]),
        *([] if kind in set(PartyKind) else [f"--kind {kind}: write vendor, federation or onem."]),
        *([f"A {kind} needs no mandate: only a vendor speaks for a CPAS."] if mandates and kind != "vendor" else []),
        *_wrong_terms(mandates, forms),
    ]
    if problems:
        output.stop("\n".join(problems), output.USAGE)
    return Sender(number, name, PartyKind(kind), LANGUAGES[language])


def _wrong_terms(companies: Sequence[str], forms: Sequence[str]) -> list[str]:
    from handlers.rights import mandatable
    from schemas.identifiers import bce_is_valid

    known = ", ".join(mandatable())
    return [
        *(
            f"{company} is no enterprise number: ten digits with their check digits."
            for company in companies
            if not bce_is_valid(company)
        ),
        *(f"--form {form}: a mandate covers {known}." for form in forms if form not in mandatable()),
    ]


async def _add(
    settings: Settings, sender: "Sender", companies: Sequence[str], terms: Terms, by: str | None
) -> "tuple[bool, Way, datetime]":
    from service.cli.session import opened
    from service.store import parties
    from service.store.access import Change

    async with opened(settings) as session, session.engine.begin() as connection:
        change = Change(_actor(by), await session.clock.now(connection))
        is_new = await parties.add(connection, sender, change)
        party = (await parties.load(connection, [sender.number]))[sender.number]
        if party.suspension is not None:
            output.stop(
                f"Sender {sender.number} is suspended ({party.suspension.reason}). "
                f"To let it in again: cpas-onem sender resume {sender.number} --reason …"
            )
        fresh = [_mandate(company, terms, change.at) for company in companies]
        standing = {(held.company_id, held.forms) for held in party.mandates if held.valid_to is None}
        fresh = [given for given in fresh if terms[0] or terms[1] or (given.company_id, given.forms) not in standing]
        await parties.give_mandates(connection, sender.number, fresh, change)
    return is_new, await reach.open_way(settings, sender.number, sender.kind), change.at


def _mandate(company: str, terms: Terms, now: datetime) -> "Mandate":
    from handlers.dossier import Mandate
    from handlers.promises import brussels_date

    start, until, forms = terms
    first = start or brussels_date(now)
    if until is not None and until < first:
        output.stop(f"--until {until} lies before the mandate's first day, {first}.", output.USAGE)
    return Mandate(company, first, until, forms)


def _actor(by: str | None) -> str:
    """Name who changes access: as given, else the login of this shell."""
    return f"operator {by or getpass.getuser()}"[:60]


@dataclass(frozen=True, slots=True)
class _Letter:
    """A letter as text and as fields."""

    text: str
    fields: dict[str, Any]


def _handed_over(settings: Settings, party: "Party", way: "Way", now: datetime, tongue: str) -> _Letter:
    """Write the letter for a party."""
    from handlers.promises import brussels_date
    from service.letter.gather import fields, gather
    from service.letter.write import write
    from service.offices import offices_of

    today = brussels_date(now)
    access = gather(party, settings.environment, offices_of(settings), today, cast("Tongue", tongue), way.amqp_url)
    access = replace(access, folder_in=way.folder_in, folder_out=way.folder_out)
    return _Letter(write(access, cast("Tongue", tongue)), fields(access))


def _write_private(file: Path, text: str) -> None:
    """Write a letter readable by this login only: it may hold a password."""
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(text, "utf-8")
    except OSError as problem:
        output.say(text)
        output.stop(f"{file} cannot be written ({problem.strerror}); the letter is above, and is shown this once.")


@app.command("list")
def list_(json: output.Json = False) -> None:
    """List senders: what they may send, for which CPAS, from when to when."""
    lines = [_line(party) for party in asyncio.run(_load(output.settings()))]
    if json:
        for line in lines:
            output.tell_json(line)
        return
    rows = [
        (
            *(line[key] for key in ("number", "name", "kind", "language")),
            "open" if line["active"] else f"suspended: {line['suspension_reason']}",
            "\n".join(_told(mandate) for mandate in line["mandates"]),
        )
        for line in lines
    ]
    output.show(("number", "name", "kind", "language", "access", "speaks for"), rows)


def _line(party: "Party") -> dict[str, Any]:
    from handlers.rights import forms_of

    languages = {code: tag for tag, code in LANGUAGES.items()}
    return {
        "number": party.sender.number,
        "name": party.sender.name,
        "kind": party.sender.kind.value,
        "language": languages[party.sender.language],
        "active": party.sender.active,
        "suspended_at": party.suspension and party.suspension.since,
        "suspension_reason": party.suspension and party.suspension.reason,
        "forms": list(forms_of(party.sender.kind)),
        "mandates": [_mandate_line(mandate) for mandate in party.mandates],
    }


def _mandate_line(mandate: "Mandate") -> dict[str, Any]:
    return {
        "company_id": mandate.company_id,
        "valid_from": mandate.valid_from,
        "valid_to": mandate.valid_to,
        "forms": sorted(mandate.forms) if mandate.forms is not None else None,
    }


def _told(mandate: dict[str, Any]) -> str:
    until = f" to {mandate['valid_to']}" if mandate["valid_to"] else ""
    forms = f", {' '.join(mandate['forms'])}" if mandate["forms"] is not None else ""
    return f"{mandate['company_id']} from {mandate['valid_from']}{until}{forms}"


async def _load(settings: Settings, number: str | None = None) -> "list[Party]":
    from service.cli.session import opened
    from service.store import parties

    async with opened(settings) as session, session.engine.begin() as connection:
        return list((await parties.load(connection, [number] if number else None)).values())


def _one(settings: Settings, number: str) -> "Party":
    found = asyncio.run(_load(settings, number))
    if not found:
        output.stop(f"No sender has the number {number}. `cpas-onem sender list` shows them all.")
    return found[0]


@app.command("mandate")
def mandate(
    number: Number,
    company: Annotated[str | None, typer.Argument(metavar="[COMPANYID]", help="The CPAS; without, list them.")] = None,
    forms: Forms = None,
    start: From = None,
    until: Until = None,
    by: By = None,
    json: output.Json = False,
) -> None:
    """List a sender's mandates, give one, or end those of a CPAS with `--until` alone.

    Exit: 0 done, 1 not done, 2 usage.
    """
    settings = output.settings()
    party = _one(settings, number)
    if company is not None:
        if problems := _wrong_terms([company], forms or ()):
            output.stop("\n".join(problems), output.USAGE)
        if party.sender.kind != "vendor":
            output.stop(f"{number} is of kind {party.sender.kind}: only a vendor speaks for a CPAS.")
        terms = (start and start.date(), until and until.date(), frozenset(forms) if forms else None)
        asyncio.run(_give_or_end(settings, party, company, terms, by))
        party = _one(settings, number)
    lines = [_mandate_line(held) for held in party.mandates if company in (None, held.company_id)]
    if json:
        for line in lines:
            output.tell_json({"number": number, **line})
        return
    rows = [
        (line["company_id"], line["valid_from"], line["valid_to"], " ".join(line["forms"] or ("all",)))
        for line in lines
    ]
    output.show(("CPAS", "from", "until", "forms"), rows)


async def _give_or_end(settings: Settings, party: "Party", company: str, terms: Terms, by: str | None) -> None:
    from handlers.promises import brussels_date
    from service.cli.session import opened
    from service.store import parties
    from service.store.access import Change

    start, until, forms = terms
    number = party.sender.number
    async with opened(settings) as session, session.engine.begin() as connection:
        change = Change(_actor(by), await session.clock.now(connection))
        yesterday = brussels_date(change.at) - timedelta(days=1)
        if until is not None and until < yesterday:
            output.stop(f"--until {until} is past: what was sent since then was accepted. The earliest is {yesterday}.")
        if until is not None and start is None and forms is None:
            if await parties.end_mandates(connection, number, company, until, change):
                return
            if any(held.company_id == company and held.holds_on(until) for held in party.mandates):
                return
        await parties.give_mandates(connection, number, [_mandate(company, terms, change.at)], change)


@app.command("suspend")
def suspend(number: Number, reason: Reason, by: By = None, json: output.Json = False) -> None:
    """Shut a sender out at once: nothing is taken from it any more, and its broker user loses every right.

    Exit: 0 done, 1 not done, 2 usage.
    """
    _change_access(number, reason, by, is_suspension=True, json=json)


@app.command("resume")
def resume(number: Number, reason: Reason, by: By = None, json: output.Json = False) -> None:
    """Let a suspended sender speak again, with the mandates and the password that it had.

    Exit: 0 done, 1 not done, 2 usage.
    """
    _change_access(number, reason, by, is_suspension=False, json=json)


def _change_access(number: str, reason: str, by: str | None, *, is_suspension: bool, json: bool) -> None:
    from service.channel.topology import ONEM
    from service.cli import logs

    settings = output.settings()
    logs.silence()
    if not reason.strip():
        output.stop("--reason is compulsory: the history of access keeps it.", output.USAGE)
    if number == ONEM:
        output.stop(f"{ONEM} is ONEM itself: without it nothing is decided. It cannot be suspended.")
    party = _one(settings, number)
    has_changed = asyncio.run(_suspend_or_resume(settings, number, reason, by, is_suspension=is_suspension))
    way = reach.shut(settings, number) if is_suspension else reach.reopen(settings, number, party.sender.kind)
    commands = asyncio.run(way)
    if json:
        output.tell_json(
            {"number": number, "active": not is_suspension, "changed": has_changed, "commands": list(commands)}
        )
        return
    state = "suspended" if is_suspension else "open"
    print(f"Sender {number} is {state}{'' if has_changed else ', as it was already'}.")
    if is_suspension and settings.channel is ChannelKind.FOLDER:
        print("What still arrives in its folder is refused (ACRF-103); close its account on the server of the folders.")
    if commands:
        print("The broker's administration was not reached. Run there:")
        print("\n".join(f"  {command}" for command in commands))


async def _suspend_or_resume(
    settings: Settings, number: str, reason: str, by: str | None, *, is_suspension: bool
) -> bool:
    from service.cli.session import opened
    from service.store import parties
    from service.store.access import Change

    act = parties.suspend if is_suspension else parties.resume
    async with opened(settings) as session, session.engine.begin() as connection:
        return await act(connection, number, reason, Change(_actor(by), await session.clock.now(connection)))


@app.command("log")
def log(number: Number, json: output.Json = False) -> None:
    """Tell who let this sender speak, for what, when."""
    settings = output.settings()
    _one(settings, number)
    lines = asyncio.run(_history(settings, number))
    if json:
        for line in lines:
            output.tell_json({"at": line.at, "actor": line.actor, "kind": line.kind.value, "detail": line.detail})
        return
    rows = [
        (output.moment(line.at), line.actor, line.kind, " ".join(f"{k}={v}" for k, v in line.detail.items()))
        for line in lines
    ]
    output.show(("when", "who", "what", "detail"), rows)


async def _history(settings: Settings, number: str) -> "list[Line]":
    from service.cli.session import opened
    from service.store import access

    async with opened(settings) as session, session.engine.begin() as connection:
        return await access.history(connection, number)
