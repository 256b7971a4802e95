"""Each crash point once with one and once with many requests in flight; `make crashes ARGS="--times 20"` does more."""

import asyncio
from pathlib import Path

from service import faults
from service.cli import logs
from service.settings import Settings, refusals_in_real
from tests.faults.crashes import try_all


def test_g01_g02_g03_a_crash_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Decision and answer live or die together, and each request is decided once, wherever the process dies.

    Seen to fail at one and at 200 in flight: with `acknowledge` moved before `process` (F1, F3: 1 of 1 and 128 of 200
    lost), and with the outbox written in a transaction of its own after the decision (F4: 1 of 1 and 70 of 200 never
    answered).
    """
    logs.silence()
    told: list[str] = []
    problems = asyncio.run(try_all(tmp_path, 1, told.append))
    assert problems == []
    assert len(told) == 2 * len(faults.Point)


def test_a_fault_is_refused_in_the_real_environment() -> None:
    settings = Settings(_env_file=None, environment="R", fault="F3:2")  # type: ignore[call-arg]
    assert any("CPAS_ONEM_FAULT" in sentence for sentence in refusals_in_real(settings))
