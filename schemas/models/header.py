"""The Form header every message begins with: identification, creation, status, type, references (90059, 90082)."""

from datetime import datetime
from enum import IntEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all message models: immutable, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Language(IntEnum):
    """Language of a request and of its answers, as coded on the wire."""

    NL = 1
    FR = 2
    DE = 3


class Reference(Model):
    """A reference of the header.

    `type`: 0 another identification, 1 this form, 2 dossier, 3 earlier form with the same identification, 5 a request.
    `origin`: 1 the sender's own, 2 social security (a ticket). `number`: at most 20 characters.
    """

    type: Literal[0, 1, 2, 3, 5]
    origin: Literal[1, 2]
    number: str


class FormHeader(Model):
    """The header. `created` is an aware datetime; the wire writes it as Brussels date and time."""

    identification: str
    created: datetime
    status: int
    type_form: Literal["RE", "FA", "SU", "PA"]
    references: tuple[Reference, ...]

    def reference(self, type_: int, origin: int) -> str | None:
        """Give the number of the first reference of that type and origin, or None."""
        for reference in self.references:
            if reference.type == type_ and reference.origin == origin:
                return reference.number
        return None
