"""`rerun`: stored decisions calculated again with the law they were made under, years later if need be.

A decision stands on its receipt: the engine's version, the digest of each law file, the digest of the facts. The rerun
must give the message that was sent, byte for byte. Nothing is stored, sent or changed.
"""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.settings import Settings

if TYPE_CHECKING:
    from handlers.rerun import Rerun, StoredDecision

SAYS = {
    "Same": "the same, byte for byte",
    "OwnFigures": "same facts, law and receipt; an agent decided on own figures",
    "LawsChanged": "the law files are not those of the receipt",
    "EngineChanged": "another version of the engine's rules",
    "FactsChanged": "the stored facts are not those of the receipt",
    "Different": "ANOTHER ANSWER from the same facts and law",
}
"""What each way a rerun can come out means, for people."""

_GOOD = ("Same", "OwnFigures")


def rerun(
    ticket: Annotated[
        str | None, typer.Argument(help="A decision's ticket, or any of its dossier's; without one, every decision.")
    ] = None,
    json: output.Json = False,
) -> None:
    """Calculate stored decisions again and compare, byte for byte.

    Exit: 0 all the same, 1 one is not, or no such ticket.
    """
    counts = asyncio.run(_rerun(output.settings(), ticket, json))
    if not counts and ticket is not None:
        output.stop(f"No decision has the ticket {ticket}.")
    if not json:
        for name, count in counts.items():
            print(f"{count} {'decision' if count == 1 else 'decisions'}: {SAYS[name]}")
        if not counts:
            print("No decision is stored yet.")
    if any(name not in _GOOD for name in counts):
        raise typer.Exit(1)


async def _rerun(settings: Settings, ticket: str | None, json: bool) -> dict[str, int]:
    from handlers.rerun import rerun as again
    from service.cli.session import opened
    from service.store import decisions

    counts: dict[str, int] = {}
    async with opened(settings) as session, session.engine.connect() as connection:
        found = await decisions.tickets(connection, ticket)
        for number in output.tracked(found, len(found), quietly=json or len(found) < output.MANY):
            async for stored in decisions.load(connection, [number], session.vault):
                outcome = again(stored)
                counts[type(outcome).__name__] = counts.get(type(outcome).__name__, 0) + 1
                _tell(stored, outcome, json)
    return counts


def _tell(stored: "StoredDecision", outcome: "Rerun", json: bool) -> None:
    name = type(outcome).__name__
    detail = _detail(outcome)
    if json:
        found = {"ticket": stored.ticket, "dossier": stored.dossier, "automatic": stored.automatic, "rerun": name}
        output.tell_json({**found, **detail})
    elif name not in _GOOD:
        print(f"{stored.ticket} of dossier {stored.dossier}: {SAYS[name]}")
        for key, value in detail.items():
            print(f"  {key}: {value}")


def _detail(outcome: "Rerun") -> dict[str, Any]:
    from handlers.rerun import Different, EngineChanged, LawsChanged

    match outcome:
        case LawsChanged(changes=changes):
            laws = [{"law": one.instrument, "stored": one.stored, "present": one.present} for one in changes]
            return {"laws": laws}
        case EngineChanged(stored=stored, present=present):
            return {"stored": stored, "present": present}
        case Different(parts=parts):
            return {"parts": list(parts)}
        case _:
            return {}
