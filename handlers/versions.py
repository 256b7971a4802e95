"""The schema version of a form on the day of its receipt, from the dated table.

accepted that day ──► as it was opened, with a warning where the version's last day is set
else              ──► Unreadable: ACRF 0
"""

from dataclasses import replace

from handlers.context import Context
from handlers.promises import brussels_date
from schemas.findings import Anomaly
from schemas.models import Language
from schemas.parser import Invalid, Opened, Readable, Unreadable

NOT_ACCEPTED = "ACRF-137"
RETIRING = "ACRF-140"


def judged(opened: Opened, context: Context) -> Opened:
    """Judge the version of what was opened, on the Brussels day of its receipt."""
    if not isinstance(opened, Readable | Invalid):
        return opened
    day = brussels_date(context.envelope.received_at)
    accepted = (version for version in context.versions if version.is_accepted_on(day))
    version = next((version for version in accepted if version.name == opened.schema_version), None)
    if version is None:
        return Unreadable((Anomaly(NOT_ACCEPTED),), _language(opened))
    if version.accepted_until is None:
        return opened
    ends = Anomaly(RETIRING, value=version.accepted_until.isoformat())
    return replace(opened, anomalies=(*opened.anomalies, ends))


def _language(opened: Readable | Invalid) -> Language | None:
    return opened.language if isinstance(opened, Invalid) else getattr(opened.message, "language", None)
