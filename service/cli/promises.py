"""`promises`: what CPAS and ONEM promise each other, and which tests prove each."""

from typing import TYPE_CHECKING, Any

import typer

from service.cli import output
from service.cli.validate import Language, Tongue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.pledges import Pledge

HEADINGS = {
    "fr": ("promesse", "par", "tests", "ce qui est promis"),
    "nl": ("belofte", "door", "tests", "wat beloofd is"),
    "de": ("Zusage", "von", "Tests", "was zugesagt ist"),
    "en": ("promise", "by", "tests", "what is promised"),
}


def promises(language: Language = None, json: output.Json = False) -> None:
    """List each promise with the tests that prove it; `--json` names the tests.

    Exit: 0 each has a test, 1 one has none.
    """
    from handlers.pledges import pledges

    raise typer.Exit(show(pledges(), Tongue(language or output.settings().language), json=json))


def show(all_of_them: "Sequence[Pledge]", tongue: Tongue, *, json: bool) -> int:
    """Print the promises; gives the exit code."""
    from handlers.pledges import unproven

    if json:
        for pledge in all_of_them:
            output.tell_json(_as_json(pledge, tongue))
    else:
        rows = [(pledge.id, pledge.by, len(pledge.tests), pledge.sentences[tongue]) for pledge in all_of_them]
        output.show(HEADINGS[tongue], rows)
    open_ones = unproven(all_of_them)
    if open_ones:
        output.say(f"No test proves {', '.join(pledge.id for pledge in open_ones)}.")
    return 1 if open_ones else 0


def _as_json(pledge: "Pledge", tongue: Tongue) -> dict[str, Any]:
    return {"id": pledge.id, "by": pledge.by, "sentence": pledge.sentences[tongue], "tests": list(pledge.tests)}
