"""How every command speaks: results on standard output, everything else on standard error.

With `--json`, one JSON object a line and nothing else on standard output. Dates are ISO, decimals keep their digits.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer

from service.settings import BadSettings, Settings, load

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Item = TypeVar("Item")

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="One or more files."),
]

SHORT = 16
"""Characters that a table never breaks: a time, a ticket, a code."""
MANY = 20
"""Files from which on a progress bar is worth its place."""
_GAP = 2
USAGE = 2
"""Exit code of a command that was used or set up wrongly."""


def tell_json(found: Mapping[str, Any]) -> None:
    """Print one object as one line, at once, so that a reader of a pipe sees it."""
    sys.stdout.write(json.dumps(found, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def moment(at: datetime) -> str:
    """Write a time for people: Brussels, to the minute."""
    return f"{at.astimezone(ZoneInfo('Europe/Brussels')):%Y-%m-%d %H:%M}"


def console() -> "Console":
    """Give the console for results; it measures the terminal, and falls back to 80 columns where there is none."""
    from rich.console import Console

    return Console(highlight=False)


def table(*columns: str, title: str | None = None) -> "Table":
    """Give a plain table that folds its last column rather than cut it."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in columns:
        made.add_column(name, overflow="fold")
    return made


def show(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print rows as a table; None shows as an empty cell."""
    from rich.markup import escape

    made = table(*headings, title=title)
    lines = [["" if cell is None else str(cell) for cell in row] for row in rows]
    screen = console()
    _hold(made, headings, lines, screen.width)
    for line in lines:
        made.add_row(*map(escape, line))
    screen.print(made)


def _hold(made: "Table", headings: Sequence[str], lines: Sequence[Sequence[str]], room: int) -> None:
    """Keep short cells whole; where the headings leave no room for the rest, let headings wrap at their words."""
    longest = [max((len(line[number]) for line in lines), default=0) for number in range(len(headings))]
    widths = [max(len(heading), cell) + _GAP for heading, cell in zip(headings, longest, strict=True)]
    narrow = sum(widths) > room
    for heading, cell, column in zip(headings, longest, made.columns, strict=True):
        column.no_wrap = cell <= SHORT and not narrow
        if cell <= SHORT and narrow:
            column.width = max([cell, *map(len, heading.split())])


def say(sentence: str) -> None:
    """Tell the reader something that is no result."""
    typer.echo(sentence, err=True)


def stop(sentence: str, code: int = 1) -> NoReturn:
    """End the command with a sentence on standard error."""
    say(sentence)
    raise typer.Exit(code)


def settings(**given: Any) -> Settings:
    """Read the settings, or end the command with each thing that is wrong with them."""
    try:
        return load(**given)
    except BadSettings as bad:
        stop(str(bad), USAGE)


def watched(files: Sequence[Path], *, printing: bool) -> Iterator[Path]:
    """Go through files, with a progress bar when they are many; none where results appear on the screen meanwhile."""
    yield from tracked(files, len(files), quietly=len(files) < MANY or (printing and sys.stdout.isatty()))


def tracked(items: Iterable[Item], count: int, *, quietly: bool) -> Iterator[Item]:
    """Go through `count` items, with a progress bar where a person watches standard error."""
    if quietly or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, total=count, console=Console(stderr=True), description="", transient=True)
