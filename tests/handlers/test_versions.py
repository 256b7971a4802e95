"""A schema version is accepted on the days of its row in the dated table, and its last day is told in good time."""

from datetime import UTC, date, datetime

import pytest

from handlers.dispatch import handle
from handlers.outcome import Outcome
from handlers.promises import BRUSSELS
from schemas import examples
from schemas.catalogue import SchemaVersion
from schemas.models import Notification
from schemas.parser import Opened, open_message
from tests.handlers.building import context, envelope, header, opened, request

RETIRING = SchemaVersion("20264", date(2026, 10, 1), date(2026, 12, 31))
FOLLOWING = SchemaVersion("20271", date(2027, 1, 1))


def received(at: str, form: Opened | None = None) -> Outcome:
    """Let a form of version 20264 be received at a moment of Brussels time."""
    moment = datetime.fromisoformat(at).replace(tzinfo=BRUSSELS).astimezone(UTC)
    given = form or opened(request(header=header(created=moment)))
    return handle(given, context(envelope=envelope(moment), versions=(RETIRING, FOLLOWING)))


@pytest.mark.parametrize("at", ["2026-10-01T00:00:00", "2026-12-31T23:59:59"])
def test_a_version_that_retires_is_accepted_with_its_last_day(at: str) -> None:
    outcome = received(at)
    assert (outcome.accepted, outcome.anomalies) == (True, ("ACRF-140",))
    told = outcome.answers[1].message
    assert isinstance(told, Notification)
    (report,) = told.handling.reports
    assert "2026-12-31" in report.label


@pytest.mark.parametrize("at", ["2026-09-30T23:59:59", "2027-01-01T00:00:00"])
@pytest.mark.parametrize("form", [None, open_message(examples.path("invalid-niss").read_bytes())])
def test_a_version_outside_its_days_is_not_read(at: str, form: Opened | None) -> None:
    outcome = received(at, form)
    assert (outcome.accepted, outcome.anomalies) == (False, ("ACRF-137",))
    assert [answer.message.header.identification for answer in outcome.answers] == ["ACRF001"]


def test_a_version_without_a_last_day_is_accepted_in_silence() -> None:
    assert handle(opened(request()), context()).anomalies == ()
