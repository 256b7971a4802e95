"""All that a batch of forms needs to know of the store, loaded at once and locked: the way from needs to facts.

tickets, references ──► what they name ──► dossiers, locked ──► their tasks, requests, contacts; reports
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.context import Needs, Referred, Reported
from handlers.dossier import Dossier, StoredTask
from handlers.outcome import Deadline
from schemas.models import CalculationRequest
from service.store import deadlines, dossiers, forms, history, tasks
from service.store.forms import Reference
from service.vault import Vault

REPORTED_AT_MOST = 500
"""Dossiers in one report of status."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one form needs, and who sent it. `companies`: the CPAS that the sender may ask about."""

    sender: str
    needs: Needs
    companies: tuple[str, ...] = ()

    @property
    def reference(self) -> Reference | None:
        """The sender's own reference of the form it builds on."""
        return (self.sender, self.needs.reference) if self.needs.reference is not None else None


@dataclass(slots=True)
class Loaded:
    """What the store holds of it. Requests are by the form that left them so, with the form before."""

    dossiers: dict[str, Dossier] = field(default_factory=dict)
    tasks: dict[str, StoredTask] = field(default_factory=dict)
    referred: dict[str, Referred] = field(default_factory=dict)
    by_reference: dict[Reference, str] = field(default_factory=dict)
    requests: dict[str, tuple[CalculationRequest, str | None]] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)
    deadlines: dict[str, list[Deadline]] = field(default_factory=dict)
    """Open deadlines, by dossier."""
    reported: dict[str, Reported] = field(default_factory=dict)


async def load(connection: AsyncConnection, wanted: Sequence[Wanted], vault: Vault) -> Loaded:
    """Load what these forms need; the dossiers that they may change are locked until the transaction ends."""
    references = {item.reference for item in wanted if item.reference is not None}
    by_reference = await forms.by_reference(connection, references, vault)
    tickets = {item.needs.ticket for item in wanted if item.needs.ticket} | set(by_reference.values())
    referred = await forms.referred(connection, tickets, vault)
    named = {item.dossier for item in referred.values() if item.dossier is not None}
    people = {vault.index(item.needs.inss) for item in wanted if item.needs.inss}
    loaded = Loaded(
        dossiers=await dossiers.lock(connection, people, named, vault),
        referred=referred,
        by_reference=by_reference,
    )
    if named:
        await _hang_on(connection, loaded, named, vault)
    for item in wanted:
        if item.needs.is_report:
            await _report(connection, loaded, item, vault)
    return loaded


async def _hang_on(connection: AsyncConnection, loaded: Loaded, named: set[str], vault: Vault) -> None:
    """Load what hangs on the dossiers that tickets name; they are locked, so none of it changes meanwhile."""
    answered = await forms.answered(connection, loaded.referred)
    for ticket in answered:
        loaded.referred[ticket] = replace(loaded.referred[ticket], is_answered=True)
    loaded.tasks = await tasks.load(connection, named, loaded.referred, vault)
    loaded.contacts = await forms.substance_contacts(connection, named)
    loaded.deadlines = await deadlines.of_dossiers(connection, named, only_open=True)
    last = {form for ticket in named for form in _last(loaded.dossiers[ticket])}
    loaded.requests = await forms.requests(connection, last, vault)
    before = {earlier for _, earlier in loaded.requests.values() if earlier is not None} - loaded.requests.keys()
    loaded.requests |= await forms.requests(connection, before, vault)


def _last(dossier: Dossier) -> tuple[str, ...]:
    return tuple(form for form in (dossier.last_form, dossier.last_addition) if form is not None)


async def _report(connection: AsyncConnection, loaded: Loaded, item: Wanted, vault: Vault) -> None:
    if item.needs.ticket is not None:
        referred = loaded.referred.get(item.needs.ticket)
        held = loaded.dossiers.get(referred.dossier or "") if referred is not None else None
        asked = [held] if held is not None else []
        told = await history.of_dossiers(connection, [dossier.ticket for dossier in asked])
    else:
        companies = [company for company in item.companies if item.needs.company_id in (None, company)]
        asked = await dossiers.open_of(connection, companies, REPORTED_AT_MOST, vault)
        told = {}
    due = await deadlines.of_dossiers(connection, [dossier.ticket for dossier in asked])
    for dossier in asked:
        number = dossier.ticket
        if number in told or number not in loaded.reported:
            loaded.reported[number] = Reported(dossier, tuple(due.get(number, ())), tuple(told.get(number, ())))
