"""`rerun`: the decisions of a demonstration, run again by another process, and under a law file that was changed."""

import shutil
from pathlib import Path

import calculation
from tests.cli.shell import Shell


def test_g12_every_decision_is_the_same_again(after_demo: Shell) -> None:
    """Seen to fail with the days to work made to depend on the process that computes them."""
    lines = after_demo.lines("rerun")
    assert {line["rerun"] for line in lines} == {"Same"}
    # an agent confirmed the engine's proposal: it too comes out the same
    assert {line["automatic"] for line in lines} == {True, False}
    done = after_demo("rerun", lines[0]["dossier"])
    assert (done.returncode, done.stdout) == (0, "1 decision: the same, byte for byte\n")


def test_a_ticket_that_nobody_has(after_demo: Shell) -> None:
    assert after_demo("rerun", "NOSUCHTICKET0").returncode == 1


def test_a_changed_law_file_is_named_and_nothing_is_run(after_demo: Shell) -> None:
    # a copy of the room that this process finds before the installed one, with one byte more in one law
    copied = after_demo.directory / "calculation"
    shutil.copytree(Path(calculation.__file__).parent, copied)
    law = copied / "law" / "ar-1991@2026-03-01.toml"
    law.write_bytes(law.read_bytes() + b"\n")
    lines = after_demo.lines("rerun", code=1)
    assert {line["rerun"] for line in lines} == {"LawsChanged"}
    assert {changed["law"] for line in lines for changed in line["laws"]} == {"ar-1991@2026-03-01"}
    assert "the law files are not those of the receipt" in after_demo("rerun").stdout


def test_two_processes_give_the_same_bytes(shell: Shell) -> None:
    assert shell("corpus", "--count", "60", "--write", "careers").returncode == 0
    files = sorted((shell.directory / "careers").glob("*.toml"))
    # the order of sets and dictionaries of texts hangs on this; no step may
    first, second = (Shell(shell.directory, {"PYTHONHASHSEED": seed})("calculate", *files, "--json") for seed in "12")
    assert len(first.stdout.splitlines()) == 60
    assert first.stdout == second.stdout
