"""A decision run again: the same bytes, or what stands in the way is named."""

import json
from dataclasses import replace

import pytest

from calculation.case import facts_to_json
from calculation.receipt import ENGINE, LawChanged, law_changes
from handlers.dispatch import handle
from handlers.mapping import to_facts
from handlers.rerun import (
    Different,
    EngineChanged,
    FactsChanged,
    LawsChanged,
    OwnFigures,
    Same,
    StoredDecision,
    rerun,
)
from schemas.codec import decode, encode
from schemas.models import Decision
from tests.handlers.building import context, opened, request

VERSION = "20264"


@pytest.fixture
def stored() -> StoredDecision:
    outcome = handle(opened(request()), context())
    assert outcome.decision is not None
    (message,) = (answer.message for answer in outcome.answers if isinstance(answer.message, Decision))
    record = outcome.decision
    return StoredDecision(
        record.ticket, record.dossier, True, record.facts, record.receipt, encode(message, VERSION), VERSION
    )


def with_receipt(stored: StoredDecision, **changes: object) -> StoredDecision:
    return replace(stored, receipt=json.dumps({**json.loads(stored.receipt), **changes}, sort_keys=True))


def with_figure(stored: StoredDecision, **changes: object) -> StoredDecision:
    sent = decode(stored.message)
    assert isinstance(sent, Decision)
    other = sent.model_copy(update={"calculation": sent.calculation.model_copy(update=changes)})
    return replace(stored, message=encode(other, VERSION))


def test_the_same_facts_under_the_same_law_give_the_same_bytes(stored: StoredDecision) -> None:
    assert stored.facts == facts_to_json(to_facts(request(), ()))
    assert rerun(stored) == Same()


def test_another_answer_is_told_part_by_part(stored: StoredDecision) -> None:
    assert rerun(with_figure(stored, remaining_days=311)) == Different(("remaining_days",))
    assert rerun(with_figure(stored, detail=None)) == Different(("steps",))
    assert rerun(replace(stored, message=b"")) == Different(("message",))


def test_an_agents_own_figures_are_no_defect(stored: StoredDecision) -> None:
    own = replace(with_figure(stored, remaining_days=300), automatic=False)
    assert rerun(own) == OwnFigures()
    assert rerun(replace(stored, automatic=False)) == Same()


def test_a_law_file_that_changed_or_went_is_named(stored: StoredDecision) -> None:
    laws = dict(json.loads(stored.receipt)["laws"])
    present = laws["ar-1991@2026-03-01"]
    changed = with_receipt(stored, laws=[["ar-1991@2026-03-01", "0" * 64], ["ar-1991@2031-01-01", present]])
    assert rerun(changed) == LawsChanged(
        (
            LawChanged("ar-1991@2026-03-01", "0" * 64, present),
            LawChanged("ar-1991@2031-01-01", present, None),
        )
    )


def test_a_receipt_names_law_files_and_nothing_else() -> None:
    stored = {"../law/ar-1991@2026-03-01": "0" * 64, "": "0" * 64}
    assert [change.present for change in law_changes(stored)] == [None, None]


def test_another_engine_and_other_facts_are_not_run(stored: StoredDecision) -> None:
    assert rerun(with_receipt(stored, engine="old/0")) == EngineChanged("old/0", ENGINE)
    assert rerun(replace(stored, facts=stored.facts.replace(b"38", b"19"))) == FactsChanged()


def test_a_receipt_without_one_of_its_laws_is_another_one(stored: StoredDecision) -> None:
    laws = json.loads(stored.receipt)["laws"]
    assert rerun(with_receipt(stored, laws=laws[1:])) == Different(("receipt",))
