"""The outbox: every answer, written in the transaction that decided it, kept until the channel confirms it.

    created ──published and confirmed──► sent_at
       └──refused──► attempts + 1, retry_at later ──► again

A replay is a row that points at the stored answer: same bytes, message id, correlation id and file name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.channel import Outgoing, Refused
from service.store import schema
from service.vault import Vault

BODY = "outbox.body"
GRACE = timedelta(seconds=10)
"""How long the instance that wrote an answer has to send it from memory before a sweep takes it."""
TAKEN = 3 * GRACE
"""How long a sweep's answers are left to it; whoever refuses a way for all refuses for less."""
LONGEST_PAUSE_S = 300
LONGEST_PAUSE_OF_THE_WAY_S = 10
"""Where the way was down, all answers wait for one thing: they need not wait long after it is back."""
_TABLE = schema.outbox
_ORIGINAL = schema.outbox.alias("original")


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer to store, and the form it answers. `replay_of` is the outbox id of the answer it repeats."""

    outgoing: Outgoing
    form: str
    schema_version: str
    replay_of: int | None = None
    ticket: str | None = None
    """The message's own ticket, where a form may refer to it."""
    dossier: str | None = None


async def draw_ids(connection: AsyncConnection, count: int) -> list[int]:
    """Give fresh ids, ascending; they are known before the row is written because file names are made of them."""
    if connection.dialect.name == "postgresql":
        statement = text("SELECT nextval('outbox_id') FROM generate_series(1, :count)")
        return sorted((await connection.execute(statement, {"count": count})).scalars())
    # SQLite holds the write lock from the transaction's begin, so nobody else counts meanwhile.
    last = (await connection.execute(select(func.coalesce(func.max(_TABLE.c.id), 0)))).scalar_one()
    return list(range(last + 1, last + 1 + count))


async def write(connection: AsyncConnection, entries: Sequence[Entry], vault: Vault) -> None:
    """Write answers."""
    rows = [
        {
            "id": entry.outgoing.id,
            "form": entry.form,
            "recipient": entry.outgoing.recipient,
            "identification": entry.outgoing.identification,
            "office": entry.outgoing.office,
            "file_name": entry.outgoing.file_name,
            "message_id": entry.outgoing.message_id,
            "correlation_id": entry.outgoing.correlation_id,
            "schema_version": entry.schema_version,
            "replay_of": entry.replay_of,
            "ticket": entry.ticket,
            "dossier": entry.dossier,
            "body_sealed": None if entry.replay_of else vault.seal(entry.outgoing.body, BODY),
            "created_at": entry.outgoing.created_at,
            "retry_at": entry.outgoing.created_at + GRACE,
            "attempts": 0,
        }
        for entry in entries
    ]
    if rows:
        await connection.execute(insert(_TABLE), rows)


_WITH_BODY = select(
    _TABLE,
    func.coalesce(_TABLE.c.body_sealed, _ORIGINAL.c.body_sealed).label("sealed"),
).select_from(_TABLE.outerjoin(_ORIGINAL, _TABLE.c.replay_of == _ORIGINAL.c.id))


def headers(file_name: str, schema_version: str, duplicate_of: str | None = None) -> dict[str, str]:
    """Give the AMQP headers of an answer; `duplicate_of` is the ticket of the form whose answer is repeated."""
    found = {"FileName": file_name, "SchemaVersion": schema_version}
    if duplicate_of is not None:
        found |= {"Duplicate": "1", "DuplicateOf": duplicate_of}
    return found


async def answers_of(
    connection: AsyncConnection, forms: Collection[str], vault: Vault
) -> dict[str, list[tuple[Outgoing, str]]]:
    """Give the answers that each of these forms got, oldest first, with their schema version; replays not counted."""
    if not forms:
        return {}
    query = select(_TABLE).where(_TABLE.c.form.in_(forms), _TABLE.c.replay_of.is_(None)).order_by(_TABLE.c.id)
    found: dict[str, list[tuple[Outgoing, str]]] = {}
    for row in await connection.execute(query):
        outgoing = Outgoing(
            id=row.id,
            recipient=row.recipient,
            identification=row.identification,
            file_name=row.file_name,
            message_id=row.message_id,
            correlation_id=row.correlation_id,
            body=vault.open(bytes(row.body_sealed), BODY),
            headers=headers(row.file_name, row.schema_version),
            created_at=row.created_at,
            office=row.office,
        )
        found.setdefault(row.form, []).append((outgoing, row.schema_version))
    return found


async def due(connection: AsyncConnection, now: datetime, limit: int, vault: Vault) -> list[Outgoing]:
    """Give unsent answers whose time has come, and put them off for a while so that no other sweep takes them too.

    Those refused least come first: what a recipient's full queue refuses each time keeps nobody else's waiting.
    """
    ids = (
        select(_TABLE.c.id)
        .where(_TABLE.c.sent_at.is_(None), _TABLE.c.retry_at <= now)
        .order_by(_TABLE.c.attempts, _TABLE.c.retry_at, _TABLE.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = list((await connection.execute(ids)).scalars())
    if not taken:
        return []
    await connection.execute(update(_TABLE).where(_TABLE.c.id.in_(taken)).values(retry_at=now + TAKEN))
    rows = await connection.execute(_WITH_BODY.where(_TABLE.c.id.in_(taken)).order_by(_TABLE.c.id))
    return [
        Outgoing(
            id=row.id,
            recipient=row.recipient,
            identification=row.identification,
            file_name=row.file_name,
            message_id=row.message_id,
            correlation_id=row.correlation_id,
            body=vault.open(bytes(row.sealed), BODY),
            headers=headers(row.file_name, row.schema_version, row.form if row.replay_of else None),
            created_at=row.created_at,
            office=row.office,
        )
        for row in rows
    ]


async def may_be_repeated(connection: AsyncConnection) -> None:
    """Let this transaction's commit not wait for the disk: what it forgets in a crash is only sent again, the same."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL synchronous_commit TO off"))


async def mark_sent(connection: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    """Remember that the channel confirmed these."""
    if ids:
        await connection.execute(update(_TABLE).where(_TABLE.c.id.in_(ids)).values(sent_at=now, last_error=None))


_PUT_OFF = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of_id"))
    .values(attempts=_TABLE.c.attempts + 1, last_error=bindparam("reason"), retry_at=bindparam("at"))
)


async def put_off(connection: AsyncConnection, refused: Sequence[Refused], now: datetime) -> dict[int, int]:
    """Keep what was refused for a later try, each time later; gives the attempts so far by id."""
    if not refused:
        return {}
    ids = [refusal.id for refusal in refused]
    rows = await connection.execute(select(_TABLE.c.id, _TABLE.c.attempts).where(_TABLE.c.id.in_(ids)))
    attempts = {row.id: row.attempts + 1 for row in rows}
    await connection.execute(
        _PUT_OFF,
        [
            {
                "of_id": refusal.id,
                "reason": refusal.reason,
                "at": now + _pause(refusal, attempts.get(refusal.id, 1)),
            }
            for refusal in refused
        ],
    )
    return attempts


def _pause(refusal: Refused, attempts: int) -> timedelta:
    longest = LONGEST_PAUSE_OF_THE_WAY_S if refusal.soon else LONGEST_PAUSE_S
    return timedelta(seconds=min(longest, 2 ** min(attempts, 10)))


async def waiting(connection: AsyncConnection, now: datetime) -> int:
    """Count the answers that wait for the way out; those put off for longer are refused for reasons of their own."""
    query = select(func.count()).where(_TABLE.c.sent_at.is_(None), _TABLE.c.retry_at <= now + TAKEN)
    return (await connection.execute(query)).scalar_one()


async def unsent(connection: AsyncConnection) -> int:
    """Count the answers that are not sent, for whatever reason."""
    return (await connection.execute(select(func.count()).where(_TABLE.c.sent_at.is_(None)))).scalar_one()
