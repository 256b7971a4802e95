"""Deadlines after a long absence, with two instances that come back at the same moment, on PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from handlers import dispatch
from service.bench.ground import prepare
from service.bench.load import draw_sender, requests
from service.channel import Delivery, Outgoing, message_id_for
from service.clock import Clock
from service.deadlines import Deadlines
from service.intake import Intake
from service.store import schema
from service.store.engine import connect
from service.vault import Vault

VAULT = Vault(bytes(range(32)))
DOSSIERS = 12
AWAY = timedelta(days=3 * 365)
"""Longer than any contract: everything falls due in the absence, across six changes of the clock."""


async def handled_by(url: str, offered: list[Outgoing]) -> int:
    """Be one instance that comes back: handle until nothing is due, and give how much that was."""
    engine = connect(url)

    def offer(outgoing: Sequence[Outgoing]) -> None:
        offered.extend(outgoing)

    due = Deadlines(engine, VAULT, Clock(AWAY), "S", offer)
    count = 0
    try:
        while found := await due.once():
            count += found
    finally:
        await engine.dispose()
    return count


async def test_g13_no_deadline_is_missed_by_downtime_and_none_happens_twice(postgresql_url: str) -> None:
    """Seen to fail with `deadlines.take` giving the row without looking whether it is still open."""
    sender = draw_sender()
    await prepare(postgresql_url, sender)
    engine = connect(postgresql_url)
    deliveries = [
        Delivery(load.body, sender, load.file_name, message_id_for(sender, load.file_name), "20264")
        for load in requests(DOSSIERS, 1, sender)
    ]
    await Intake(engine, VAULT, Clock(), "S", handle=dispatch.handle).process(deliveries)
    table = schema.deadline
    async with engine.connect() as connection:
        opened = (await connection.execute(select(table).where(table.c.state == "open"))).all()
    assert {row.kind for row in opened} >= {"R1_WINDOW", "R2_NOT_ASKED", "CLOSURE"}
    offered: list[Outgoing] = []
    counts = await asyncio.gather(*(handled_by(postgresql_url, offered) for _ in range(2)))
    assert sum(counts) == len(opened)
    assert len({answer.message_id for answer in offered}) == len(offered) == 2 * DOSSIERS
    async with engine.connect() as connection:
        left = (await connection.execute(select(table).where(table.c.state == "open"))).all()
        dossiers = (await connection.execute(select(schema.dossier.c.state))).scalars().all()
        query = select(schema.history).order_by(schema.history.c.id)
        history = (await connection.execute(query)).all()
    await engine.dispose()
    assert left == []
    assert Counter(dossiers) == {"CLOSED": DOSSIERS}
    for ticket in {row.dossier for row in history}:
        kinds = [row.kind for row in history if row.dossier == ticket and row.actor == "service"]
        # in the order of their due dates: the window opens, nobody asks, the dossier closes
        assert kinds[-3:] == ["reminded", "reminded", "closed"]
        assert Counter(kinds)["closed"] == 1
