"""The documents of a request or a completion: each judged by its content (`schemas.attachments`)."""

from schemas import attachments
from schemas.business.found import Found
from schemas.models import CalculationRequest, Completion


def check(message: CalculationRequest | Completion) -> Found:
    """Give the anomalies of the documents, each at the element at fault."""
    for index, document in enumerate(message.attachments):
        for error_id, field in attachments.faults(document):
            yield error_id, f"attachments[{index}].{field}"
