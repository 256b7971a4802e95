"""Runs a stored decision again: the same facts under the same law give the same bytes, or it is said what differs.

    StoredDecision ──► rerun ──► Same          the answer, its steps and its receipt are the stored bytes
                             ├─► OwnFigures    an agent decided on other figures than the engine proposes
                             ├─► LawChanged…   a law file is no longer the one the receipt names
                             ├─► EngineChanged the engine's rules are another version
                             ├─► FactsChanged  the stored facts are not those of the receipt
                             └─► Different     all that is the same, and the answer is not: a defect

It never guesses: what cannot be run again under its own law is not run at all.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from calculation.case import InvalidFacts, facts_from_json
from calculation.engine import calculate
from calculation.receipt import ENGINE, LawChanged, law_changes
from calculation.result import Decided, Result
from calculation.shelf import shelf
from handlers.mapping import to_calculation, to_receipt
from schemas.codec import decode, encode
from schemas.models import Calculation, Decision


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as the store has it; `message` is the OCCP003 as sent, empty if not kept."""

    ticket: str
    dossier: str
    automatic: bool
    facts: bytes = field(repr=False)
    receipt: str
    message: bytes = field(repr=False)
    schema_version: str


@dataclass(frozen=True, slots=True)
class Same:
    """The rerun gives the stored message and receipt, byte for byte."""


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """Facts, law and receipt are the same; the agent decided on figures of their own."""


@dataclass(frozen=True, slots=True)
class LawsChanged:
    """These law files are not those of the receipt: put them back to run this decision again."""

    changes: tuple[LawChanged, ...]


@dataclass(frozen=True, slots=True)
class EngineChanged:
    """The decision was made by another version of the engine's rules."""

    stored: str
    present: str


@dataclass(frozen=True, slots=True)
class FactsChanged:
    """The stored facts are not those that the receipt's digest was taken of, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Different:
    """Same facts, law and engine, another answer: these parts of the message or the receipt differ."""

    parts: tuple[str, ...]


Rerun = Same | OwnFigures | LawsChanged | EngineChanged | FactsChanged | Different


def rerun(stored: StoredDecision) -> Rerun:
    """Run one decision again and compare it with what was sent and stored."""
    receipt: dict[str, Any] = json.loads(stored.receipt)
    if hashlib.sha256(stored.facts).hexdigest() != receipt["facts_sha256"]:
        return FactsChanged()
    if receipt["engine"] != ENGINE:
        return EngineChanged(receipt["engine"], ENGINE)
    changes = law_changes(dict(receipt["laws"]))
    if changes:
        return LawsChanged(changes)
    try:
        facts = facts_from_json(stored.facts)
    except InvalidFacts:
        return FactsChanged()
    return _compared(stored, calculate(facts, shelf().only(dict(receipt["laws"]))))


def receipt_text(result: Result) -> str:
    """Write a result's receipt as the store keeps it."""
    return json.dumps(to_receipt(result.receipt).model_dump(), sort_keys=True)


def _compared(stored: StoredDecision, result: Result) -> Rerun:
    if receipt_text(result) != stored.receipt:
        return Different(("receipt",))
    sent = _sent(stored.message)
    if sent is None:
        return Different(("message",))
    again = [_again(sent, calculation, result) for calculation in _calculations(result, sent)]
    if any(encode(decision, stored.schema_version) == stored.message for decision in again):
        return Same()
    if not stored.automatic:
        return OwnFigures()
    return Different(tuple(_parts(sent, again[0])) if again else ("outcome",))


def _sent(body: bytes) -> Decision | None:
    try:
        message = decode(body)
    except ValueError:
        return None
    return message if isinstance(message, Decision) else None


def _calculations(result: Result, sent: Decision) -> list[Calculation]:
    found = (result.computation,) if isinstance(result, Decided) else result.proposals
    return [to_calculation(computation, sent.language) for computation in found]


def _again(sent: Decision, calculation: Calculation, result: Result) -> Decision:
    """Write the decision anew, with the calculation, the receipt and the warnings of the rerun."""
    return sent.model_copy(
        update={"calculation": calculation, "receipt": to_receipt(result.receipt), "warnings": result.warnings}
    )


def _parts(sent: Decision, again: Decision) -> Iterator[str]:
    for name in Calculation.model_fields:
        if getattr(sent.calculation, name) != getattr(again.calculation, name):
            yield "steps" if name == "detail" else name
    for name in ("receipt", "warnings"):
        if getattr(sent, name) != getattr(again, name):
            yield name
