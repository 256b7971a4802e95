"""Writes the letter: the fields of an access put into the text of a language."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.catalogue import CURRENT
from schemas.models import OfficeContact
from service.letter.first_message import FirstMessage

Tongue = Literal["fr", "nl", "de", "en"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One mandate as told: a CPAS, the days (ISO, `until` None while open), and the forms."""

    company_id: str
    valid_from: str
    valid_to: str | None
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """All that a sender must know. Either the broker's fields are set or the folder's; the others are None."""

    number: str
    name: str
    kind: str
    environment: str
    forms: tuple[str, ...]
    mandates: tuple[Spoken, ...]
    contact: OfficeContact
    first: FirstMessage | None
    host: str | None = None
    vhost: str | None = None
    password: str | None = None
    """As just made; None where the user had one already, or where an operator must choose it."""
    queue: str | None = None
    exchange: str | None = None
    folder_in: str | None = None
    folder_out: str | None = None
    schema_version: str = CURRENT

    @property
    def keys(self) -> tuple[str, ...]:
        """The routing keys it may publish with; `<status>` is the form's AttestationStatus."""
        return tuple(f"{form}.<status>.{self.number}" for form in self.forms)

    @property
    def file_name(self) -> str:
        """How its files are named."""
        return f"FI.OCCP.{self.number}.<yyyymmdd>.<sequence>.{self.environment}.1.1"


@cache
def _texts() -> Environment:
    return Environment(
        loader=PackageLoader("service.letter", "texts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - plain text, no markup
    )


def write(access: Access, tongue: Tongue) -> str:
    """Write the letter."""
    given: dict[str, Any] = {"a": access, "first": access.first}
    return _texts().get_template(f"{tongue}.txt").render(given)
