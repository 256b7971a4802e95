"""`sender`: who may send, for which CPAS, and what a vendor needs to know to begin.

It makes the row, the mandates, and on RabbitMQ the user and the queue, on the folder channel the folders. A generated
password is shown once and kept nowhere.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.settings import ChannelKind, Settings

if TYPE_CHECKING:
    from handlers.dossier import Sender
    from service.broker_admin import Access

app = typer.Typer(help="Who may send, and for which CPAS.", no_args_is_help=True)

LANGUAGES = {"nl": 1, "fr": 2, "de": 3}


@dataclass(frozen=True, slots=True)
class Way:
    """How a sender reaches us; what does not apply is None. `amqp_url` holds a password the one time it is made."""

    queue: str | None = None
    amqp_url: str | None = None
    folder_in: str | None = None
    folder_out: str | None = None
    commands: tuple[str, ...] = ()
    """What an operator must still run on the broker."""


@app.command("add")
def add(
    number: Annotated[str, typer.Argument(help="Six digits; 000001 is ONEM itself.")],
    name: Annotated[str, typer.Option("--name", help="The software house.")],
    language: Annotated[str, typer.Option("--language", help="fr, nl or de, for what cannot be read.")] = "fr",
    mandates: Annotated[
        list[str] | None, typer.Option("--mandate", metavar="COMPANYID", help="A CPAS it speaks for. Repeatable.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="vendor or onem.")] = "vendor",
    json: output.Json = False,
) -> None:
    """Add a sender, or give a known one its new name and further mandates.

    Exit: 0 done, 1 not done, 2 usage.
    """
    from service.cli import logs

    settings = output.settings()
    logs.silence()
    sender = _checked(number, name, language, kind, mandates or ())
    is_new, way = asyncio.run(_add(settings, sender, mandates or ()))
    found = {
        "number": sender.number,
        "name": sender.name,
        "kind": sender.kind.value,
        "language": language,
        "mandates": list(mandates or ()),
        "new": is_new,
        **{field: getattr(way, field) for field in Way.__slots__},
    }
    if json:
        output.tell_json(found)
    else:
        _letter(settings, found)


def _checked(number: str, name: str, language: str, kind: str, mandates: Sequence[str]) -> "Sender":
    from handlers.dossier import PartyKind, Sender
    from schemas.identifiers import bce_is_valid, sender_is_wellformed

    problems = [
        *([] if sender_is_wellformed(number) else [f"{number} is no sender number: six digits."]),
        *([] if language in LANGUAGES else [f"--language {language}: write fr, nl or de."]),
        *([] if kind in set(PartyKind) else [f"--kind {kind}: write vendor or onem."]),
        *(f"--mandate {company}: no enterprise number." for company in mandates if not bce_is_valid(company)),
    ]
    if problems:
        output.stop("\n".join(problems), output.USAGE)
    return Sender(number, name, PartyKind(kind), LANGUAGES[language])


async def _add(settings: Settings, sender: "Sender", companies: Sequence[str]) -> tuple[bool, Way]:
    from handlers.dossier import Mandate
    from handlers.promises import brussels_date
    from service.cli.session import opened
    from service.store import parties

    async with opened(settings) as session, session.engine.begin() as connection:
        now = await session.clock.now(connection)
        is_new = await parties.add(connection, sender, now)
        held = (await parties.load(connection, [sender.number]))[sender.number].mandates
        standing = {mandate.company_id for mandate in held if mandate.valid_to is None}
        fresh = [Mandate(company, brussels_date(now)) for company in companies if company not in standing]
        await parties.give_mandates(connection, sender.number, fresh)
    if settings.channel is ChannelKind.AMQP:
        return is_new, await _on_broker(settings, sender.number)
    return is_new, _in_folder(settings, sender.number)


def _in_folder(settings: Settings, number: str) -> Way:
    home = settings.folder / number
    for part in ("IN", "OUT"):
        (home / part).mkdir(parents=True, exist_ok=True)
    return Way(folder_in=str(home / "IN"), folder_out=str(home / "OUT"))


async def _on_broker(settings: Settings, number: str) -> Way:
    from service import broker_admin
    from service.channel import topology as broker
    from service.cli.topology import declare

    await declare(settings, [number])
    try:
        access = await broker_admin.grant(settings.broker_admin, settings.amqp_url or "", number)
    except broker_admin.AdministrationFailed as failure:
        output.stop(str(failure))
    return Way(broker.out_queue(number), _address(settings, access), commands=access.commands)


def _address(settings: Settings, access: "Access") -> str:
    from yarl import URL

    return str(URL(settings.amqp_url or "").with_user(access.rights.user).with_password(access.password))


def _letter(settings: Settings, found: dict[str, Any]) -> None:
    """Print what the vendor must set up."""
    print(f"Sender {found['number']}, {found['name']}: {'added' if found['new'] else 'known already, updated'}.")
    if found["mandates"]:
        print(f"Speaks for: {', '.join(found['mandates'])}, from today.")
    number, environment = found["number"], settings.environment
    print(f"\nFor the vendor\n  File names: FI.OCCP.{number}.<yyyymmdd>.<sequence>.{environment}.1.1, each used once.")
    if found["queue"] is None:
        print(
            f"  Send:    write the file into {found['folder_in']}, then an empty GO.OCCP.….{environment}.1 beside it."
        )
        print(f"  Receive: {found['folder_out']}; an answer is complete when its GO file is there.")
    else:
        print(f"  Broker:  {found['amqp_url']}")
        print(f"  Send:    to exchange occp.in, key OCCP001.0.{number}, user_id {number}, delivery_mode 2.")
        print(f"  Receive: from queue {found['queue']}.")
        if not found["commands"] and ":" not in str(found["amqp_url"]).split("//")[-1].split("@")[0]:
            print("  The user existed: its password is as before.")
        else:
            print("  The password is shown this once and kept nowhere.")
    if found["commands"]:
        print("\nThe broker's administration was not reached. Run there, and choose the password:")
        print("\n".join(f"  {command}" for command in found["commands"]))


@app.command("list")
def list_(json: output.Json = False) -> None:
    """List senders and their mandates."""
    settings = output.settings()
    languages = {code: tag for tag, code in LANGUAGES.items()}
    lines: list[dict[str, Any]] = [
        {
            "number": party.sender.number,
            "name": party.sender.name,
            "kind": party.sender.kind.value,
            "language": languages[party.sender.language],
            "active": party.sender.active,
            "mandates": [
                {"company_id": m.company_id, "valid_from": m.valid_from, "valid_to": m.valid_to} for m in party.mandates
            ],
        }
        for party in asyncio.run(_list(settings))
    ]
    if json:
        for line in lines:
            output.tell_json(line)
        return
    rows = [
        (*(line[key] for key in ("number", "name", "kind", "language")), " ".join(_companies(line))) for line in lines
    ]
    output.show(("number", "name", "kind", "language", "speaks for"), rows)


def _companies(line: dict[str, Any]) -> list[str]:
    return [mandate["company_id"] for mandate in line["mandates"]]


async def _list(settings: Settings) -> list[Any]:
    from service.cli.session import opened
    from service.store import parties

    async with opened(settings) as session, session.engine.begin() as connection:
        return list((await parties.load(connection)).values())
