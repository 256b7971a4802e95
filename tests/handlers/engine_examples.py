"""The stored examples that explain a calculation, written from the real engine's answer to another stored example.

    request-first ──────────► answer-decision           revision-event ───────► answer-decision-revised
    request-human-review ───► task-review, task-review-reminder

The header, the office and the remarks of a stored example stay; what the engine says in it is written anew. Run as a
module, it writes the files: `python -m tests.handlers.engine_examples`.
"""

from calculation.engine import calculate
from calculation.result import Decided, Review
from handlers.mapping import to_calculation, to_facts, to_reasons, to_receipt
from handlers.promises import promises_on, second_calculation_window
from schemas import examples
from schemas.codec import decode, encode
from schemas.models import CalculationRequest, Decision, ReviewTask, SecondCalculation

ANSWERS = {
    "answer-decision": ("request-first", 1),
    "answer-decision-revised": ("revision-event", 2),
    "task-review": ("request-human-review", 1),
    "task-review-reminder": ("request-human-review", 1),
}
"""The request that each example answers, and which calculation of its dossier that is."""


def written(name: str) -> bytes:
    """Write an example with what the engine says to its request."""
    request_name, number = ANSWERS[name]
    request, stored = decode(examples.path(request_name).read_bytes()), decode(examples.path(name).read_bytes())
    assert isinstance(request, CalculationRequest)
    result = calculate(to_facts(request, calculation_number=number))
    match stored, result:
        case Decision(), Decided():
            return encode(_decision(stored, result, number))
        case ReviewTask(), Review():
            return encode(_task(stored, result))
    raise AssertionError(f"{name} is not what the engine makes of {request_name}")


def _decision(stored: Decision, result: Decided, number: int) -> Decision:
    calculation = to_calculation(result.computation, stored.language)
    promises = promises_on(stored.decision_date)
    opens, closes = second_calculation_window(calculation.contract_end, promises)
    is_last = number >= promises.calculations_at_most
    return stored.model_copy(
        update={
            "calculation": calculation,
            "receipt": to_receipt(result.receipt),
            "warnings": result.warnings,
            "second_calculation": None if is_last else SecondCalculation(first_date=opens, last_date=closes),
        }
    )


def _task(stored: ReviewTask, result: Review) -> ReviewTask:
    return stored.model_copy(
        update={
            "reasons": to_reasons(result.reasons, stored.language),
            "proposals": tuple(to_calculation(proposal, stored.language) for proposal in result.proposals),
            "receipt": to_receipt(result.receipt),
            "warnings": result.warnings,
        }
    )


if __name__ == "__main__":
    for example in ANSWERS:
        examples.path(example).write_bytes(written(example))
