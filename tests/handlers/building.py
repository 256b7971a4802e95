"""Requests and contexts for handler tests: plain data, an invented person with a checksum-valid number."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from handlers.context import Context, Envelope
from handlers.dossier import Dossier, Mandate, PartyKind, Sender, State
from schemas.findings import Anomaly
from schemas.models import (
    CalculationRequest,
    ContactPerson,
    Employer,
    FormHeader,
    HistoricOccupation,
    Language,
    NaturalPerson,
    PlannedOccupation,
    Reference,
)
from schemas.parser import Places, Readable

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
COMPANY = "0212345668"
INSS = "96050100180"
VENDOR = Sender("123456", "Logiciel social", PartyKind.VENDOR, 2)
BACK_OFFICE = Sender("000001", "ONEM", PartyKind.ONEM, 2)


def tickets() -> Iterator[str]:
    return (f"ANSWER{number:07d}" for number in itertools.count(1))


def context(sender: Sender = VENDOR, **changes: Any) -> Context:
    roll = tickets()
    given: dict[str, Any] = {
        "sender": sender,
        "mandates": (Mandate(COMPANY, date(2023, 10, 2)),),
        "envelope": envelope(),
        "draw_ticket": lambda: next(roll),
    }
    return Context(**{**given, **changes})


def envelope(received_at: datetime = NOW) -> Envelope:
    return Envelope(
        ticket="FORM000000001",
        file_name="FI.OCCP.123456.20261124.00001.S.1.1",
        message_id="5f1f3f0e-7f0c-4c7e-9a55-000000000001",
        schema_version="20264",
        received_at=received_at,
        handled_at=received_at,
    )


def header(**changes: Any) -> FormHeader:
    given: dict[str, Any] = {
        "identification": "OCCP001",
        "created": NOW,
        "status": 0,
        "type_form": "RE",
        "references": (Reference(type=1, origin=1, number="CPAS-2026-0001"),),
    }
    return FormHeader(**{**given, **changes})


def planned(**changes: Any) -> PlannedOccupation:
    given: dict[str, Any] = {
        "start": date(2027, 1, 4),
        "joint_commission": "999",
        "working_days_system": Decimal(5),
        "contract_type": 0,
        "reference_mean_hours": Decimal(38),
        "mean_hours": Decimal(38),
        "worker_code": "090",
    }
    return PlannedOccupation(**{**given, **changes})


def request(**changes: Any) -> CalculationRequest:
    given: dict[str, Any] = {
        "header": header(),
        "language": Language.FR,
        "reason": "001",
        "channel": 6,
        "employer": Employer(company_id=COMPANY),
        "contact": ContactPerson(name="A. Dubois", telephone="+3242000000", email="social@cpas.example"),
        "person": NaturalPerson(inss=INSS, birth_date=date(1996, 5, 1), residence_postal_code="4000"),
        "planned": planned(),
    }
    return CalculationRequest(**{**given, **changes})


def foreign_job() -> HistoricOccupation:
    return HistoricOccupation(
        employer=Employer(),
        country="FR",
        start=date(2025, 1, 6),
        end=date(2025, 6, 30),
        working_days_system=Decimal(5),
        reference_mean_hours=Decimal(38),
        mean_hours=Decimal(38),
    )


def opened(message: Any, *anomalies: Anomaly) -> Readable:
    return Readable(message=message, schema_version="20264", anomalies=anomalies, places=Places())


def sibling(**changes: Any) -> Dossier:
    given: dict[str, Any] = {
        "ticket": "EARLIER000001",
        "sender": "123456",
        "company_id": COMPANY,
        "inss": INSS,
        "occupation_start": date(2027, 1, 4),
        "state": State.CALCULATED,
        "language": 2,
        "reference": "CPAS-2026-0000",
        "last_form": "EARLIER000001",
        "calculations": 1,
        "contract_end": date(2028, 1, 4),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Dossier(**{**given, **changes})
