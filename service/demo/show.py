"""Shows the demonstration: what came in, what went out, where it stands, and one decision explained.

Everything shown was read back from the out folders and the store; it fits 80 columns and needs no terminal.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.tree import Tree

from handlers.outcome import DeadlineKind
from schemas.codec import decode
from schemas.models import CalculationStep, Decision, Notification
from service.cli import output
from service.demo import requests
from service.demo.run import Exchange, Story, Stuck, run

FILES = len(requests.first_wave()) + len(requests.second_wave()) + 1


def present(keep: Path | None, *, json: bool) -> bool:
    """Run the demonstration and show it; True where everything came out as expected. `keep` is where its files stay."""
    directory = keep or Path(tempfile.mkdtemp(prefix="cpas-onem-demo-"))
    directory.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    try:
        story = _run(directory, quietly=json)
    except Stuck as stuck:
        output.say(f"The demonstration came to no end: {stuck}")
        return False
    finally:
        if keep is None:
            shutil.rmtree(directory, ignore_errors=True)
    if json:
        for exchange in story.exchanges:
            output.tell_json(as_json(exchange))
    else:
        _tell(story, time.monotonic() - begun, keep)
    return story.is_as_expected


def _run(directory: Path, *, quietly: bool) -> Story:
    columns = (TextColumn("{task.description:<17}"), BarColumn(), TextColumn("{task.completed}/{task.total} files"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), disable=quietly) as display:
        task = display.add_task("starting", total=FILES)
        return asyncio.run(run(directory, lambda what, n: display.update(task, description=what, advance=n)))


def as_json(exchange: Exchange) -> dict[str, Any]:
    """Give one exchange as plain data."""
    readings, dossier = exchange.readings, exchange.dossier
    return {
        "file": exchange.sent.file_name,
        "what": exchange.example.what,
        "answers": [reading.name for reading in readings],
        "as_expected": exchange.is_as_expected,
        "error_ids": sorted({error for reading in readings for error in reading.error_ids}),
        "ticket": next((reading.ticket for reading in readings if reading.ticket), None),
        "state": dossier and dossier["state"],
        "contract_end": dossier and dossier["contract_end"],
        "due": dossier and _promises(dossier)[0]["due_date"],
    }


def _tell(story: Story, seconds: float, keep: Path | None) -> None:
    console = output.console()
    console.print("\n[bold]CPAS@ONEM: calculation requests in, explained decisions out[/]")
    console.print(
        "Folder channel and SQLite in a directory of their own; invented persons. The clock is set for the "
        f"demonstration: it is always {requests.NOW:%A %d %B %Y, %H:%M} in Brussels.\n"
    )
    console.print(_overview(story))
    console.print(_anomalies(story))
    console.print(_reviews(story))
    console.print(_deadlines(story))
    _explain(console, story)
    wrong = [exchange for exchange in story.exchanges if not exchange.is_as_expected]
    for exchange in wrong:
        got = ", ".join(reading.name for reading in exchange.readings) or "nothing"
        expected = ", ".join(exchange.example.expected)
        console.print(f"[bold]Not as expected:[/] {exchange.example.what}: {got}; expected {expected}.")
    if story.agent is None or not story.agent.is_as_expected:
        console.print("[bold]Not as expected:[/] the agent's outcome was not accepted.")
    answers = sum(len(exchange.answers) for exchange in (*story.exchanges, *([story.agent] if story.agent else ())))
    if story.is_as_expected:
        console.print(f"{FILES} files in, {answers} answers read, all as expected, in {seconds:.1f} s.")
    if keep is not None:
        console.print(f"The files are in {keep}: channel/<sender>/OUT holds the answers.", soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    made = output.table(*columns, title=title)
    made.title_style = "bold"
    return made


def _overview(story: Story) -> Table:
    table = _table("What came in, what went out", "file", "what it is", "answers", "dossier", "contract ends")
    for number, exchange in enumerate(story.exchanges):
        name, dossier = exchange.sent.file_name.split("."), exchange.dossier
        table.add_row(
            f"{name[2]}\n{name[4]}",
            exchange.example.what,
            "\n".join(_folded(exchange, story.exchanges[:number])),
            f"{dossier['state']}\n{dossier['ticket']}" if dossier else "none",
            str(dossier["contract_end"] or "") if dossier else "",
        )
    return table


def _folded(exchange: Exchange, before: Sequence[Exchange]) -> Iterator[str]:
    names = [reading.name.replace("NOTIFICATION", "NOTIF.") for reading in exchange.readings]
    yield ", ".join(names[:2])
    if len(names) > 2:
        yield ", ".join(names[2:])
    if any(earlier.sent == exchange.sent and exchange.repeats(earlier) for earlier in before):
        yield "the same bytes"


def _anomalies(story: Story) -> Table:
    table = _table("Why something was refused or warned of", "file", "code", "line", "label, in the sender's language")
    for exchange in story.exchanges:
        sequence = exchange.sent.file_name.split(".")[4]
        for code, line, label in _found_in(exchange):
            table.add_row(sequence, code, str(line or ""), label)
    return table


def _found_in(exchange: Exchange) -> Iterator[tuple[str, int | None, str]]:
    for answer in exchange.answers:
        message = decode(answer.body)
        if isinstance(message, Notification):
            yield from ((r.error_id, r.line, r.label) for r in message.handling.reports)
        elif message.header.identification == "ACRF001":
            yield from ((d.error_id, d.line, d.label) for d in getattr(message, "diagnoses", ()))


def _reviews(story: Story) -> Table:
    table = _table("What an agent has to settle", "dossier", "reasons", "state", "due in Brussels")
    for task in story.tasks:
        due = output.moment(task["due_at"])
        table.add_row(task["dossier"], " ".join(task["reasons"]), task["state"], due)
    return table


def _promises(dossier: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the deadlines by which ONEM answers (promise O2); reminders and the closure are others."""
    return [line for line in dossier["deadlines"] if line["kind"] == DeadlineKind.O2_DECISION]


def _deadlines(story: Story) -> Table:
    table = _table("Five working days from the day after receipt", "dossier", "received", "due", "state", "met")
    seen = {exchange.dossier["ticket"]: exchange.dossier for exchange in story.exchanges if exchange.dossier}
    for ticket, dossier in seen.items():
        for line in _promises(dossier):
            met = output.moment(line["ended_at"]) if line["ended_at"] else ""
            table.add_row(ticket, output.moment(line["received_at"]), str(line["due_date"]), line["state"], met)
    return table


def _explain(console: Console, story: Story) -> None:
    """Print the explanation that one decision carries, as its sender received it."""
    exchange = next((e for e in story.exchanges if e.example.sequence == requests.EXPLAINED and e.readings), None)
    body = exchange.body_of("OCCP003") if exchange else None
    decision = decode(body) if body else None
    detail = decision.calculation.detail if isinstance(decision, Decision) else None
    if not isinstance(decision, Decision) or detail is None:
        return
    console.print("[bold]One decision explained, as its OCCP003 says it[/]")
    found = decision.calculation
    console.print(
        f"Jours requis : {found.required_days}. Jours prouvés : {found.proven_days}. À travailler : "
        f"{found.remaining_days}. Fin du contrat : {found.contract_end:%d.%m.%Y}. Première demande possible : "
        f"{found.first_claim_date:%d.%m.%Y}.\n"
    )
    console.print(_branch(detail, Tree("", hide_root=True)))
    console.print()


def _branch(step: CalculationStep, under: Tree) -> Tree:
    from rich.text import Text

    branch = under.add(Text(step.text))
    for child in step.children:
        _branch(child, branch)
    return under
