"""What falls due: once, in order, however late and whoever else looks; what fails stands in nobody's way."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from handlers import dispatch
from handlers.context import Context
from handlers.outcome import Deadline, DeadlineKind, DeadlineState, Outcome
from handlers.promises import end_of_day, start_of_day
from schemas.codec import decode, encode
from schemas.models import Reminder
from schemas.parser import Limits, Opened
from service import deadlines as polling
from service.channel import Outgoing
from service.clock import Clock
from service.deadlines import Deadlines
from service.store import deadlines as stored
from service.store import schema
from tests.handlers.building import planned
from tests.process import forms
from tests.service.building import Store, body, decide, delivery, kinds

Due = tuple[DeadlineKind, date]


async def clock_at(store: Store, moment: datetime) -> Clock:
    """Give a clock that says that moment now."""
    async with store.engine.connect() as connection:
        return Clock(moment - await Clock().now(connection))


def poller(store: Store, clock: Clock, offered: list[Outgoing]) -> Deadlines:
    return Deadlines(store.engine, store.vault, clock, "S", offered.extend)


async def emptied(instance: Deadlines) -> int:
    """Let it work until it finds nothing to do, and give how much it did."""
    done = 0
    while handled := await instance.once():
        done += handled
    return done


async def dossiers(store: Store, due: Sequence[Due], received: datetime) -> list[str]:
    """Open a decided dossier with one deadline for each, and give their numbers in that order."""
    forms = [
        delivery(number, body(number, planned=planned(start=date(2027, 1, number))))
        for number in range(1, 1 + len(due))
    ]
    await store.intake(handle=_each_alone).process(forms)
    numbers = [row.ticket for row in sorted(await store.rows("dossier"), key=lambda row: row.occupation_start)]
    async with store.engine.begin() as connection:
        await connection.execute(delete(schema.deadline))
        rows = [_row(number, kind, day, received) for number, (kind, day) in zip(numbers, due, strict=True)]
        await stored.write(connection, rows)
    return numbers


def _each_alone(opened: Opened, context: Context) -> Outcome:
    return decide(opened, replace(context, siblings=()))


def _row(number: str, kind: DeadlineKind, day: date, received: datetime) -> Deadline:
    is_promise = kind in (DeadlineKind.O2_DECISION, DeadlineKind.R3_COMPLETION)
    return Deadline(number, number, kind, received, day, end_of_day(day) if is_promise else start_of_day(day), "")


async def happened(store: Store, before: int) -> list[Any]:
    """Give what the history tells since: (dossier, kind, detail), in its order."""
    rows = (await store.rows("history"))[before:]
    return [(row.dossier, row.kind, dict(json.loads(row.detail))) for row in rows]


SPRING = datetime.fromisoformat("2027-03-26T20:00:00+01:00")
"""Friday evening; the clocks go forward on Sunday 28 March 2027."""
AUTUMN = datetime.fromisoformat("2027-10-29T20:00:00+02:00")
"""Friday evening; the clocks go back on Sunday 31 October 2027."""


@pytest.mark.parametrize("friday", [SPRING, AUTUMN], ids=["spring", "autumn"])
async def test_g13_after_two_days_of_downtime_over_a_change_of_the_clock_all_that_was_due_happens_once(
    store: Store, friday: datetime
) -> None:
    """Two instances start at once after 48 hours; each deadline is handled by one of them, the first due first.

    Fails when `stored.take` does not look again, under the dossier's lock, whether the deadline is still due (both
    instances then send every reminder), and when `stored.due` does not order by `due_at`.
    """
    day = friday.date()
    saturday, sunday, monday = (day + timedelta(days=ahead) for ahead in (1, 2, 3))
    due = [
        (DeadlineKind.CLOSURE, sunday),
        (DeadlineKind.O2_DECISION, day),
        (DeadlineKind.R2_NOT_ASKED, sunday),
        (DeadlineKind.R1_WINDOW, saturday),
        (DeadlineKind.R1_WINDOW, monday),
        (DeadlineKind.R3_COMPLETION, day),
    ]
    closed, promised, second, first, _, returned = numbers = await dossiers(store, due, friday - timedelta(days=8))
    offered: list[Outgoing] = []
    before = len(await store.rows("history"))
    assert await emptied(poller(store, await clock_at(store, friday), offered)) == 0
    later = await clock_at(store, friday + timedelta(hours=48))
    done = await asyncio.gather(*(emptied(poller(store, later, offered)) for _ in range(2)))
    assert sum(done) == 5
    told = await happened(store, before)
    expected = [
        *((number, kind) for number in sorted((promised, returned)) for kind in _story(number == promised)),
        (first, "reminded"),
        *((number, "closed" if number == closed else "reminded") for number in sorted((closed, second))),
    ]
    assert [(number, kind) for number, kind, _ in told] == expected
    # elapsed time, whatever the clocks on the wall say: 48 hours less the four to Friday's midnight, and to Saturday's
    late = {number: detail["executed_late"] for number, _, detail in told}
    assert late == {promised: "1d 20:00", returned: "1d 20:00", first: "1d 20:00", closed: "20:00", second: "20:00"}
    reminders = [decode(message.body) for message in sorted(offered, key=lambda message: message.id)]
    assert sorted(found.reminder for found in reminders if isinstance(found, Reminder)) == ["R1", "R2", "R3", "R4"]
    assert len(reminders) == 4
    assert await emptied(poller(store, later, offered)) == 0
    states = {row.dossier: (row.state, row.breached_at is not None) for row in await store.rows("deadline")}
    assert states == {
        **dict.fromkeys(numbers, (DeadlineState.DONE.value, False)),
        promised: (DeadlineState.OPEN.value, True),
        numbers[4]: (DeadlineState.OPEN.value, False),
    }


def _story(is_promise: bool) -> tuple[str, ...]:
    return ("breached", "reminded") if is_promise else ("reminded",)


async def test_what_fails_each_time_stands_in_nobodys_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dossiers of the first deadlines cannot be opened; one look has room for just so many."""
    monkeypatch.setattr(polling, "AT_ONCE", 2)
    friday = SPRING.date()
    due = [(DeadlineKind.R1_WINDOW, friday - timedelta(days=ahead)) for ahead in (5, 4, 3, 2, 1)]
    numbers = await dossiers(store, due, SPRING - timedelta(days=8))
    async with store.engine.begin() as connection:
        broken = schema.dossier.c.ticket.in_(numbers[:2])
        await connection.execute(update(schema.dossier).where(broken).values(inss_sealed=b"broken"))
    offered: list[Outgoing] = []
    instance = poller(store, await clock_at(store, SPRING), offered)
    assert await instance.once() == 0
    assert await emptied(instance) == 3
    assert [message.identification for message in offered] == ["OCCP005"] * 3
    states = {row.dossier: row.state for row in await store.rows("deadline")}
    assert [states[number] for number in numbers] == ["open", "open", "done", "done", "done"]


async def test_a_failing_deadline_is_tried_again_after_a_pause(store: Store) -> None:
    due = [(DeadlineKind.R1_WINDOW, SPRING.date())]
    (number,) = await dossiers(store, due, SPRING - timedelta(days=8))
    sealed = (await store.rows("dossier"))[0].inss_sealed
    await _seal(store, number, b"broken")
    offered: list[Outgoing] = []
    instance = poller(store, await clock_at(store, SPRING), offered)
    assert await instance.once() == 0
    await _seal(store, number, sealed)
    assert await instance.once() == 0
    afterwards = poller(store, await clock_at(store, SPRING + polling.LONGEST_PAUSE), offered)
    afterwards.failing.update(instance.failing)
    assert await afterwards.once() == 1
    assert afterwards.failing == {}
    assert len(offered) == 1


async def _seal(store: Store, number: str, sealed: bytes) -> None:
    async with store.engine.begin() as connection:
        await connection.execute(
            update(schema.dossier).where(schema.dossier.c.ticket == number).values(inss_sealed=sealed)
        )


async def test_what_is_polled_in_time_is_not_called_late(store: Store) -> None:
    await dossiers(store, [(DeadlineKind.O2_DECISION, SPRING.date())], SPRING - timedelta(days=8))
    before = len(await store.rows("history"))
    midnight = end_of_day(SPRING.date())
    offered: list[Outgoing] = []
    assert await emptied(poller(store, await clock_at(store, midnight - timedelta(minutes=1)), offered)) == 0
    assert await emptied(poller(store, await clock_at(store, midnight + timedelta(seconds=5)), offered)) == 1
    told = await happened(store, before)
    assert [(kind, "executed_late" in detail) for _, kind, detail in told] == [("breached", False), ("reminded", False)]


async def test_r4_names_the_day_by_which_onem_answers(store: Store) -> None:
    (number,) = await dossiers(store, [(DeadlineKind.R4_WARNING, SPRING.date())], SPRING - timedelta(days=4))
    async with store.engine.begin() as connection:
        promise = _row(number, DeadlineKind.O2_DECISION, date(2027, 3, 30), SPRING - timedelta(days=4))
        await stored.write(connection, [promise])
    offered: list[Outgoing] = []
    assert await emptied(poller(store, await clock_at(store, SPRING), offered)) == 1
    reminder = decode(offered[0].body)
    assert isinstance(reminder, Reminder)
    assert (reminder.reminder, reminder.due_date) == ("R4", date(2027, 3, 30))


async def test_a_form_that_waited_is_read_with_the_limits_it_came_under(store: Store) -> None:
    """It is larger than the default allows, for a comment after it; its request comes after it."""
    limits = Limits(max_bytes=4 * 2**20)
    overtaking = encode(forms.overtaking("REQUEST-1")) + b"<!--" + b" " * 2**20 + b"-->"
    intake = store.intake(handle=dispatch.handle, limits=limits)
    waiting = await intake.process([delivery(1, overtaking)])
    request = await intake.process([delivery(2, encode(forms.new(own="REQUEST-1")))])
    offered: list[Outgoing] = []
    instance = replace(poller(store, Clock(), offered), limits=limits)
    assert await emptied(instance) == 1
    assert kinds(waiting.outgoing) == ["ACRF001"]
    assert kinds(request.outgoing) == ["ACRF001", "NOTI001", "OCCP003"]
    assert kinds(offered) == ["NOTI001", "OCCP003"]


async def test_what_was_due_before_it_was_set_is_not_called_late(store: Store) -> None:
    """A decision long after the contract's end: the dossier closes at once."""
    await dossiers(store, [(DeadlineKind.CLOSURE, SPRING.date() - timedelta(days=90))], SPRING)
    before = len(await store.rows("history"))
    assert await emptied(poller(store, await clock_at(store, SPRING + timedelta(seconds=5)), [])) == 1
    assert [(kind, "executed_late" in detail) for _, kind, detail in await happened(store, before)] == [
        ("closed", False)
    ]
