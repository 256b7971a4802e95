"""The table of offices that this installation works with: the operator's own file, or the shipped example."""

from functools import cache
from pathlib import Path

from handlers.offices import Offices, read, shipped
from service.settings import Settings


def offices_of(settings: Settings) -> Offices:
    """Give the table that the settings name. Raises OSError and BadOffices."""
    return _read(settings.offices_file) if settings.offices_file else shipped()


@cache
def _read(file: Path) -> Offices:
    return read(file.read_text("utf-8"))
