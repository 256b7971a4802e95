"""`validate`: verdict, anomalies and exit code, on each example and on what is no message at all."""

from pathlib import Path

import pytest

from schemas import examples
from tests.cli.shell import Shell

ANOMALY = ["error_id", "class", "line", "location", "tag", "label", "remedy"]


def test_every_example_gets_the_verdict_its_name_says(shell: Shell) -> None:
    names = examples.names()
    found = shell.lines("validate", *(examples.path(name) for name in names), code=1)
    assert [Path(line["file"]).stem for line in found] == list(names)
    for name, line in zip(names, found, strict=True):
        assert line["valid"] is examples.is_acceptable(name), name
        assert line["verdict"] == ("valid" if line["valid"] else "invalid")
        assert bool([a for a in line["anomalies"] if a["class"] == "B"]) is not line["valid"], name


def test_three_faults_come_at_once_with_line_and_xpath(shell: Shell) -> None:
    (line,) = shell.lines("validate", examples.path("invalid-three-faults"), code=1)
    assert list(line) == ["file", "valid", "verdict", "anomalies"]
    assert len(line["anomalies"]) == 3
    for anomaly in line["anomalies"]:
        assert list(anomaly) == ANOMALY
        assert anomaly["line"] > 1
        assert anomaly["location"].startswith("/")
        assert anomaly["label"]
        assert anomaly["remedy"]


def test_all_valid_is_exit_0(shell: Shell) -> None:
    assert [line["valid"] for line in shell.lines("validate", examples.path("request-first"))] == [True]


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"\x00\xff", b"<a/>"])
def test_what_is_no_message_is_reported_not_raised(shell: Shell, body: bytes) -> None:
    (shell.directory / "odd.bin").write_bytes(body)
    (line,) = shell.lines("validate", "odd.bin", code=1)
    assert (line["valid"], line["verdict"]) == (False, "invalid")
    assert line["anomalies"][0]["error_id"].startswith("ACRF-")


def test_a_file_too_large_is_refused(shell: Shell) -> None:
    (shell.directory / "big.xml").write_bytes(b"<a>" + b"x" * 1024 * 1024)
    (line,) = shell.lines("validate", "big.xml", code=1)
    assert line["verdict"] == "invalid"


def test_labels_come_in_the_language_asked_for(shell: Shell) -> None:
    labels = {
        language: shell.lines("validate", examples.path("invalid-niss"), "--language", language, code=1)[0]
        for language in ("fr", "nl", "de", "en")
    }
    assert len({line["anomalies"][0]["label"] for line in labels.values()}) == 4


def test_wrong_usage_is_exit_2(shell: Shell) -> None:
    assert shell("validate", "nowhere.xml").returncode == 2
    assert shell("validate").returncode == 2


def test_the_table_for_people_names_line_code_and_remedy(shell: Shell) -> None:
    done = shell("validate", examples.path("invalid-niss"), "--language", "en")
    assert done.returncode == 1
    assert "00024-004" in done.stdout
    assert "what to do" in done.stdout
