"""What the commands on senders share: their options, how a mandate is written, and how a party is found."""

import asyncio
import getpass
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.settings import Settings

if TYPE_CHECKING:
    from handlers.dossier import Mandate
    from service.store.parties import Party

DAY = ["%Y-%m-%d"]

Number = Annotated[str, typer.Argument(help="The sender's six digits.")]
Forms = Annotated[
    list[str] | None,
    typer.Option("--form", metavar="OCCP…", help="A form the mandate covers; without, all of a vendor. Repeatable."),
]
From = Annotated[
    datetime | None, typer.Option("--from", formats=DAY, help="First day of the mandate; today without it.")
]
Until = Annotated[datetime | None, typer.Option("--until", formats=DAY, help="Last day of the mandate.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this, for the history of access; else your login.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; compulsory, and kept in the history of access.")]

Terms = tuple[date | None, date | None, frozenset[str] | None]
"""First day, last day, forms of a mandate to give."""


def wrong_terms(companies: Sequence[str], forms: Sequence[str]) -> list[str]:
    """Say what is wrong with the numbers and the forms of mandates to give."""
    from handlers.rights import mandatable
    from schemas.identifiers import bce_is_valid

    known = ", ".join(mandatable())
    return [
        *(
            f"{company} is no enterprise number: ten digits with their check digits."
            for company in companies
            if not bce_is_valid(company)
        ),
        *(f"--form {form}: a mandate covers {known}." for form in forms if form not in mandatable()),
    ]


def new_mandate(company: str, terms: Terms, now: datetime) -> "Mandate":
    """Make a mandate of these terms; from today in Brussels where they name no first day."""
    from handlers.dossier import Mandate
    from handlers.promises import brussels_date

    start, until, forms = terms
    first = start or brussels_date(now)
    if until is not None and until < first:
        output.stop(f"--until {until} lies before the mandate's first day, {first}.", output.USAGE)
    return Mandate(company, first, until, forms)


def mandate_line(mandate: "Mandate") -> dict[str, Any]:
    """Give a mandate as plain data; `forms` is None where it covers all of a vendor."""
    return {
        "company_id": mandate.company_id,
        "valid_from": mandate.valid_from,
        "valid_to": mandate.valid_to,
        "forms": sorted(mandate.forms) if mandate.forms is not None else None,
    }


def actor(by: str | None) -> str:
    """Name who changes access: as given, else the login of this shell."""
    return f"operator {by or getpass.getuser()}"[:60]


async def load(settings: Settings, number: str | None = None) -> "list[Party]":
    """Give all parties, or the one of that number."""
    from service.cli.session import opened
    from service.store import parties

    async with opened(settings) as session, session.engine.begin() as connection:
        return list((await parties.load(connection, [number] if number else None)).values())


def one(settings: Settings, number: str) -> "Party":
    """Give the party of that number, or end the command with a sentence."""
    found = asyncio.run(load(settings, number))
    if not found:
        output.stop(f"No sender has the number {number}. `cpas-onem sender list` shows them all.")
    return found[0]
