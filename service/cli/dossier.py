"""`dossier`: where a request stands. It names nobody: tickets, codes and dates only."""

import asyncio
from typing import Annotated, Any

import typer

from service.cli import output
from service.settings import Settings


def dossier(
    ticket: Annotated[str, typer.Argument(help="The dossier's number, or the ticket of any of its messages.")],
    json: output.Json = False,
) -> None:
    """Show a dossier: state, deadlines, messages, history.

    Exit: 0 found, 1 no such ticket.
    """
    found = asyncio.run(_find(output.settings(), ticket))
    if found is None:
        output.stop(f"No dossier has the ticket {ticket}.")
    if json:
        output.tell_json(found)
    else:
        tell(found)


async def _find(settings: Settings, ticket: str) -> dict[str, Any] | None:
    from service import views
    from service.cli.session import opened

    async with opened(settings) as session, session.engine.begin() as connection:
        return await views.dossier(connection, ticket)


def tell(found: dict[str, Any]) -> None:
    """Print a dossier for people; times are Brussels time."""
    print(f"Dossier {found['ticket']}: {found['state']}")
    print(f"  CPAS {found['company_id']} through sender {found['sender']}")
    print(f"  contract from {found['occupation_start']} to {found['contract_end'] or 'not known yet'}\n")
    deadlines = [
        (
            line["kind"],
            output.moment(line["due_at"]),
            line["state"],
            line["ended_at"] and output.moment(line["ended_at"]),
        )
        for line in found["deadlines"]
    ]
    output.show(("deadline", "due", "state", "met"), deadlines)
    tasks = [
        (line["ticket"], line["office"], line["state"], output.moment(line["due_at"]), " ".join(line["reasons"]))
        for line in found["tasks"]
    ]
    if tasks:
        output.show(("review task", "office", "state", "due", "reasons"), tasks)
    messages = [
        (line["direction"], output.moment(line["at"]), line["identification"], line["party"], line["file_name"])
        for line in found["messages"]
    ]
    output.show(("", "message", "", "party", "file"), messages)
    history = [
        (
            output.moment(line["at"]),
            line["actor"],
            line["kind"],
            line["ground"],
            " ".join(f"{name}={value}" for name, value in line["detail"].items()),
        )
        for line in found["history"]
    ]
    output.show(("when", "who", "what", "ground", "detail"), history)
