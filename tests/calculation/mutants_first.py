"""Puts first the tests that most often notice a mutant: thousands are killed, and each as soon as one test fails.

A plugin of pytest, used by mutation testing alone (`[tool.mutmut]` in pyproject.toml).
"""

import pytest

LAST = ("test_impossible", "test_case_format", "test_reference", "test_timeline", "test_long_spells")
FIRST = ("test_rules", "test_cases", "test_law_figures", "test_days", "test_review_scope", "test_words", "test_explain")


def rank(item: pytest.Item) -> int:
    """Give the place of a test's module; those not named lie between."""
    name = item.nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py")
    if name in FIRST:
        return FIRST.index(name)
    return len(FIRST) + (1 + LAST.index(name) if name in LAST else 0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests, keeping the order inside a module."""
    items.sort(key=rank)
