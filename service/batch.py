"""A delivery judged before anything is handled: who sent it, under which name, with its own ticket.

    deliveries ─► waves (no name twice) ─► Form (name and sender judged, message opened)

Nothing here touches the database.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.context import Envelope
from schemas.catalogue import CURRENT, version_exists
from schemas.file_name import FileName
from schemas.findings import Anomaly
from schemas.parser import Invalid, Opened, Readable
from service.channel import Delivery, message_id_for
from service.store.inbox import Received, refusal_of
from service.store.parties import Party
from service.tickets import draw_ticket
from service.vault import Vault
from service.world import Source, envelope_of

LONGEST_NAME = 80
"""What an ACRF can repeat of a file name; none of the channel's is longer."""

NO_NAME = "ACRF-001"
WRONG_SENDER = "ACRF-103"
NAME_REUSED = "ACRF-133"
ENCODED = "ACRF-106"
WRONG_ENVIRONMENT = "ACRF-138"
MISLABELLED = "ACRF-139"


@dataclass(frozen=True, slots=True)
class Form:
    """A delivery from a known party, with its own ticket. `fault` is set where it cannot count as received."""

    delivery: Delivery
    party: Party
    received: Received
    opened: Opened
    fault: str | None

    @property
    def key(self) -> tuple[str, str]:
        """Its idempotency key; only for a form without fault."""
        return self.received.sender, self.received.file_name or ""

    @property
    def source(self) -> Source:
        """What its answers answer."""
        return Source(self.received.ticket, self.received.message_id, self.version)

    @property
    def envelope(self) -> Envelope:
        """The transport's part that handlers may use."""
        received = self.received
        name = (self.delivery.file_name or "")[:LONGEST_NAME]
        return envelope_of(self.source, received.received_at, file_name=name, sent_at=received.sent_at)

    @property
    def version(self) -> str:
        """The schema version its answers are written in."""
        match self.opened:
            case Readable() | Invalid():
                return self.opened.schema_version
            case _:
                named = self.delivery.schema_version
                return named if named is not None and version_exists(named) else CURRENT

    def refused(self, error_id: str, vault: Vault) -> "Form":
        """Give the same form, stored but not counted by its name: by what was refused, so that it is refused once."""
        name, received = self.delivery.file_name or "", self.received
        refusal = refusal_of(vault, received.sender, name, error_id, received.sha256)
        return replace(self, received=replace(received, file_name=None, refusal=refusal))


def form_of(delivery: Delivery, party: Party, opened: Opened, now: datetime, environment: str) -> Form:
    """Judge name and sender of a delivery and give it its ticket."""
    name = delivery.file_name or ""
    fault = _fault(delivery, party, FileName.parse(name), environment)
    received = Received(
        ticket=draw_ticket(),
        sender=party.sender.number,
        file_name=None if fault else name,
        sha256=hashlib.sha256(delivery.body).digest(),
        message_id=delivery.message_id or message_id_for(party.sender.number, name),
        schema_version=delivery.schema_version,
        received_at=now,
        sent_at=delivery.sent_at,
        traceparent=delivery.traceparent,
        body=delivery.body,
    )
    return Form(delivery, party, received, _warned(delivery, opened), fault)


def _warned(delivery: Delivery, opened: Opened) -> Opened:
    """Tell a sender whose form is read all the same that it announces it as something else."""
    if delivery.is_mislabelled and isinstance(opened, Readable | Invalid):
        return replace(opened, anomalies=(*opened.anomalies, Anomaly(MISLABELLED)))
    return opened


def _fault(delivery: Delivery, party: Party, name: FileName | None, environment: str) -> str | None:
    if not party.sender.active:
        return WRONG_SENDER
    if name is None or name.prefix != "FI":
        return NO_NAME
    if name.sender != party.sender.number:
        return WRONG_SENDER
    if name.environment != environment:
        return WRONG_ENVIRONMENT
    if delivery.content_encoding is not None:
        return ENCODED
    return None


def identification_of(opened: Opened) -> str | None:
    """Give the identification of what was opened, None where none could be read."""
    match opened:
        case Readable(message=message):
            return message.header.identification
        case Invalid():
            return opened.identification
        case _:
            return None


def waves(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Part a batch so that no name of a sender comes twice in one part; the order of each name stays.

    What has no name is told apart by its bytes.
    """
    parts: list[list[Delivery]] = []
    seen: Counter[tuple[str | None, str | bytes]] = Counter()
    for delivery in deliveries:
        key = delivery.sender, delivery.body if delivery.file_name is None else delivery.file_name
        place = seen[key]
        seen[key] += 1
        if place == len(parts):
            parts.append([])
        parts[place].append(delivery)
    return parts


def by_size(deliveries: Sequence[Delivery], most: int) -> Iterator[list[Delivery]]:
    """Part deliveries so that the bodies of a part have at most that many bytes, or are one; their order stays."""
    part: list[Delivery] = []
    room = most
    for delivery in deliveries:
        if part and len(delivery.body) > room:
            yield part
            part, room = [], most
        part.append(delivery)
        room -= len(delivery.body)
    if part:
        yield part


def in_order(forms: Sequence[Form], order: Sequence[Delivery]) -> list[Form]:
    """Put forms back in the order of their deliveries."""
    position = {id(delivery): index for index, delivery in enumerate(order)}
    return sorted(forms, key=lambda form: position[id(form.delivery)])
