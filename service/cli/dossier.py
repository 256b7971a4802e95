"""`dossier`: the life of a request as a timeline - who did what, when, on what ground - and where it stands.

It names nobody: tickets, codes and dates only. What is internal to ONEM is marked; a CPAS is never told it (OCCP008).
"""

import asyncio
import textwrap
import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Any

import typer

from service.cli import output
from service.cli.validate import Language, Tongue
from service.settings import Settings

Line = dict[str, Any]
_INDENT = 20
"""Columns under which the details of an event stand: after its time."""


def dossier(
    ticket: Annotated[str, typer.Argument(help="The dossier's number, or the ticket of any of its messages.")],
    language: Language = None,
    json: output.Json = False,
) -> None:
    """Tell a dossier: what happened, deadlines, decisions, documents, messages; `--json` gives all of it.

    Exit: 0 found, 1 no such ticket.
    """
    settings = output.settings()
    found = asyncio.run(_find(settings, ticket))
    if found is None:
        output.stop(f"No dossier has the ticket {ticket}.")
    if json:
        output.tell_json(found)
    else:
        tell(found, Tongue(language or settings.language))


async def _find(settings: Settings, ticket: str) -> Line | None:
    from service import views
    from service.cli.session import opened

    async with opened(settings) as session, session.engine.begin() as connection:
        return await views.dossier(connection, ticket)


@cache
def words(tongue: str) -> dict[str, str]:
    """Give what is said around the data, in a language."""
    text = resources.files("service.cli").joinpath("dossier.toml").read_text("utf-8")
    found: dict[str, str] = tomllib.loads(text)[tongue]
    return found


def tell(found: Line, tongue: Tongue) -> None:
    """Print a dossier for people; times are Brussels time."""
    say = words(tongue)
    _head(found, tongue)
    _history(found, tongue)
    _deadlines(found, say)
    _decisions(found, say)
    if found["documents"]:
        rows = [(line["form"], line["position"], line["media_type"], line["size"]) for line in found["documents"]]
        output.show([say[name] for name in ("form", "number", "kind", "size")], rows, title=say["documents"])
    if found["tasks"]:
        tasks = [
            (line["ticket"], line["office"], line["state"], output.moment(line["due_at"]), " ".join(line["reasons"]))
            for line in found["tasks"]
        ]
        output.show([say[name] for name in ("task", "office", "state", "due", "reasons")], tasks, title=say["tasks"])
    messages = [
        ({"in": "→", "out": "←"}[line["direction"]], output.moment(line["at"]), *_message(line))
        for line in found["messages"]
    ]
    output.show(["", *(say[name] for name in ("when", "message", "party", "file"))], messages, title=say["messages"])


def _message(line: Line) -> tuple[object, ...]:
    return line["identification"], line["party"], line["file_name"]


def _head(found: Line, tongue: Tongue) -> None:
    from handlers.status_query import words_in

    say, label = words(tongue), words_in(tongue)["state"][found["state"]]
    print(say["dossier"].format(ticket=found["ticket"], label=label, state=found["state"]))
    print("  " + say["cpas"].format(**found))
    granted = say["derogation"] if found["has_derogation"] else ""
    end = found["contract_end"] or say["unknown"]
    counted = found["calculations"]
    start = found["occupation_start"]
    print("  " + say["contract"].format(start=start, end=end, calculations=counted, derogation=granted) + "\n")


def _history(found: Line, tongue: Tongue) -> None:
    """Print the timeline as lines, not a table: what happened may take many words."""
    from handlers.status_query import words_in

    say, book = words(tongue), words_in(tongue)["history"]
    print(say["timeline"])
    for line in found["history"]:
        what = book[line["kind"]] + (f" ({say['internal']})" if line["internal"] else "")
        print(f"  {output.moment(line['at'])}  {what} · {line['actor']} · {line['ground']}")
        detail = " · ".join(f"{name} {value}" for name, value in line["detail"].items())
        for part in textwrap.wrap(detail, output.console().width - _INDENT, break_on_hyphens=False):
            print(" " * _INDENT + part)
    print()


def _deadlines(found: Line, say: dict[str, str]) -> None:
    rows = []
    for line in found["deadlines"]:
        ended = line["ended_at"] and output.moment(line["ended_at"])
        breach = say["breached"].format(at=output.moment(line["breached_at"])) if line["breached_at"] else ""
        state = " ".join(filter(None, (line["state"], breach)))
        rows.append((line["kind"], output.moment(line["due_at"]), ended, state))
    output.show([say[name] for name in ("deadline", "due", "end", "state")], rows, title=say["deadlines"])


def _decisions(found: Line, say: dict[str, str]) -> None:
    if not found["decisions"]:
        return
    rows = [
        (
            line["ticket"],
            output.moment(line["decided_at"]),
            f"agent {line['agent']}" if line["agent"] else "service",
            line["law"],
            line["contract_end"],
            "✓" if line["in_force"] else "",
        )
        for line in found["decisions"]
    ]
    headings = ("decision", "when", "by", "law", "contract_ends", "in_force")
    output.show([say[name] for name in headings], rows, title=say["decisions"])
