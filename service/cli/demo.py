"""`demo`: the main job on the embedded default, from an empty directory to explained decisions."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli import output


def demo(
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", file_okay=False, help="Keep the files in this directory."),
    ] = None,
    json: output.Json = False,
) -> None:
    """Send example requests through the real pipeline and show what comes out.

    Exit: 0 all came out as expected, 1 something did not.
    """
    from service.cli import logs
    from service.demo.show import present

    logs.silence()
    if keep is not None and keep.exists() and any(keep.iterdir()):
        output.stop(f"{keep} is not empty: name a new directory.", output.USAGE)
    if not present(keep, json=json):
        raise typer.Exit(1)
