"""`deadlines`: what is due and what is late, the first due first. It names nobody: tickets, offices and dates only."""

import asyncio
import re
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.settings import Settings

if TYPE_CHECKING:
    from service.overdue import Counts, Standing

LATE = 4
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def deadlines(
    within: Annotated[
        str, typer.Option("--within", metavar="TIME", help="Look so far ahead: 90m, 12h, 1d, 2w; 0d for what is late.")
    ] = "1d",
    office: Annotated[
        str | None, typer.Option("--office", metavar="CODE", help="One office's, else CPAS_ONEM_OFFICE; without, all.")
    ] = None,
    json: output.Json = False,
) -> None:
    """Show what is due and what is late, sorted by due date; with `--json` the last line holds the counts.

    Exit: 0 nothing is late, 4 something is.
    """
    ahead = _span(within)
    found, counts = asyncio.run(_find(output.settings(office=office), ahead))
    if json:
        for standing in found:
            output.tell_json(as_json(standing))
        output.tell_json({"counts": asdict(counts)})
    else:
        _tell(found, counts, within)
    if counts.late:
        raise typer.Exit(LATE)


def _span(written: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,4})([mhdw])", written)
    if match is None:
        output.stop(f"--within {written}: write a number and m, h, d or w, such as 12h or 1d.", output.USAGE)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


async def _find(settings: Settings, ahead: timedelta) -> "tuple[list[Standing], Counts]":
    from service import overdue
    from service.cli.session import opened

    async with opened(settings) as place, place.engine.begin() as connection:
        now = await place.clock.now(connection)
        found = await overdue.standings(connection, now, now + ahead, settings.office)
        return found, await overdue.counts(connection, now, settings.office)


def as_json(standing: "Standing") -> dict[str, Any]:
    """Give one deadline as plain data; `late_by` in seconds, null while it is not late."""
    late = standing.late_by
    return {
        "kind": standing.kind,
        "dossier": standing.dossier,
        "form": standing.form,
        "office": standing.office,
        "state": standing.state,
        "due_date": standing.due_date,
        "due": output.moment(standing.due_at),
        "due_at": standing.due_at,
        "late_by": late and int(late.total_seconds()),
        "breached_at": standing.breached_at,
    }


def _tell(found: "list[Standing]", counts: "Counts", within: str) -> None:
    from handlers.deadline import span

    rows = [
        (
            standing.kind,
            standing.dossier,
            standing.office,
            standing.state,
            output.moment(standing.due_at),
            span(standing.late_by) if standing.late_by is not None else "",
        )
        for standing in found
    ]
    if rows:
        output.show(("deadline", "dossier", "office", "state", "due in Brussels", "late by"), rows)
    else:
        print(f"Nothing is due within {within}.")
    print(
        f"counts: {counts.open} open, {counts.late} late; promise O2 broken: {counts.breached_open} still unanswered, "
        f"{counts.breached} in all"
    )
