"""`demo`: from nothing to explained decisions, at 80 columns and without a terminal, and it notices when it fails."""

from dataclasses import replace
from pathlib import Path

import pytest

from service.demo import requests
from service.demo.show import present
from tests.cli.shell import Shell


def test_it_shows_the_main_job(shell: Shell) -> None:
    done = shell("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for said in ("Tuesday 01 December 2026, 10:00", "13 files in", "all as expected", "FOREIGN_WORK", "AR art. 30"):
        assert said in done.stdout
    assert not list(shell.directory.iterdir())


def test_each_file_gets_its_answers(shell: Shell) -> None:
    lines = shell.lines("demo")
    found = {line["file"]: line for line in lines}
    decided = [line for line in lines if line["answers"] == ["ACRF 1", "NOTIFICATION 1", "OCCP003"]]
    assert len(lines) == 12
    assert len(decided) == 7
    # by the letter (AM 7): 63 weekdays from 4 January x 6/5 = 75.6, three whole quarters of 78, and of the 2.4 still
    # missing the weekdays 3 and 4 January 2028 make 2 x 6/5
    assert found["FI.OCCP.234567.20261201.00001.S.1.1"]["contract_end"] == "2028-01-04"
    # Tuesday 1 December and five working days, without a holiday between: Tuesday 8 December
    assert {line["due"] for line in decided} == {"2026-12-08"}
    assert found["FI.OCCP.123456.20261201.00007.S.1.1"]["error_ids"] == ["00014-004", "00024-004", "00044-003"]
    assert found["FI.OCCP.123456.20261201.00010.S.1.1"]["error_ids"] == ["95001-133"]
    first, again = [line for line in lines if line["file"] == "FI.OCCP.123456.20261201.00001.S.1.1"]
    assert first["ticket"] == again["ticket"]


def test_it_keeps_the_files_where_asked(shell: Shell) -> None:
    assert shell("demo", "--keep", "kept").returncode == 0
    assert list((shell.directory / "kept/channel/123456/OUT").glob("FO.OCCP.*"))
    assert shell("demo", "--keep", "kept").returncode == 2


def test_it_fails_when_something_comes_out_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = requests.first_wave()
    monkeypatch.setattr(requests, "first_wave", lambda: (replace(first, expected=requests.REJECTED), *others))
    assert present(tmp_path / "kept", json=False) is False
    assert "Not as expected: new, no past work: ACRF 1, NOTIFICATION 1, OCCP003" in capsys.readouterr().out
