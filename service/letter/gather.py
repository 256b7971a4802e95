"""Gathers what a letter tells from a party, the way it reaches us, and the table of offices."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from yarl import URL

from handlers.offices import Offices
from handlers.rights import forms_of, mandatable, refusal
from schemas.models import Language, OfficeContact
from service.channel import topology
from service.letter.first_message import FirstMessage, first_message
from service.letter.write import Access, Spoken, Tongue
from service.store.parties import Party


def gather(
    party: Party, environment: str, offices: Offices, today: date, tongue: Tongue, amqp_url: str | None = None
) -> Access:
    """Give what the party must know today (a Brussels date), with the broker's fields where its address is given.

    Mandates that are over are left out. A message to try is there for a vendor that a CPAS mandates today for OCCP001,
    except in environment R.
    """
    mandates = tuple(
        Spoken(
            company_id=mandate.company_id,
            valid_from=mandate.valid_from.isoformat(),
            valid_to=mandate.valid_to.isoformat() if mandate.valid_to else None,
            forms=tuple(sorted(mandate.forms or mandatable())),
        )
        for mandate in party.mandates
        if mandate.valid_to is None or mandate.valid_to >= today
    )
    access = Access(
        number=party.sender.number,
        name=party.sender.name,
        kind=party.sender.kind.value,
        environment=environment,
        forms=forms_of(party.sender.kind),
        mandates=mandates,
        contact=_contact(offices, Language(party.sender.language), tongue),
        first=_first(party, environment, today),
    )
    return access if amqp_url is None else _on_broker(access, URL(amqp_url))


def _contact(offices: Offices, language: Language, tongue: Tongue) -> OfficeContact:
    """Give ONEM's contact in the letter's language; offices have no English name."""
    return offices.default.contact(language if tongue == "en" else Language[tongue.upper()])


def _first(party: Party, environment: str, today: date) -> FirstMessage | None:
    if environment not in ("T", "S"):
        return None
    for mandate in party.mandates:
        if refusal(party.sender, (mandate,), "OCCP001", mandate.company_id, today) is None:
            language = Language(party.sender.language)
            return first_message(party.sender.number, mandate.company_id, language, today, environment)  # type: ignore[arg-type]
    return None


def _on_broker(access: Access, address: URL) -> Access:
    return replace(
        access,
        host=f"{address.host}:{address.port or (5671 if address.scheme == 'amqps' else 5672)}",
        vhost=address.path[1:] or "/",
        password=address.password,
        queue=topology.out_queue(access.number),
        exchange=topology.IN,
    )


def fields(access: Access) -> dict[str, Any]:
    """Give the letter as plain data, with the keys and the form of a file name written out."""
    told = {**asdict(access), "contact": access.contact.model_dump()}
    return {**told, "keys": access.keys, "file_name": access.file_name}
