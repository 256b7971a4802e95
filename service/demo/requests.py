"""The demonstration's requests: invented persons with numbers that are valid by their check digits, nobody's in fact.

`what` says what a file shows, `expected` the answers it must get, in order: the demonstration fails when another comes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from schemas.codec import encode
from schemas.models import (
    AbsenceSpell,
    CalculationRequest,
    ContactPerson,
    Employer,
    FormHeader,
    HistoricOccupation,
    InsuredPeriod,
    Language,
    NaturalPerson,
    PlannedOccupation,
    Reference,
)

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Europe/Brussels"))
"""The demonstration's moment: a Tuesday."""

FRENCH_VENDOR = "123456"
DUTCH_VENDOR = "234567"
CPAS = "0212345668"
OCMW = "0207654333"

EXPLAINED = 2
"""Sequence of the request whose decision is shown in full: the one with a past."""

ACCEPTED = ("ACRF 1", "NOTIFICATION 1")
DECIDED = (*ACCEPTED, "OCCP003")
REJECTED = ("ACRF 1", "NOTIFICATION 0")
UNREADABLE = ("ACRF 0",)


@dataclass(frozen=True, slots=True)
class Example:
    """One file to send. `sequence` is its number of the day in its name; `body` the exact bytes."""

    sender: str
    sequence: int
    what: str
    body: bytes
    expected: tuple[str, ...]

    @property
    def file_name(self) -> str:
        """Its name, the idempotency key."""
        return f"FI.OCCP.{self.sender}.{NOW:%Y%m%d}.{self.sequence:05d}.S.1.1"


def first_wave() -> tuple[Example, ...]:
    """Give the requests that arrive first."""
    return (
        _french(1, "new, no past work", request(1), DECIDED),
        _french(2, "new, with past jobs and a sickness", _with_a_past(), DECIDED),
        _dutch(1, "a Dutch-speaking sender", _in_dutch(), DECIDED),
        _french(3, "a BIS number", _bis_number(), DECIDED),
        _french(4, "late: the contract has begun", _late(), DECIDED),
        _french(5, "worked abroad: an agent decides", _worked_abroad(), DECIDED),
        _french(6, "part-time: waits for an agent", _part_time(), ACCEPTED),
        Example(FRENCH_VENDOR, 7, "several faults at once", _several_faults(), REJECTED),
        Example(FRENCH_VENDOR, 8, "a DOCTYPE, which is never read", _with_a_doctype(), UNREADABLE),
        Example(FRENCH_VENDOR, 9, "a PDF, not XML", b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n", UNREADABLE),
    )


def second_wave() -> tuple[Example, ...]:
    """Give what arrives after the first answers: a file sent again, and a request that repeats a dossier."""
    again = first_wave()[0]
    return (
        Example(again.sender, again.sequence, "the first file once more", again.body, again.expected),
        _french(10, "a second new request for a person", request(1, reference="CPAS-2026-0010"), REJECTED),
    )


def request(number: int, **changes: Any) -> CalculationRequest:
    """Give a plain request: full-time from January, no past; `changes` replace fields, `reference` the sender's own."""
    reference = changes.pop("reference", f"CPAS-2026-{number:04d}")
    given: dict[str, Any] = {
        "header": FormHeader(
            identification="OCCP001",
            created=NOW.replace(hour=9, minute=number),
            status=0,
            type_form="RE",
            references=(Reference(type=1, origin=1, number=reference),),
        ),
        "language": Language.FR,
        "reason": "001",
        "channel": 6,
        "employer": Employer(company_id=CPAS, noss_registration_nbr="123456749"),
        "contact": ContactPerson(name="Service insertion", telephone="+3242000000", email="insertion@cpas.example"),
        "person": person("96050100180", date(1996, 5, 1)),
        "planned": planned(date(2027, 1, 4)),
    }
    return CalculationRequest(**{**given, **changes})


def person(inss: str, birth_date: date) -> NaturalPerson:
    """Give an invented person of Liège."""
    return NaturalPerson(inss=inss, birth_date=birth_date, residence_postal_code="4000")


def planned(start: date, hours: int = 38) -> PlannedOccupation:
    """Give a five-day contract from that day, at that many hours a week of 38."""
    return PlannedOccupation(
        start=start,
        joint_commission="999",
        working_days_system=Decimal(5),
        contract_type=0 if hours == 38 else 1,
        reference_mean_hours=Decimal(38),
        mean_hours=Decimal(hours),
        worker_code="090",
    )


def _job(start: date, end: date, **changes: Any) -> HistoricOccupation:
    given: dict[str, Any] = {
        "employer": Employer(company_id="0899012331"),
        "start": start,
        "end": end,
        "working_days_system": Decimal(5),
        "contract_type": 0,
        "reference_mean_hours": Decimal(38),
        "mean_hours": Decimal(38),
    }
    return HistoricOccupation(**{**given, **changes})


def _with_a_past() -> CalculationRequest:
    return request(
        2,
        person=person("88091712416", date(1988, 9, 17)),
        history=(
            _job(
                date(2025, 1, 6),
                date(2025, 4, 30),
                absences=(AbsenceSpell(kind="paid_holiday", start=date(2025, 4, 14), end=date(2025, 4, 18)),),
            ),
            _job(date(2026, 2, 2), date(2026, 3, 27), mean_hours=Decimal(19), contract_type=1),
        ),
        periods=(
            InsuredPeriod(kind="sickness_benefit", start=date(2025, 7, 1), end=date(2025, 9, 30), benefit_paid=True),
        ),
    )


def _in_dutch() -> CalculationRequest:
    return request(
        1,
        reference="OCMW-2026-0001",
        language=Language.NL,
        employer=Employer(company_id=OCMW),
        contact=ContactPerson(name="Dienst activering", telephone="+3292000000", email="activering@ocmw.example"),
        person=NaturalPerson(inss="01031205544", birth_date=date(2001, 3, 12), residence_postal_code="9000"),
    )


def _bis_number() -> CalculationRequest:
    return request(3, person=person("90450301761", date(1990, 5, 3)), planned=planned(date(2026, 12, 7)))


def _late() -> CalculationRequest:
    return request(4, person=person("75022008333", date(1975, 2, 20)), planned=planned(date(2026, 11, 23)))


def _worked_abroad() -> CalculationRequest:
    return request(
        5,
        person=NaturalPerson(
            inss="93083006178", birth_date=date(1993, 8, 30), residence_postal_code="4000", nationality="BE"
        ),
        history=(_job(date(2025, 1, 6), date(2025, 6, 30), country="FR", employer=Employer()),),
    )


def _part_time() -> CalculationRequest:
    return request(6, person=person("99061120237", date(1999, 6, 11)), planned=planned(date(2027, 1, 4), hours=19))


def _several_faults() -> bytes:
    """Spoil a good request: a national number's check digits, an enterprise number's, a date, an unknown element."""
    good = encode(request(7, person=person("84010515511", date(1984, 1, 5))))
    spoilt = good.replace(b"84010515511", b"84010515512").replace(CPAS.encode(), b"0212345669")
    return spoilt.replace(b"2027-01-04", b"2027-02-30")


def _with_a_doctype() -> bytes:
    good = encode(request(8, person=person("97112304818", date(1997, 11, 23))))
    declaration, separator, rest = good.partition(b"?>")
    return declaration + separator + b'<!DOCTYPE OCCP001 [<!ENTITY x "harmless">]>' + rest


def _french(sequence: int, what: str, message: CalculationRequest, expected: tuple[str, ...]) -> Example:
    return Example(FRENCH_VENDOR, sequence, what, encode(message), expected)


def _dutch(sequence: int, what: str, message: CalculationRequest, expected: tuple[str, ...]) -> Example:
    return Example(DUTCH_VENDOR, sequence, what, encode(message), expected)
