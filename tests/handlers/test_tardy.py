"""What took too long is told: a message on its way in, an answer that ends its promise before anything looked."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest

from handlers import status_query, tardy
from handlers.deadline import span
from handlers.outcome import Deadline, DeadlineKind, DeadlineState, EndDeadlines, HistoryEntry, HistoryKind, Outcome
from schemas.models import Language
from tests.handlers.building import NOW, context, envelope

DOSSIER = "EARLIER000001"


def promise(due_at: datetime, **changes: object) -> Deadline:
    given = Deadline(
        DOSSIER, DOSSIER, DeadlineKind.O2_DECISION, NOW - timedelta(days=8), date(2026, 11, 23), due_at, "be-legal"
    )
    return dataclasses.replace(given, **changes)  # type: ignore[arg-type]


def ends(*kinds: DeadlineKind, dossier: str = DOSSIER) -> Outcome:
    end = EndDeadlines(dossier, kinds, DeadlineState.MET, NOW)
    return Outcome(accepted=True, answers=(), deadlines=(end,))


def test_o2_a_breach_that_nothing_has_seen_is_recorded_by_what_ends_the_promise() -> None:
    late = promise(NOW - timedelta(seconds=1))
    told = tardy.told(ends(DeadlineKind.O2_DECISION), context(deadlines=(late,)))
    row, end = told.deadlines
    assert isinstance(row, Deadline)
    assert (row.breached_at, isinstance(end, EndDeadlines)) == (NOW, True)
    assert [(entry.kind, entry.ground, entry.at) for entry in told.history] == [(HistoryKind.BREACHED, "O2", NOW)]
    assert told.alerts == (f"promise O2 broken: dossier {DOSSIER}, due 2026-11-23",)


@pytest.mark.parametrize(
    ("outcome", "deadline"),
    [
        (ends(DeadlineKind.O2_DECISION), promise(NOW)),  # the last second is in time
        (ends(DeadlineKind.O2_DECISION), promise(NOW - timedelta(days=1), breached_at=NOW - timedelta(hours=3))),
        (ends(DeadlineKind.R1_WINDOW), promise(NOW - timedelta(days=1))),
        (ends(DeadlineKind.O2_DECISION, dossier="ANOTHER000001"), promise(NOW - timedelta(days=1))),
        (
            ends(DeadlineKind.R3_COMPLETION),
            promise(NOW - timedelta(days=1), kind=DeadlineKind.R3_COMPLETION),  # the CPAS's, not ONEM's
        ),
    ],
)
def test_o2_no_breach_is_made_up(outcome: Outcome, deadline: Deadline) -> None:
    assert tardy.told(outcome, context(deadlines=(deadline,))) == outcome


@pytest.mark.parametrize(
    ("apart", "resumed", "alerts"),
    [
        (timedelta(hours=1), False, 0),
        (timedelta(hours=1, seconds=1), False, 1),
        (timedelta(days=3), True, 0),  # a form that waited here was told of when it came
        (timedelta(days=-3), False, 0),
    ],
)
def test_o2_a_backlog_does_not_hide(apart: timedelta, resumed: bool, alerts: int) -> None:
    envelope_ = dataclasses.replace(envelope(), sent_at=NOW - apart)
    told = tardy.told(Outcome(accepted=True, answers=()), context(envelope=envelope_, resumed=resumed))
    assert len(told.alerts) == alerts
    assert all("123456" in alert and "01:00" in alert for alert in told.alerts)


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (timedelta(minutes=61), "01:01"),
        (timedelta(days=2, hours=3, minutes=4, seconds=59), "2d 03:04"),
        (timedelta(hours=23, minutes=59), "23:59"),
    ],
)
def test_a_span_is_elapsed_time(time: timedelta, written: str) -> None:
    assert span(time) == written


@pytest.mark.parametrize("language", [Language.FR, Language.NL, Language.DE])
@pytest.mark.parametrize("kind", HistoryKind)
def test_the_cpas_can_be_told_each_kind_of_event(kind: HistoryKind, language: Language) -> None:
    entry = HistoryEntry(DOSSIER, datetime(2026, 11, 24, tzinfo=UTC), "service", kind, "O2")
    assert status_query.history_line(entry, language).text


@pytest.mark.parametrize(
    ("actor", "kind", "told"),
    [
        ("sender 123456", HistoryKind.RECEIVED, "CPAS"),
        ("sender 000001", HistoryKind.RECEIVED, "ONEM"),
        ("agent A1234", HistoryKind.DECIDED, "ONEM"),
        ("sender 654321", HistoryKind.ESCALATED, "Fédération"),
        ("service", HistoryKind.DECIDED, "CPAS@ONEM"),
    ],
)
def test_the_cpas_is_told_who_acted_but_no_name(actor: str, kind: HistoryKind, told: str) -> None:
    entry = HistoryEntry(DOSSIER, NOW, actor, kind, "O2", (("form", "X"),))
    assert status_query.history_line(entry, Language.FR).actor == told
