"""Requests to measure with: distinct invented persons and files; a third each with no, one and two past jobs."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from schemas.codec import encode
from schemas.file_name import FileName
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

COMPANY = "0212345668"
_BRUSSELS = ZoneInfo("Europe/Brussels")
_FIRST_BIRTH = date(1972, 1, 1)
_SERIALS = 997
_DAYS = 25 * 365
MOST = 10**9
"""Highest number to begin from; a file name has ten digits for it."""


def draw_sender() -> str:
    """Give a sender number that nobody else uses now: broker users are shared by all virtual hosts."""
    return f"9{secrets.randbelow(10**5):05d}"


@dataclass(frozen=True, slots=True)
class Load:
    """One request to publish."""

    body: bytes
    file_name: str
    sender: str


def requests(count: int, first: int, sender: str) -> Iterator[Load]:
    """Give `count` requests of a sender, numbered from `first`: another number is another person and another file."""
    now = datetime.now(_BRUSSELS) - timedelta(minutes=5)
    for number in range(first, first + count):
        name = FileName("FI", "OCCP", sender, now.date(), str(number), "S")
        yield Load(encode(_request(number, now)), str(name), sender)


def inss(number: int) -> tuple[str, date]:
    """Give the national number and the birth date of an invented person: valid by its check digits, nobody's."""
    birth = _FIRST_BIRTH + timedelta(days=number // _SERIALS % _DAYS)
    nine = f"{birth:%y%m%d}{number % _SERIALS + 1:03d}"
    return f"{nine}{97 - int(nine) % 97:02d}", birth


def _request(number: int, now: datetime) -> CalculationRequest:
    niss, birth = inss(number)
    start = (now.date() + timedelta(days=45)).replace(day=1)
    return CalculationRequest(
        header=FormHeader(
            identification="OCCP001",
            created=now,
            status=0,
            type_form="RE",
            references=(Reference(type=1, origin=1, number=f"BENCH-{number}"),),
        ),
        language=Language.FR,
        reason="001",
        channel=6,
        employer=Employer(company_id=COMPANY, noss_registration_nbr="123456749"),
        contact=ContactPerson(name="Service insertion", telephone="+3242000000", email="insertion@cpas.example"),
        person=NaturalPerson(inss=niss, birth_date=birth, residence_postal_code="4000"),
        planned=PlannedOccupation(
            start=start,
            joint_commission="999",
            working_days_system=Decimal(5),
            contract_type=0,
            reference_mean_hours=Decimal(38),
            mean_hours=Decimal(38),
            worker_code="090",
        ),
        history=(_job(start, 400, 300), _job(start, 200, 120))[: number % 3],
    )


def _job(start: date, begun: int, ended: int) -> HistoricOccupation:
    """Give a past full-time job, as days before the planned start."""
    return HistoricOccupation(
        employer=Employer(company_id="0899012331"),
        start=start - timedelta(days=begun),
        end=start - timedelta(days=ended),
        working_days_system=Decimal(5),
        contract_type=0,
        reference_mean_hours=Decimal(38),
        mean_hours=Decimal(38),
    )
