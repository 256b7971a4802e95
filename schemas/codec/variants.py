"""Which shape a message has: several messages have variants, told apart by AttestationStatus and TypeForm.

    OCCP001  status 3 ──► CANCELLATION, else REQUEST         OCCP007  RE ──► ESCALATION, FA ──► ESCALATION_REPLY
    OCCP002  status 3 ──► CANCELLATION, else COMPLETION      OCCP008  RE ──► STATUS_QUESTION, FA ──► STATUS_REPORT
    OCCP003  status 3 ──► WITHDRAWAL, else DECISION          all others: one shape

The last variant of a message is the one taken where status and type of form cannot be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.catalogue import MessageType
from schemas.codec.contact import CONTACT, ESCALATION, ESCALATION_REPLY, STATUS_QUESTION, STATUS_REPORT
from schemas.codec.decision import DECISION, OUTCOME, TASK, WITHDRAWAL
from schemas.codec.follow_up import COMPLETION, REMINDER, RETURN
from schemas.codec.receipt import ACRF, NOTIFICATION
from schemas.codec.request import CANCELLATION, REQUEST
from schemas.codec.shape import Element, Shape, local_name


@dataclass(frozen=True, slots=True)
class Variant:
    """A shape, and the status or the type of form that announces it; a variant without either fits every form."""

    shape: Shape
    status: str | None = None
    type_form: str | None = None

    def fits(self, status: str, type_form: str) -> bool:
        """Tell whether a form with that status and type, as written, has this shape."""
        return self.status in (None, status) and self.type_form in (None, type_form)


_VARIANTS: dict[MessageType, tuple[Variant, ...]] = {
    MessageType.OCCP001: (Variant(CANCELLATION, status="3"), Variant(REQUEST)),
    MessageType.OCCP002: (Variant(CANCELLATION, status="3"), Variant(COMPLETION)),
    MessageType.OCCP003: (Variant(WITHDRAWAL, status="3"), Variant(DECISION)),
    MessageType.OCCP004: (Variant(RETURN),),
    MessageType.OCCP005: (Variant(REMINDER),),
    MessageType.OCCP006: (Variant(CONTACT),),
    MessageType.OCCP007: (Variant(ESCALATION_REPLY, type_form="FA"), Variant(ESCALATION)),
    MessageType.OCCP008: (Variant(STATUS_REPORT, type_form="FA"), Variant(STATUS_QUESTION)),
    MessageType.OCCP101: (Variant(TASK),),
    MessageType.OCCP102: (Variant(OUTCOME),),
    MessageType.ACRF: (Variant(ACRF),),
    MessageType.NOTIFICATION: (Variant(NOTIFICATION),),
}


def shape_of(message_type: MessageType, form: Element | None = None) -> Shape:
    """Give the shape of a form, by its status and type of form, valid or not."""
    header = dict(_announced(form)) if form is not None else {}
    status, type_form = header.get("AttestationStatus", ""), header.get("TypeForm", "")
    return next(variant.shape for variant in _VARIANTS[message_type] if variant.fits(status, type_form))


def _announced(form: Element) -> Iterator[tuple[str, str]]:
    for child in form:
        name = local_name(child)
        if name in ("AttestationStatus", "TypeForm"):
            yield name, (child.text or "").strip()


def shapes_by_model() -> dict[type, dict[MessageType, Shape]]:
    """Give the messages that carry each model: one for most, two for a cancellation."""
    found: dict[type, dict[MessageType, Shape]] = {}
    for message_type, variants in _VARIANTS.items():
        for variant in variants:
            found.setdefault(variant.shape.model, {})[message_type] = variant.shape
    return found
