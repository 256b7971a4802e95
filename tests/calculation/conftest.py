"""Starts every run of the tests with empty caches: what an earlier run in the same process kept proves nothing."""

import sys

import pytest


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget what functions of the calculation remember; the runs of mutation testing share one process's memory."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "calculation":
            for member in vars(module).values():
                if hasattr(member, "cache_clear"):
                    member.cache_clear()
