"""ACRF and NOTIFICATION: we hold your message; it is acceptable, or why not."""

from datetime import datetime
from typing import Literal

from schemas.findings import Report
from schemas.models.header import FormHeader, Language, Model


class Diagnosis(Model):
    """Why a message could not be received at all: error id, line where known, label in the sender's language."""

    error_id: str
    line: int | None = None
    label: str


class Acknowledgement(Model):
    """ACRF: receipt of a message. `accepted` is ResultCode 1 (we hold it, `ticket` names it) or 0 (with diagnoses)."""

    header: FormHeader
    file_name: str
    ticket: str
    accepted: bool
    diagnoses: tuple[Diagnosis, ...] = ()


class HandlingResult(Model):
    """Whether the form is accepted; `total` counts all anomalies, `reports` holds the first 50 by line."""

    result_code: Literal[0, 1]
    total: int
    reports: tuple[Report, ...] = ()


class Notification(Model):
    """NOTIFICATION: the form is accepted (ResultCode 1, perhaps with warnings) or rejected (0) with all anomalies."""

    header: FormHeader
    handled_identification: str
    received: datetime
    language: Language
    handling: HandlingResult
