"""The words of the explanations, one file per language: leaf package, loaded once."""

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

LANGUAGES = ("fr", "nl", "de", "en")


@lru_cache(maxsize=len(LANGUAGES))
def load(language: str) -> dict[str, Any]:
    """Give the templates and words of a language; LookupError for any but the four."""
    if language not in LANGUAGES:
        raise LookupError(language)
    return tomllib.loads(resources.files(__name__).joinpath(f"{language}.toml").read_text("utf-8"))
