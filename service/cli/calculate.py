"""`calculate`: the calculation without a channel, for case files (TOML) and request messages (XML).

Nothing is stored and nothing is sent. A file that cannot be read as facts comes out as `invalid` with its problems; the
others are calculated all the same.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output, pages
from service.cli.compare import compare
from service.cli.facts_file import Unusable, facts_of
from service.cli.validate import Language, Tongue

if TYPE_CHECKING:
    from calculation.facts import Facts
    from calculation.result import Result

HEADINGS = {
    "fr": ("fichier", "résultat", "jours requis", "prouvés", "à travailler", "fin du contrat", "première demande"),
    "nl": ("bestand", "resultaat", "vereiste dagen", "bewezen", "te werken", "einde contract", "eerste aanvraag"),
    "de": ("Datei", "Ergebnis", "verlangte Tage", "bewiesen", "zu leisten", "Vertragsende", "erster Antrag"),
    "en": ("file", "outcome", "required days", "proven", "to work", "contract ends", "first claim"),
}


def calculate(
    files: output.Files,
    language: Language = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show every step, with its article.")] = False,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="What if: facts.contract.start=2026-10-01. [0] is an item, [+] one more, nothing takes away.",
        ),
    ] = None,
    side_by_side: Annotated[
        bool, typer.Option("--compare", help="Which steps differ between two files, or before and after --set.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Write a page that explains it, with a picture: file OUT for one FILE, a directory OUT for more.",
        ),
    ] = None,
    json: output.Json = False,
) -> None:
    """Calculate case files (TOML) and requests (XML).

    Exit: 0 all decided or for review, 1 a file is invalid, 2 usage.
    """
    settings = output.settings()
    tongue = Tongue(language or settings.language)
    if side_by_side and html:
        output.stop("--html explains one calculation, --compare sets two side by side: use one of them.", output.USAGE)
    if side_by_side:
        compare(files, changes or (), tongue, explain, json)
        return
    pages_at = iter(pages.places(files, html)) if html else None
    results = []
    for file in output.watched(files, printing=json):
        facts = facts_of(file, changes or (), settings.max_message_bytes, tongue)
        result = of_facts(facts)
        results.append((file, result))
        place = next(pages_at) if pages_at else None
        if place and not isinstance(facts, Unusable) and not isinstance(result, Unusable):
            pages.write(place, facts, result, tongue)
        if json:
            output.tell_json(as_json(file, result))
    if not json:
        _tell(results, tongue, explain)
    if any(isinstance(result, Unusable) for _, result in results):
        raise typer.Exit(1)


def of_facts(facts: "Facts | Unusable") -> "Result | Unusable":
    """Calculate what a file holds, or pass on why it cannot be."""
    from calculation.engine import calculate as engine

    return facts if isinstance(facts, Unusable) else engine(facts)


def as_json(file: Path, result: "Result | Unusable") -> dict[str, Any]:
    """Give the contract's object for one file, `file` first."""
    from calculation.case import result_to_json

    if isinstance(result, Unusable):
        found: dict[str, Any] = {"outcome": "invalid", "reasons": [], "warnings": [], "problems": list(result.problems)}
    else:
        found = result_to_json(result)
    return {"file": str(file), **found}


def _row(file: Path, result: "Result | Unusable") -> tuple[object, ...]:
    from calculation.result import Decided

    match result:
        case Unusable():
            return file, "invalid", *[None] * 5
        case Decided():
            found = result.computation
            outcome = " ".join(("decided", *result.warnings))
            days = (found.required_days, found.prior_days, found.remaining_days)
            return file, outcome, *days, found.contract_end, found.first_claim_date
        case _:
            return file, "review: " + " ".join(reason.code for reason in result.reasons), *[None] * 5


def _tell(results: "Sequence[tuple[Path, Result | Unusable]]", tongue: Tongue, explain: bool) -> None:
    from calculation.explain import text

    if not explain:
        output.show(HEADINGS[tongue], [_row(file, result) for file, result in results])
        for file, result in results:
            if isinstance(result, Unusable):
                output.say("\n".join(f"{file}: {problem}" for problem in result.problems))
        return
    for file, result in results:
        print(f"== {file}")
        print("\n".join(result.problems) if isinstance(result, Unusable) else text(result, tongue))
