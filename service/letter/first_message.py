"""A first message to try: a complete, valid calculation request about a person that does not exist.

The same sender on the same day gets the same bytes under the same name, so that a letter printed twice does no harm.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from handlers.promises import BRUSSELS
from schemas.catalogue import CURRENT
from schemas.codec import encode
from schemas.file_name import Environment, FileName
from schemas.models import (
    CalculationRequest,
    ContactPerson,
    Employer,
    FormHeader,
    Language,
    NaturalPerson,
    PlannedOccupation,
    Reference,
)

EXPECTED = ("ACRF 1", "NOTIFICATION 1", "OCCP003")
"""The answers to it, in order."""
SEQUENCE = "00001"

_UNUSED = 900
"""National numbers are given in order of birth: no day has had so many births, so none from here on is anyone's."""
_RESIDENCE = {Language.NL: "9000", Language.FR: "4000", Language.DE: "4700"}


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The exact bytes to send, the name to send them under, and the answers that come."""

    file_name: str
    body: str
    schema_version: str = CURRENT
    expected: tuple[str, ...] = EXPECTED


def first_message(
    sender: str, company_id: str, language: Language, today: date, environment: Environment
) -> FirstMessage:
    """Make it, for a CPAS that mandates the sender today (a Brussels date). Raises ValueError in environment R."""
    if environment == "R":
        raise ValueError("nothing is tried in the real environment")
    born = date(1985, 1, 1) + timedelta(days=int(sender) % 3650)
    request = CalculationRequest(
        header=FormHeader(
            identification="OCCP001",
            created=datetime.combine(today, time(), tzinfo=BRUSSELS),
            status=0,
            type_form="RE",
            references=(Reference(type=1, origin=1, number=f"TEST-{today:%Y%m%d}"),),
        ),
        language=language,
        reason="001",
        channel=6,
        employer=Employer(company_id=company_id),
        contact=ContactPerson(name="Test", telephone="+3220000000", email="test@cpas.example"),
        person=NaturalPerson(
            inss=_niss(born, _UNUSED + today.toordinal() % 98),
            birth_date=born,
            residence_postal_code=_RESIDENCE[language],
        ),
        planned=PlannedOccupation(
            start=_monday_after(today + timedelta(days=30)),
            joint_commission="999",
            working_days_system=Decimal(5),
            contract_type=0,
            reference_mean_hours=Decimal(38),
            mean_hours=Decimal(38),
            worker_code="090",
        ),
    )
    name = FileName("FI", "OCCP", sender, today, SEQUENCE, environment)
    return FirstMessage(str(name), encode(request).decode())


def _niss(born: date, serial: int) -> str:
    """Give the number of that birth date (before 2000) and serial, with its check digits."""
    first_nine = f"{born:%y%m%d}{serial:03d}"
    return f"{first_nine}{97 - int(first_nine) % 97:02d}"


def _monday_after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())
