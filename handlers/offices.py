"""Which ONEM office answers for a dossier, as data: one example office so far, for every residence (AR 142)."""

import tomllib
from functools import cache
from importlib import resources

from schemas.models import Language, OfficeContact


@cache
def default_office(language: Language) -> OfficeContact:
    """Give the contact of the default office, named in that language."""
    entry = tomllib.loads(resources.files("handlers").joinpath("offices.toml").read_text("utf-8"))["default"]
    return OfficeContact(
        code=entry["code"],
        name=entry["name"][language.name.lower()],
        email=entry["email"],
        telephone=entry["telephone"],
    )
