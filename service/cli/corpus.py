"""`corpus`: how far the engine decides alone, tried on invented careers.

The careers are drawn from assumptions (`service/corpus/figures.toml`), each with its reason; they are not statistics,
and the share says how the engine copes with such careers, not what an office will see.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.cli.validate import Language, Tongue
from service.corpus.careers import SEED

if TYPE_CHECKING:
    from calculation.result import Result
    from service.corpus.report import Report

SAID = {
    "fr": (
        "{decided} des {count} carrières inventées sont décidées sans agent : {share}.",
        "Les mêmes avec des formulaires complets, recalculées : {better}. Ce qui évite un examen :",
        ("cause d'examen", "cas", "", "seule"),
        "Tirées d'hypothèses motivées ({figures}), non de statistiques ; graine {seed}.",
    ),
    "nl": (
        "{decided} van de {count} verzonnen loopbanen zijn zonder ambtenaar beslist: {share}.",
        "Dezelfde met volledige formulieren, herberekend: {better}. Wat een onderzoek vermijdt:",
        ("reden van onderzoek", "gevallen", "", "alleen"),
        "Getrokken uit gemotiveerde aannames ({figures}), niet uit statistieken; seed {seed}.",
    ),
    "de": (
        "{decided} von {count} erfundenen Laufbahnen sind ohne Sachbearbeiter entschieden: {share}.",
        "Dieselben mit vollständigen Formularen, neu berechnet: {better}. Was eine Prüfung vermeidet:",
        ("Grund der Prüfung", "Fälle", "", "allein"),
        "Gezogen aus begründeten Annahmen ({figures}), nicht aus Statistiken; Startwert {seed}.",
    ),
    "en": (
        "{decided} of {count} invented careers are decided without a human: {share}.",
        "The same with complete forms, calculated again: {better}. What avoids a review:",
        ("cause of review", "cases", "", "alone"),
        "Drawn from reasoned assumptions ({figures}), not from statistics; seed {seed}.",
    ),
}
_BAR = 30
"""Characters of the longest bar."""


def corpus(
    count: Annotated[int, typer.Option("--count", min=1, help="How many careers.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same careers.")] = SEED,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="DIR", file_okay=False, help="Write the case files there too.")
    ] = None,
    language: Language = None,
    json: output.Json = False,
) -> None:
    """Draw careers of article 60 workers, calculate them, and tell how many need a human and why."""
    from service.corpus.report import report

    tongue = Tongue(language or output.settings().language)
    found = report(output.tracked(_results(count, seed, write), count, quietly=json))
    if json:
        output.tell_json(as_json(found, seed, tongue))
    else:
        _tell(found, seed, tongue)


def _results(count: int, seed: int, directory: Path | None) -> "Iterator[tuple[Result, Result]]":
    from calculation.case import read_case
    from calculation.engine import calculate
    from service.corpus.careers import cases
    from service.corpus.write import case_text

    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
    for case, complete in zip(cases(count, seed), cases(count, seed, complete=True), strict=True):
        if directory is not None:
            (directory / f"{case['id']}.toml").write_text(case_text(case), "utf-8")
        yield calculate(read_case(case)), calculate(read_case(complete))


def as_json(found: "Report", seed: int, tongue: Tongue) -> dict[str, Any]:
    """Give the report as one object."""
    from service.corpus.dice import identifier
    from service.corpus.report import advice

    return {
        "figures": identifier(),
        "seed": seed,
        "count": found.count,
        "decided": found.decided,
        "share": round(found.share, 4),
        "decided_if_complete": found.decided_if_complete,
        "share_if_complete": round(found.share_if_complete, 4),
        "warned": found.warned,
        "causes": [
            {"cause": one.name, "cases": one.cases, "alone": one.alone, "avoid": advice(one.name, tongue)}
            for one in found.causes
        ],
    }


def _per_cent(share: float, tongue: Tongue) -> str:
    from calculation.wording import shown

    return f"{shown(f'{100 * share:.1f}', tongue)} %"


def _tell(found: "Report", seed: int, tongue: Tongue) -> None:
    from service.corpus.dice import identifier
    from service.corpus.report import advice

    first, second, headings, last = SAID[tongue]
    print(first.format(decided=found.decided, count=found.count, share=_per_cent(found.share, tongue)))
    most = max((one.cases for one in found.causes), default=1)
    bars = [(one, "█" * max(1, round(_BAR * one.cases / most))) for one in found.causes]
    output.show(headings, [(one.name, one.cases, bar, one.alone) for one, bar in bars])
    print(second.format(better=_per_cent(found.share_if_complete, tongue)))
    for one in found.causes:
        sentence = advice(one.name, tongue)
        if sentence is not None:
            print(f"- {one.name}: {sentence}")
    print("\n" + last.format(figures=identifier(), seed=seed))
