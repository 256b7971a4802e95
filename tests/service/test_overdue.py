"""What is due, what is late, by how much: read from the deadlines of real dossiers, on both databases."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import update

from handlers.outcome import Deadline, DeadlineKind, DeadlineState
from service import overdue
from service.overdue import Counts, Standing
from service.store import deadlines as stored
from service.store import schema
from tests.service.building import Store, delivery

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
BROKEN = datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)


async def row(store: Store, kind: DeadlineKind, due_at: datetime, **changes: object) -> None:
    number = (await store.rows("dossier"))[0].ticket
    given = {"breached_at": None, "ended_at": None, "state": DeadlineState.OPEN} | changes
    deadline = Deadline(number, number, kind, NOW - timedelta(days=9), due_at.date(), due_at, "", **given)  # type: ignore[arg-type]
    async with store.engine.begin() as connection:
        await stored.write(connection, [deadline])


async def look(store: Store, ahead: timedelta, office: str | None = None) -> tuple[list[Standing], Counts]:
    async with store.engine.connect() as connection:
        found = await overdue.standings(connection, NOW, NOW + ahead, office)
        return found, await overdue.counts(connection, NOW, office)


async def test_what_is_due_and_late_comes_in_order_with_counts(store: Store) -> None:
    """The intake's own deadline of that form is due at the same moment as the promise here, and is replaced by it."""
    await store.intake().process([delivery(1)])
    async with store.engine.begin() as connection:
        await connection.execute(update(schema.dossier).values(office="LIE"))
    await row(store, DeadlineKind.O2_DECISION, BROKEN, breached_at=BROKEN + timedelta(seconds=3))
    await row(store, DeadlineKind.R1_WINDOW, NOW - timedelta(seconds=30))
    await row(store, DeadlineKind.R2_NOT_ASKED, NOW - timedelta(hours=2))
    await row(store, DeadlineKind.R3_COMPLETION, NOW + timedelta(hours=23))
    await row(store, DeadlineKind.CLOSURE, NOW + timedelta(hours=25))
    await row(
        store,
        DeadlineKind.R4_WARNING,
        NOW - timedelta(days=2),
        state=DeadlineState.MET,
        ended_at=NOW,
        breached_at=NOW - timedelta(days=1),
    )
    found, counts = await look(store, timedelta(days=1))
    assert [(item.kind, item.late_by) for item in found] == [
        ("O2_DECISION", timedelta(days=1, hours=13, seconds=1)),
        ("R2_NOT_ASKED", timedelta(hours=2)),
        ("R1_WINDOW", None),  # the service is about to do it
        ("R3_COMPLETION", None),
    ]
    assert {(item.office, item.state) for item in found} == {("LIE", "CALCULATED")}
    assert found[0].due_date == date(2026, 12, 1)
    assert counts == Counts(open=5, late=2, breached_open=1, breached=2)
    assert await look(store, timedelta(0), "BRU") == ([], Counts(0, 0, 0, 0))
    nearest, _ = await look(store, timedelta(0), "LIE")
    assert len(nearest) == 3
    wider, _ = await look(store, timedelta(days=2))
    assert [item.kind for item in wider][-1] == "CLOSURE"
