"""Fixtures of the command line: an empty directory to run in, and one that a demonstration has filled."""

import shutil
from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a shell in an empty directory with the default settings."""
    return Shell(tmp_path, {})


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what one demonstration kept; for copying, not for changing."""
    directory = tmp_path_factory.mktemp("demo")
    done = Shell(directory, {})("demo", "--keep", "kept", "--json")
    assert done.returncode == 0, done.stderr
    return directory / "kept"


@pytest.fixture
def after_demo(tmp_path: Path, demonstrated: Path) -> Shell:
    """Give a shell on the store and the folders that a demonstration left behind."""
    kept = tmp_path / "kept"
    shutil.copytree(demonstrated, kept)
    settings = {
        "CPAS_ONEM_DATABASE_URL": f"sqlite+aiosqlite:///{kept / 'demo.db'}",
        "CPAS_ONEM_FOLDER": str(kept / "channel"),
        "CPAS_ONEM_SECRET_KEY_FILE": str(kept / "secret.key"),
    }
    return Shell(tmp_path, settings)
