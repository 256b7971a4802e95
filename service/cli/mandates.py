"""`sender mandate`: for which CPAS a vendor speaks, for which forms, from when to when."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import output, senders
from service.settings import Settings

if TYPE_CHECKING:
    from service.store.parties import Party


def mandate(
    number: senders.Number,
    company: Annotated[str | None, typer.Argument(metavar="[COMPANYID]", help="The CPAS; without, list them.")] = None,
    forms: senders.Forms = None,
    start: senders.From = None,
    until: senders.Until = None,
    by: senders.By = None,
    json: output.Json = False,
) -> None:
    """List a sender's mandates, give one, or end those of a CPAS with `--until` alone.

    Exit: 0 done, 1 not done, 2 usage.
    """
    settings = output.settings()
    party = senders.one(settings, number)
    if company is not None:
        if problems := senders.wrong_terms([company], forms or ()):
            output.stop("\n".join(problems), output.USAGE)
        if party.sender.kind != "vendor":
            output.stop(f"{number} is of kind {party.sender.kind}: only a vendor speaks for a CPAS.")
        terms = (start and start.date(), until and until.date(), frozenset(forms) if forms else None)
        asyncio.run(_give_or_end(settings, party, company, terms, by))
        party = senders.one(settings, number)
    lines = [senders.mandate_line(held) for held in party.mandates if company in (None, held.company_id)]
    if json:
        for line in lines:
            output.tell_json({"number": number, **line})
        return
    rows = [
        (line["company_id"], line["valid_from"], line["valid_to"], " ".join(line["forms"] or ("all",)))
        for line in lines
    ]
    output.show(("CPAS", "from", "until", "forms"), rows)


async def _give_or_end(settings: Settings, party: "Party", company: str, terms: senders.Terms, by: str | None) -> None:
    from handlers.promises import brussels_date
    from service.cli.session import opened
    from service.store import parties
    from service.store.access import Change

    start, until, forms = terms
    number = party.sender.number
    async with opened(settings) as session, session.engine.begin() as connection:
        change = Change(senders.actor(by), await session.clock.now(connection))
        yesterday = brussels_date(change.at) - timedelta(days=1)
        if until is not None and until < yesterday:
            output.stop(f"--until {until} is past: what was sent since then was accepted. The earliest is {yesterday}.")
        if until is not None and start is None and forms is None:
            if await parties.end_mandates(connection, number, company, until, change):
                return
            if any(held.company_id == company and held.holds_on(until) for held in party.mandates):
                return
        await parties.give_mandates(connection, number, [senders.new_mandate(company, terms, change.at)], change)
