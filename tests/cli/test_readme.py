"""The README says what is: its settings, its commands, its links and its figures are those of the program."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from schemas.parser import Readable, open_message
from service.cli import app
from service.settings import Settings, variable

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_each_setting_is_in_the_table(name: str) -> None:
    field = Settings.model_fields[name]
    default = "–" if field.default is None else f"`{field.default}`"
    assert f"| `{variable(name)}` | {default} | {field.description} |" in README


def test_each_command_named_exists() -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"cpas-onem ([a-z]+)", README))
    assert named
    assert named <= known


def test_the_first_two_commands_are_make_demo_and_make_test() -> None:
    first = README.split("```sh")[1].split("```")[0]
    assert re.findall(r"^make \w+", first, re.MULTILINE) == ["make demo", "make test"]


def test_what_must_be_said_is_said() -> None:
    assert (
        "At-least-once in, effectively-once in the database, at-least-once out with a stable message id and "
        "byte-identical content; no order promised between dossiers." in README
    )
    for words in ("own proposal", "no screens for the CPAS", "Crossroads Bank", "Information Security Committee"):
        assert words in README


def test_every_directory_named_exists() -> None:
    for name in re.findall(r"`((?:schemas|calculation|handlers|service)/[\w/]*)`", README):
        assert (Path(__file__).parents[2] / name).is_dir()


def test_the_request_shown_is_read_by_the_service() -> None:
    shown = README.split("```xml\n")[1].split("```")[0]
    opened = open_message(shown.encode())
    assert isinstance(opened, Readable), opened
    assert opened.anomalies == ()
