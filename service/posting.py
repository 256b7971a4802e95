"""From answers to outbox rows: each gets its number, its file name and its exact bytes, in the transaction."""

from collections.abc import Sequence
from datetime import datetime

from handlers.outcome import Answer
from handlers.promises import brussels_date
from schemas.codec import encode
from schemas.file_name import Environment, FileName, Kind
from service.channel import Outgoing
from service.store import outbox
from service.tickets import message_id_of
from service.world import Source

_KINDS: dict[str, Kind] = {"ACRF001": "ACRF", "NOTI001": "NOTI"}


def entries(
    answers: Sequence[tuple[Source, Answer]], ids: Sequence[int], now: datetime, environment: Environment
) -> list[outbox.Entry]:
    """Give the outbox row of each answer; `ids` are as many fresh ones."""
    return [
        _entry(source, answer, number, now, environment) for (source, answer), number in zip(answers, ids, strict=True)
    ]


def _entry(source: Source, answer: Answer, number: int, now: datetime, environment: Environment) -> outbox.Entry:
    header = answer.message.header
    version = answer.schema_version or source.schema_version
    kind = _KINDS.get(header.identification, "OCCP")
    name = FileName(
        prefix="FO",
        kind=kind,
        sender=answer.recipient,
        date=brussels_date(now),
        sequence=f"{number:05d}",
        environment=environment,
    )
    return outbox.Entry(
        Outgoing(
            id=number,
            recipient=answer.recipient,
            identification=header.identification,
            file_name=str(name),
            message_id=message_id_of(answer.ticket),
            correlation_id=answer.correlation_id or source.message_id,
            body=encode(answer.message, version),
            headers=outbox.headers(str(name), version),
            created_at=now,
            office=answer.office,
        ),
        form=header.reference(5, 2) or source.ticket,
        schema_version=version,
        # a receipt is never referred to
        ticket=answer.ticket if kind == "OCCP" else None,
        dossier=header.reference(2, 2) if kind == "OCCP" else None,
    )
