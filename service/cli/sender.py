"""`sender`: who may send what, for which CPAS, from when to when, and what a vendor needs to know to begin.

    add ─► list · mandate · log ─► suspend ◄─► resume

It makes the row, the mandates, and on RabbitMQ the user and the queue, on the folder channel the folders. A generated
password is shown once and kept nowhere. Every change is kept in the history of access with who made it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from service.cli import access, mandates, output, reach, senders
from service.settings import Settings

if TYPE_CHECKING:
    from handlers.dossier import Sender
    from service.cli.reach import Way
    from service.letter.write import Tongue
    from service.store.parties import Party

app = typer.Typer(help="Who may send what, and for which CPAS.", no_args_is_help=True)
app.command("mandate")(mandates.mandate)
app.command("suspend")(access.suspend)
app.command("resume")(access.resume)
app.command("log")(access.log)

TONGUES = ("fr", "nl", "de", "en")
LONGEST_NAME = 120
LANGUAGES = {"nl": 1, "fr": 2, "de": 3}


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
    forms: senders.Forms = None,
    start: senders.From = None,
    until: senders.Until = None,
    by: senders.By = None,
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
    told = _handed_over(settings, senders.one(settings, number), way, now, tongue)
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


def _checked(
    number: str, name: str, language: str, kind: str, mandates: Sequence[str], forms: Sequence[str]
) -> "Sender":
    from handlers.dossier import PartyKind, Sender
    from schemas.identifiers import sender_is_wellformed

    problems = [
        *([] if sender_is_wellformed(number) else [f"{number} is no sender number: six digits."]),
        *([] if name.strip() else ["--name is empty: name the software house."]),
        *([] if len(name) <= LONGEST_NAME else [f"--name has {len(name)} characters: write at most {LONGEST_NAME}."]),
        *([] if language in LANGUAGES else [f"--language {language}: write fr, nl or de."]),
        *([] if kind in set(PartyKind) else [f"--kind {kind}: write vendor, federation or onem."]),
        *([f"A {kind} needs no mandate: only a vendor speaks for a CPAS."] if mandates and kind != "vendor" else []),
        *senders.wrong_terms(mandates, forms),
    ]
    if problems:
        output.stop("\n".join(problems), output.USAGE)
    return Sender(number, name, PartyKind(kind), LANGUAGES[language])


async def _add(
    settings: Settings, sender: "Sender", companies: Sequence[str], terms: senders.Terms, by: str | None
) -> "tuple[bool, Way, datetime]":
    from service.cli.session import opened
    from service.store import parties
    from service.store.access import Change

    async with opened(settings) as session, session.engine.begin() as connection:
        change = Change(senders.actor(by), await session.clock.now(connection))
        is_new = await parties.add(connection, sender, change)
        party = (await parties.load(connection, [sender.number]))[sender.number]
        if party.suspension is not None:
            output.stop(
                f"Sender {sender.number} is suspended ({party.suspension.reason}). "
                f"To let it in again: cpas-onem sender resume {sender.number} --reason …"
            )
        fresh = [senders.new_mandate(company, terms, change.at) for company in companies]
        standing = {(held.company_id, held.forms) for held in party.mandates if held.valid_to is None}
        fresh = [given for given in fresh if terms[0] or terms[1] or (given.company_id, given.forms) not in standing]
        await parties.give_mandates(connection, sender.number, fresh, change)
    return is_new, await reach.open_way(settings, sender.number, sender.kind), change.at


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
    lines = [_line(party) for party in asyncio.run(senders.load(output.settings()))]
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
        "mandates": [senders.mandate_line(mandate) for mandate in party.mandates],
    }


def _told(mandate: dict[str, Any]) -> str:
    until = f" to {mandate['valid_to']}" if mandate["valid_to"] else ""
    forms = f", {' '.join(mandate['forms'])}" if mandate["forms"] is not None else ""
    return f"{mandate['company_id']} from {mandate['valid_from']}{until}{forms}"
