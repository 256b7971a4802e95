"""An agent's outcome (OCCP102): each kind carries what it needs, and nothing of another kind.

ProposalNbr   FinalDecisionInformation   ReturnReason   AskedDocument
confirm    needed        -                          -              -
decide     -             needed                     -              -
return     -             -                          needed         allowed
grant      -             -                          -              -
correct    -             needed                     -              -
withdraw   -             -                          -              -
"""

from datetime import timedelta

from schemas.business.found import Found
from schemas.models import ReviewOutcome

_WITH_A_CALCULATION = ("decide", "correct")


def check(outcome: ReviewOutcome) -> Found:
    """Give the anomalies of an outcome, but for its references."""
    if outcome.outcome is not None:
        yield from _proposal(outcome)
        yield from _calculation(outcome)
        yield from _return(outcome)
    yield from own_calculation_is_coherent(outcome)


def _proposal(outcome: ReviewOutcome) -> Found:
    if outcome.outcome == "confirm" and outcome.proposal is None:
        yield "05104-001", "proposal"
    if outcome.outcome != "confirm" and outcome.proposal is not None:
        yield "05104-005", "proposal"


def _calculation(outcome: ReviewOutcome) -> Found:
    carries = outcome.outcome in _WITH_A_CALCULATION
    if carries and outcome.calculation is None:
        yield "95030-001", "calculation"
    if not carries and outcome.calculation is not None:
        yield "95030-005", "calculation"


def _return(outcome: ReviewOutcome) -> Found:
    if outcome.outcome == "return":
        if not outcome.returned:
            yield "95023-001", "returned"
        return
    if outcome.returned:
        yield "95023-005", "returned"
    if outcome.documents:
        yield "05204-005", "documents"


def own_calculation_is_coherent(outcome: ReviewOutcome) -> Found:
    """Compare an agent's own dates: the claim is possible from the day after the contract."""
    own = outcome.calculation
    if own is None:
        return
    if own.period_start is not None and own.period_end is not None and own.period_end < own.period_start:
        yield "05150-014", "calculation.period_end"
    end, claim = own.contract_end, own.first_claim_date
    if end is not None and claim is not None and claim != end + timedelta(days=1):
        yield "05152-159", "calculation.first_claim_date"
