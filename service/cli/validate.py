"""`validate`: what is wrong with a message, before it is sent.

The same reading as the service's own: what passes here is read there. It checks form and figures; whether a sender may
speak for a CPAS, or a dossier exists, only the service knows.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from service.cli import output

if TYPE_CHECKING:
    from schemas.findings import Report
    from schemas.parser import Opened


class Verdict(StrEnum):
    """What the reading came to; values are contract."""

    VALID = "valid"
    """It would be read; warnings may stand beside it."""
    INVALID = "invalid"
    """It would be refused, with these anomalies."""
    UNCLEAR = "unclear"
    """A checker failed on it: the service would put it aside for an operator."""


class Tongue(StrEnum):
    """A language that texts come in."""

    FR = "fr"
    NL = "nl"
    DE = "de"
    EN = "en"


Language = Annotated[Tongue | None, typer.Option("--language", help="Language of labels and remedies.")]


def validate(files: output.Files, language: Language = None, json: output.Json = False) -> None:
    """Check messages against the schemas and the rules on their figures.

    Exit: 0 all valid, 1 some not, 2 usage.
    """
    settings = output.settings()
    tongue = Tongue(language or settings.language)
    verdicts = []
    for file in output.watched(files, printing=True):
        verdict, reports, reason = examine(file, tongue, settings.max_message_bytes)
        verdicts.append(verdict)
        if json:
            output.tell_json(as_json(file, verdict, reports, reason))
        else:
            _tell(file, verdict, reports, reason)
    if any(verdict is not Verdict.VALID for verdict in verdicts):
        raise typer.Exit(1)


def examine(file: Path, tongue: Tongue, max_bytes: int) -> tuple[Verdict, tuple["Report", ...], str]:
    """Read one file; give the verdict, the anomalies in that language, and why it is unclear where it is."""
    from schemas.parser import Invalid, Limits, Readable, Unclear, Unreadable, open_message

    opened: Opened = open_message(file.read_bytes(), limits=Limits(max_bytes=max_bytes))
    match opened:
        case Readable():
            return Verdict.VALID, reports_of(opened.anomalies, tongue), ""
        case Invalid() | Unreadable():
            return Verdict.INVALID, reports_of(opened.anomalies, tongue), ""
        case Unclear():
            return Verdict.UNCLEAR, (), opened.reason


def reports_of(anomalies: Any, tongue: Tongue) -> tuple["Report", ...]:
    """Give each anomaly once, by line, in that language."""
    from schemas.anomalies import describe
    from schemas.models import Language as Coded

    language: Coded | Literal["EN"] = "EN" if tongue is Tongue.EN else Coded[tongue.name]
    ordered = sorted(dict.fromkeys(anomalies), key=lambda found: (found.place.line is None, found.place.line or 0))
    return tuple(describe(anomaly, language) for anomaly in ordered)


def anomalies_of(reports: tuple["Report", ...]) -> list[dict[str, Any]]:
    """Give the contract's object for each anomaly; none carries a value."""
    return [
        {
            "error_id": report.error_id,
            "class": report.anomaly_class.value,
            "line": report.line,
            "location": report.location,
            "tag": report.tag,
            "label": report.label,
            "remedy": report.remedy,
        }
        for report in reports
    ]


def as_json(file: Path, verdict: Verdict, reports: tuple["Report", ...], reason: str) -> dict[str, Any]:
    """Give the contract's object for one file."""
    found = {
        "file": str(file),
        "valid": verdict is Verdict.VALID,
        "verdict": verdict.value,
        "anomalies": anomalies_of(reports),
    }
    return {**found, "reason": reason} if reason else found


def _tell(file: Path, verdict: Verdict, reports: tuple["Report", ...], reason: str) -> None:
    console = output.console()
    console.print(f"{file}: {verdict.value}" + (f" ({reason})" if reason else ""), markup=False, soft_wrap=True)
    if reports:
        rows = [
            (report.line, report.error_id, report.anomaly_class.value, report.label, report.remedy)
            for report in reports
        ]
        output.show(("line", "code", "class", "what is wrong", "what to do"), rows)
