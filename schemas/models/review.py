"""OCCP101 and OCCP102: the review task that goes to ONEM's back office, and the agent's outcome."""

from datetime import datetime
from typing import Literal

from schemas.models.calculation_request import CalculationRequest
from schemas.models.decision import Calculation, ReceiptLine
from schemas.models.follow_up import ReturnReason
from schemas.models.header import FormHeader, Language, Model


class ReviewReasonLine(Model):
    """One reason for review: its code, the article if one asks for it, what it is about, and the question to settle."""

    code: str
    article: str = ""
    subject: str = ""
    text: str = ""


class ReviewTask(Model):
    """OCCP101: the facts as received, all reasons, the engine's proposals, and the due date (promise O2).

    `remarks`: what the CPAS wrote beside its data, such as its answers to the items of a return.
    """

    header: FormHeader
    office: str
    language: Language
    due_at: datetime
    request: CalculationRequest
    reasons: tuple[ReviewReasonLine, ...]
    proposals: tuple[Calculation, ...] = ()
    receipt: ReceiptLine
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class ReviewOutcome(Model):
    """OCCP102: what the agent decided on a task; refers (5/2) to the OCCP101's ticket. `reason` is compulsory.

    `outcome`: `confirm` takes the engine's proposal number `proposal` (1-based); `decide` carries the agent's own
    `calculation` (without a step tree); `return` sends the request back with `returned` and the `documents` asked;
    `grant` grants the derogation asked for (promise C4). Two outcomes answer no task, but refer (2/2) to a decided
    dossier: `correct` carries ONEM's own `calculation` in place of its decision, `withdraw` takes the decision back.
    """

    header: FormHeader
    agent_id: str
    outcome: Literal["confirm", "decide", "return", "grant", "correct", "withdraw"]
    proposal: int | None = None
    calculation: Calculation | None = None
    returned: tuple[ReturnReason, ...] = ()
    documents: tuple[str, ...] = ()
    reason: str
