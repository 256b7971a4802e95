"""Who may send which form, for which CPAS: the table of the parties' rights, and the questions asked of it.

                OCCP001    OCCP002    OCCP006    OCCP007    OCCP008    OCCP102
    vendor      mandate    mandate    mandate       -       mandate       -
    federation     -          -          -         own         -          -
    onem         paper        -         own        own         -         own

`mandate`: only for a CPAS that mandates the sender for that form on that Brussels day. `paper`: only what ONEM received
on paper (promise C6). `own`: without a CPAS's mandate. An empty place is refused whatever the form says.

Refuses to know a dossier's state or a form's content: it answers who may speak, not what may be said.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from handlers.dossier import Dossier, Mandate, PartyKind, Sender

FORM_NOT_ALLOWED = "05005-103"
"""This party may not send this form at all."""
NO_MANDATE = "00014-155"
"""No mandate of this CPAS for this form on this day."""


class Ground(StrEnum):
    """What lets a party send a form."""

    MANDATE = "mandate"
    """The CPAS's mandate, which names the sender, perhaps the forms, and the days."""
    PAPER = "paper"
    """ONEM received it on paper and keys it in (promise C6)."""
    OWN = "own"
    """The party speaks for itself."""


RIGHTS: Mapping[PartyKind, Mapping[str, Ground]] = MappingProxyType(
    {
        PartyKind.VENDOR: MappingProxyType(
            {
                "OCCP001": Ground.MANDATE,
                "OCCP002": Ground.MANDATE,
                "OCCP006": Ground.MANDATE,
                "OCCP008": Ground.MANDATE,
            }
        ),
        PartyKind.FEDERATION: MappingProxyType({"OCCP007": Ground.OWN}),
        PartyKind.ONEM: MappingProxyType(
            {"OCCP001": Ground.PAPER, "OCCP006": Ground.OWN, "OCCP007": Ground.OWN, "OCCP102": Ground.OWN}
        ),
    }
)
"""The table above."""


def forms_of(kind: PartyKind) -> tuple[str, ...]:
    """Give the identifications that a party of this kind may send, in order."""
    return tuple(sorted(RIGHTS[kind]))


def mandatable() -> tuple[str, ...]:
    """Give the identifications that a mandate may name."""
    return tuple(form for form in forms_of(PartyKind.VENDOR) if RIGHTS[PartyKind.VENDOR][form] is Ground.MANDATE)


def may_send(sender: Sender, identification: str) -> bool:
    """Tell whether this sender may send this form at all; one that is suspended may send none."""
    return sender.active and identification in RIGHTS[sender.kind]


def refusal(
    sender: Sender, mandates: Iterable[Mandate], identification: str, company_id: str | None, day: date
) -> str | None:
    """Give the anomaly id for this sender sending this form for this CPAS on this Brussels day; None where it may."""
    ground = RIGHTS[sender.kind].get(identification)
    if ground is None:
        return FORM_NOT_ALLOWED
    if ground is Ground.MANDATE and not _mandated(mandates, identification, company_id, day):
        return NO_MANDATE
    return None


def reaches(sender: Sender, mandates: Iterable[Mandate], identification: str, dossier: Dossier, day: date) -> bool:
    """Tell whether the sender may see or change this dossier with this form on this Brussels day.

    Any sender that the dossier's CPAS mandates that day may, not only the one that opened it. To one that may not,
    nothing of the dossier is told but that it is another CPAS's (155).
    """
    return refusal(sender, mandates, identification, dossier.company_id, day) is None


def _mandated(mandates: Iterable[Mandate], identification: str, company_id: str | None, day: date) -> bool:
    return any(
        mandate.company_id == company_id and mandate.covers(identification) and mandate.holds_on(day)
        for mandate in mandates
    )
