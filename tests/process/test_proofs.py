"""Every promise has its test, and the program names the tests there are."""

from dataclasses import replace
from pathlib import Path

import proofs
import pytest

from handlers.pledges import pledges, unproven
from service.cli.promises import show
from service.cli.validate import Tongue
from tests.cli.shell import Shell

IDS = [*(f"C{n}" for n in range(1, 7)), *(f"O{n}" for n in range(1, 9)), *(f"R{n}" for n in range(1, 5))]


def test_no_promise_is_without_a_test() -> None:
    assert [pledge.id for pledge in pledges()] == IDS
    assert [pledge.id for pledge in unproven(pledges())] == []


def test_the_program_names_the_tests_that_are_there() -> None:
    assert proofs.FILE.read_text("utf-8") == proofs.text(), "run scripts/proofs.py"


def test_every_promise_is_told_in_four_languages() -> None:
    assert all(set(pledge.sentences) == set(Tongue) for pledge in pledges())
    assert all(len(set(pledge.sentences.values())) == 4 for pledge in pledges())


def test_the_command_lists_each_promise_with_its_tests(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    lines = shell.lines("promises")
    assert [line["id"] for line in lines] == IDS
    assert all(line["tests"] and line["sentence"] for line in lines)
    assert (
        "tests/process/test_each_promise.py::test_o6_a_return_stops_the_clock_and_its_completion_gives_fresh_days"
        in {test for line in lines if line["id"] == "O6" for test in line["tests"]}
    )
    told = shell("promises", "--language", "nl")
    assert told.returncode == 0
    assert "Hoogstens twee" in told.stdout


def test_a_promise_without_a_test_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    bare = [replace(pledge, tests=()) if pledge.id == "C4" else pledge for pledge in pledges()]
    assert show(bare, Tongue.EN, json=True) == 1
    assert capsys.readouterr().err == "No test proves C4.\n"
