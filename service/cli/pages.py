"""Where `calculate --html OUT` writes: one page for one file, a page each in a directory for several.

    one FILE,  OUT a file or nothing yet  ──► OUT
    one FILE,  OUT a directory            ──► OUT/<name of FILE>.html
    many FILEs, OUT a directory or nothing ──► OUT/<name of each FILE>.html

It refuses to write several pages into one file. A page that stands there already is replaced.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli import output

if TYPE_CHECKING:
    from calculation.facts import Facts
    from calculation.result import Result

_PAGE = ".html"


def places(files: Sequence[Path], out: Path) -> list[Path]:
    """Give the page's path of each file, or end the command with a sentence; makes the directory for several."""
    if len(files) == 1 and not out.is_dir():
        if not out.parent.is_dir():
            output.stop(f"--html {out}: there is no directory {out.parent}. Make it first.", output.USAGE)
        return [out]
    if out.is_file() or (out.suffix == _PAGE and not out.is_dir()):
        output.stop(f"--html {out}: {len(files)} files make {len(files)} pages. Name a directory.", output.USAGE)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        output.stop(f"--html {out}: {error.strerror}. Name a directory that can be made.", output.USAGE)
    return [out / name for name in _names(files)]


def _names(files: Sequence[Path]) -> list[str]:
    """Name each page after its file; those of one name are told apart by a number."""
    names: list[str] = []
    for file in files:
        name, number = f"{file.stem}{_PAGE}", 2
        while name in names:
            name, number = f"{file.stem}-{number}{_PAGE}", number + 1
        names.append(name)
    return names


def write(place: Path, facts: "Facts", result: "Result", language: str) -> None:
    """Write one page, or end the command with what keeps it from being written."""
    from service.page.render import page

    try:
        place.write_text(page(facts, result, language), "utf-8")
    except OSError as error:
        output.stop(f"--html {place}: {error.strerror}. Name another place.", output.USAGE)
