"""The rights of the parties: every kind of party with every form, and the edges of a mandate."""

from dataclasses import replace
from datetime import date

import pytest

from handlers.dispatch import handle
from handlers.dossier import Mandate, PartyKind, Sender
from handlers.rights import forms_of, mandatable, may_send, reaches, refusal
from schemas import catalogue
from schemas.models import Notification
from schemas.parser import Invalid
from tests.handlers.building import BACK_OFFICE, COMPANY, VENDOR, context, opened, request, sibling

FEDERATION = Sender("345678", "Fédération", PartyKind.FEDERATION, 2)
DAY = date(2026, 11, 24)
ALL = (Mandate(COMPANY, date(2023, 10, 2)),)
INBOUND = ("OCCP001", "OCCP002", "OCCP006", "OCCP007", "OCCP008", "OCCP102")
TABLE = {
    # sender: one letter a form of INBOUND - m with a mandate only, y without, n never
    "VENDOR": "mmmnmn",
    "FEDERATION": "nnnynn",
    "BACK_OFFICE": "ynyyny",
}
SENDERS = {"VENDOR": VENDOR, "FEDERATION": FEDERATION, "BACK_OFFICE": BACK_OFFICE}


@pytest.mark.parametrize(
    ("who", "form", "right"),
    [(who, form, right) for who, row in TABLE.items() for form, right in zip(INBOUND, row, strict=True)],
)
def test_each_party_sends_its_own_forms_and_no_other(who: str, form: str, right: str) -> None:
    sender = SENDERS[who]
    with_mandate, without = {"m": (None, "00014-155"), "y": (None, None), "n": ("05005-103", "05005-103")}[right]
    assert refusal(sender, ALL, form, COMPANY, DAY) == with_mandate
    assert refusal(sender, (), form, COMPANY, DAY) == without
    assert may_send(sender, form) is (right != "n")


@pytest.mark.parametrize("form", INBOUND)
def test_whoever_is_suspended_may_send_nothing(form: str) -> None:
    for sender in SENDERS.values():
        assert not may_send(replace(sender, active=False), form)


def test_every_form_that_can_be_read_has_a_party() -> None:
    assert {form.value for form in catalogue.INBOUND} <= {form for kind in PartyKind for form in forms_of(kind)}


def test_what_onem_sends_nobody_may() -> None:
    for form in ("ACRF001", "NOTI001", "OCCP003", "OCCP004", "OCCP005", "OCCP101"):
        assert [refusal(sender, ALL, form, COMPANY, DAY) for sender in SENDERS.values()] == ["05005-103"] * 3


@pytest.mark.parametrize(
    ("mandate", "holds"),
    [
        pytest.param(Mandate(COMPANY, DAY, DAY), True, id="of that day alone"),
        pytest.param(Mandate(COMPANY, date(2026, 11, 25)), False, id="from the next day"),
        pytest.param(Mandate(COMPANY, date(2023, 10, 2), date(2026, 11, 23)), False, id="until the day before"),
        pytest.param(Mandate("0207654333", DAY), False, id="of another CPAS"),
        pytest.param(Mandate(COMPANY, DAY, None, frozenset({"OCCP002", "OCCP008"})), True, id="for this form too"),
        pytest.param(Mandate(COMPANY, DAY, None, frozenset({"OCCP001"})), False, id="for another form"),
    ],
)
def test_a_mandate_holds_for_its_cpas_its_forms_and_its_days(mandate: Mandate, holds: bool) -> None:
    assert (refusal(VENDOR, [mandate], "OCCP002", COMPANY, DAY) is None) is holds
    assert reaches(VENDOR, [mandate], "OCCP002", sibling(company_id=COMPANY), DAY) is holds


def test_a_mandate_names_a_cpas() -> None:
    assert refusal(VENDOR, ALL, "OCCP001", None, DAY) == "00014-155"


def test_a_dossier_is_its_cpass_whichever_vendor_opened_it() -> None:
    """Two vendors for one CPAS: the mandate counts, not who sent the first form."""
    other = Sender("234567", "Autre logiciel", PartyKind.VENDOR, 2)
    dossier = sibling(sender=VENDOR.number)
    assert reaches(other, ALL, "OCCP002", dossier, DAY)
    assert not reaches(VENDOR, (), "OCCP002", dossier, DAY)
    assert not reaches(FEDERATION, ALL, "OCCP008", dossier, DAY)


def test_the_forms_that_a_mandate_may_name_are_a_vendors() -> None:
    assert mandatable() == forms_of(PartyKind.VENDOR) == ("OCCP001", "OCCP002", "OCCP006", "OCCP008")


def test_a_form_that_is_not_the_senders_is_refused_for_that_alone() -> None:
    outcome = handle(opened(request(prior_calculations=9)), context(FEDERATION, mandates=()))
    assert outcome.anomalies == ("05005-103",)
    notification = outcome.answers[1].message
    assert isinstance(notification, Notification)
    assert notification.handling.result_code == 0
    assert notification.handling.reports[0].value == "OCCP001"


def test_an_invalid_form_too_where_the_sender_may_not_send_it() -> None:
    spoilt = Invalid("OCCP102", None, None, "20264", None, ())
    assert handle(spoilt, context(VENDOR)).anomalies == ("05005-103",)
