"""`calculate`: the JSON contract, what-if, many files at once, and requests beside case files."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from calculation.engine import calculate
from calculation.impossible import problems
from calculation.result import ReviewReason
from schemas import examples
from service.bench.shapes import SHAPES
from service.cli.calculate import HEADINGS
from tests.cli.shell import Shell

FIELDS = {
    "outcome",
    "reasons",
    "warnings",
    "law",
    "route",
    "required_days",
    "prior_days",
    "remaining_days",
    "first_claim_date",
    "contract_end",
    "period_start",
    "period_end",
    "reading_a_date",
    "reading_b_date",
    "contract_days",
    "steps",
    "receipt",
}

CASE = """
id = "one-past-job"
[facts]
birth_date = 1996-05-01
[facts.contract]
start = 2026-09-01
days_per_week = 5
hours_per_week = 38
reference_hours_per_week = 38
[[facts.occupations]]
start = 2025-01-06
end = 2025-04-30
days_per_week = 5
hours_per_week = 38
reference_hours_per_week = 38
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    file = tmp_path / "case.toml"
    file.write_text(CASE)
    return file


def test_a_decided_case(shell: Shell, case: Path) -> None:
    (line,) = shell.lines("calculate", case)
    assert next(iter(line)) == "file"
    assert set(line) >= FIELDS
    # 61 scheduled days in Q1 and 22 in April, each 6/5: 73.2 + 26.4 = 99.6, hence 312 - 100 = 212 (AR 30, AM 7)
    assert (line["outcome"], line["required_days"], line["prior_days"]) == ("decided", 312, "99.6000")
    assert (line["remaining_days"], line["first_claim_date"], line["contract_end"]) == (212, "2027-05-06", "2027-05-05")
    # 1 September 2026 to 5 May 2027 without the Sundays: 247 days less 35 Sundays
    assert line["contract_days"] == 212


def test_the_steps_instruments_are_named_with_their_title_and_eli(shell: Shell, case: Path) -> None:
    (line,) = shell.lines("calculate", case)

    def named(step: dict[str, Any]) -> set[str]:
        return {step["instrument"]}.union(*(named(child) for child in step["children"]))

    assert set(line["instruments"]) == named(line["steps"])
    decree = line["instruments"]["ar-1991@2026-03-01"]
    assert decree["eli"] == "http://www.ejustice.just.fgov.be/eli/arrete/1991/11/25/1991013192/justel"
    assert set(decree["title"]) == {"fr", "nl", "de", "en"}


def test_a_review_carries_reasons_and_proposals(shell: Shell, case: Path) -> None:
    (line,) = shell.lines("calculate", case, "--set", 'facts.occupations[0].country="FR"')
    assert (line["outcome"], line["reasons"]) == ("review", ["FOREIGN_WORK"])
    # its days are left out: a year of full-time work from 1 September 2026
    assert [proposal["contract_end"] for proposal in line["proposals"]] == ["2027-08-30"]
    assert line["contract_end"] is None


IMPOSSIBLE = {
    "days_per_week = 0": "must lie above 0 and at most 7",
    "days_per_week = nan": "must be a plain number",
    "days_per_week = 1e99999999999999999999": "is no number that can be held",
    f"days_per_week = {'9' * 5000}": "digits",
    "hours_per_week = 169": "must lie above 0 and at most 168",
    "hours_per_week = -inf": "must be a plain number",
    "start = 0001-01-01": "the date lies outside",
    "start = 2026-02-30": "Invalid date",
    "start = 1996-04-30": "the birth date lies after the contract's start",
    f"absences = {'[' * 100_000}": "nested too deeply",
}


def test_impossible_facts_are_told_and_never_calculated(shell: Shell, case: Path) -> None:
    files = []
    for number, line in enumerate(IMPOSSIBLE):
        name = line.partition(" =")[0]
        rows = CASE.split("[[facts.occupations]]")[0].splitlines()
        kept = [row for row in rows if row.partition(" =")[0] != name]
        files.append(shell.directory / f"impossible-{number}.toml")
        files[-1].write_text("\n".join([*kept, line, ""]))
    lines = shell.lines("calculate", *files, code=1)
    for found, sentence in zip(lines, IMPOSSIBLE.values(), strict=True):
        assert found["outcome"] == "invalid"
        assert sentence in str(found)
        assert "first_claim_date" not in found


def test_an_invalid_file_does_not_stop_the_others(shell: Shell, case: Path) -> None:
    broken = shell.directory / "broken.toml"
    broken.write_text("[facts")
    empty = shell.directory / "empty.toml"
    empty.write_text("[facts]\nbirth_date = 1996-05-01\ncolour = 3\n")
    lines = shell.lines("calculate", broken, empty, case, code=1)
    assert [line["outcome"] for line in lines] == ["invalid", "invalid", "decided"]
    assert any("contract" in problem for problem in lines[1]["problems"])
    assert any("colour" in problem for problem in lines[1]["problems"])


def test_what_if_changes_one_figure(shell: Shell, case: Path) -> None:
    (line,) = shell.lines("calculate", case, "--set", "facts.contract.start=2026-10-01")
    assert line["outcome"] == "decided"
    assert line["first_claim_date"] > "2027-05-06"


@pytest.mark.parametrize("change", ["facts.contract.start", "facts.nowhere.x=1", "facts.occupations[7].end=2025-01-01"])
def test_what_if_names_a_place_that_is_not_there(shell: Shell, case: Path, change: str) -> None:
    (line,) = shell.lines("calculate", case, "--set", change, code=1)
    assert line["outcome"] == "invalid"
    assert line["problems"][0].startswith("--set ")


@pytest.mark.parametrize("written", ["number = " + "9" * 5000, "list = " + "[" * 5000], ids=["long", "deep"])
def test_a_file_that_asks_too_much_is_invalid(shell: Shell, written: str) -> None:
    file = shell.directory / "case.toml"
    file.write_text(written)
    (line,) = shell.lines("calculate", file, code=1)
    assert line["outcome"] == "invalid"
    assert len(line["problems"]) == 1


def test_a_person_who_watches_sees_how_far_it_is(shell: Shell, case: Path) -> None:
    def watched(*arguments: str | Path) -> bytes:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "service", "calculate", *map(str, arguments)]
        environment = {**shell.environment(), "TERM": "xterm"}
        done = subprocess.run(
            command,
            cwd=shell.directory,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=theirs,
            timeout=120,
            check=True,
        )
        assert done.stdout
        os.write(theirs, b"THE END")
        os.close(theirs)
        seen = b""
        while not seen.endswith(b"THE END"):
            seen += os.read(ours, 4096)
        os.close(ours)
        return seen

    assert b"100%" in watched(*[case] * 25)
    assert watched(case) == b"THE END"


def test_a_request_gives_the_same_as_its_facts(shell: Shell, case: Path) -> None:
    requests = [examples.path(name) for name in examples.names() if name.startswith("request-")]
    lines = shell.lines("calculate", *requests)
    assert {line["outcome"] for line in lines} == {"decided", "review"}
    again = shell.lines("calculate", *requests, "--set", "facts.career_in_attachments=true")
    assert all("INCOMPLETE" in line["reasons"] for line in again)


def test_a_message_that_is_no_request_is_invalid(shell: Shell) -> None:
    files = [examples.path(name) for name in ("outcome-confirm", "invalid-niss", "unreadable-not-xml")]
    lines = shell.lines("calculate", *files, code=1)
    assert [line["outcome"] for line in lines] == ["invalid"] * 3
    assert all(line["problems"] for line in lines)


def test_the_text_comes_in_four_languages(shell: Shell, case: Path) -> None:
    texts = {
        language: shell("calculate", case, "--explain", "--language", language) for language in ("fr", "nl", "de", "en")
    }
    assert len({done.stdout for done in texts.values()}) == 4
    for done in texts.values():
        assert done.returncode == 0
        assert "99" in done.stdout
    assert "AR art. 30" in texts["fr"].stdout


def test_a_page_is_written_for_one_file(shell: Shell, case: Path) -> None:
    done = shell("calculate", case, "--html", "out.html", "--language", "nl")
    assert done.returncode == 0, done.stderr
    page = (shell.directory / "out.html").read_text("utf-8")
    assert "312 arbeidsdagen nodig, 99,6 bewezen, 212 te werken" in page
    assert "2027-05-06" in done.stdout


def test_several_files_make_a_page_each(shell: Shell, case: Path) -> None:
    (shell.directory / "other").mkdir()
    twin = shell.directory / "other" / case.name
    twin.write_text(CASE)
    broken = shell.directory / "broken.toml"
    broken.write_text("[facts")
    lines = shell.lines("calculate", case, broken, twin, "--html", "pages", code=1)
    assert [line["outcome"] for line in lines] == ["decided", "invalid", "decided"]
    assert sorted(file.name for file in (shell.directory / "pages").iterdir()) == ["case-2.html", "case.html"]


def test_one_file_and_a_directory_makes_a_page_in_it(shell: Shell, case: Path) -> None:
    (shell.directory / "pages").mkdir()
    assert shell("calculate", case, "--html", "pages").returncode == 0
    assert [file.name for file in (shell.directory / "pages").iterdir()] == ["case.html"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--html", "out.html", "case.toml"], "Name a directory"),
        (["--html", "nowhere/out.html"], "there is no directory nowhere"),
        (["--html", "out.html", "--compare", "--set", "facts.birth_date=1990-01-01"], "use one of them"),
    ],
)
def test_a_page_that_cannot_be_is_refused(shell: Shell, case: Path, arguments: list[str], said: str) -> None:
    done = shell("calculate", case, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
    assert not list(shell.directory.glob("**/*.html"))


def test_the_table_names_the_dates(shell: Shell, case: Path) -> None:
    done = shell("calculate", case)
    assert done.returncode == 0
    assert "2027-05-05" in done.stdout
    assert "2027-05-06" in done.stdout


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_a_narrow_table_keeps_every_column(shell: Shell, case: Path, language: str) -> None:
    done = shell("calculate", case, "--language", language)
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert HEADINGS[language][0] in done.stdout
    # the file's name may fold, a figure or a date may not
    assert all(any(whole in line.split() for line in lines) for whole in ("312", "99.6000", "212", "2027-05-05"))
    assert "decided" in done.stdout


def test_the_calculation_can_be_measured(shell: Shell) -> None:
    line, *cases = shell.lines("bench", "calculate", "--count", "40", "--most", "5")
    assert line["calculations"] == 40
    assert 0 < line["decided"] < 40
    assert line["per_second"] > 0
    assert {case["shape"] for case in cases} >= {"career", "interim", "events", "services", "old_law", "never"}
    assert all(case["size"] == 5 and case["milliseconds"] > 0 and case["runs"] >= 3 for case in cases)


def test_the_shapes_to_measure_are_what_they_say() -> None:
    for name, shape in SHAPES.items():
        facts = shape(60)
        assert not problems(facts), name
        jobs = [facts.contract, *facts.occupations]
        absences = sum(len(job.absences) for job in jobs)
        services = sum(len(job.services) for job in facts.occupations)
        assert max(len(facts.occupations), len(facts.periods), absences, services) >= 60, name
    never = calculate(SHAPES["never"](500))
    assert ReviewReason.NEVER_REACHED in [reason.code for reason in getattr(never, "reasons", ())]


def test_two_files_side_by_side(shell: Shell, case: Path) -> None:
    longer = shell.directory / "longer.toml"
    longer.write_text(CASE.replace("end = 2025-04-30", "end = 2025-06-13"))
    (line,) = shell.lines("calculate", "--compare", case, longer)
    found = {(one["step"], *one["about"].values()): one for one in line["differences"]}
    # 22 weekdays in May and 10 in June 2025, each 6/5
    assert (found["reading_b.job", "1"]["amount"], found["reading_a.job", "2025Q2", "1"]["amount"]) == ("38.4", "38.4")
    assert found["claim.first_date",]["days"] < 0
    assert line["same"] is False
    shown = shell("calculate", "--compare", case, longer, "--language", "nl").stdout
    assert "+38.4" in shown
    assert "verschil" in shown
    explained = shell("calculate", "--compare", case, longer, "--language", "fr", "--explain").stdout
    assert "+ Sans le contrat, 138 jours sont prouvés" in explained


def test_a_request_before_and_after_a_what_if(shell: Shell) -> None:
    request = next(examples.path(name) for name in examples.names() if name.startswith("request-"))
    (line,) = shell.lines(
        "calculate",
        "--compare",
        request,
        "--set",
        'facts.periods[+]={ kind = "colour", start = 2026-02-02, end = 2026-02-03 }',
    )
    assert "UNCERTAIN_CODE" in line["reasons_gained"]


def test_before_and_after_a_what_if(shell: Shell, case: Path) -> None:
    (same,) = shell.lines("calculate", "--compare", case, "--set", "facts.occupations[0].country=BE")
    assert (same["same"], same["differences"]) == (True, [])
    (line,) = shell.lines("calculate", "--compare", case, "--set", "facts.occupations[0].country=FR")
    assert (line["outcomes"], line["reasons_gained"]) == (["decided", "review"], ["FOREIGN_WORK"])
    assert line["after"].endswith("facts.occupations[0].country=FR")


def test_a_comparison_needs_two_answers(shell: Shell, case: Path) -> None:
    assert shell("calculate", "--compare", case).returncode == 2
    assert shell("calculate", "--compare", case, case, case).returncode == 2
    (line,) = shell.lines("calculate", "--compare", case, "--set", "facts.occupations[3].end=2025-01-01", code=1)
    assert line["outcome"] == "invalid"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("case.toml", b"", "There is no [facts] here: a case has that table, and in it [facts.contract]."),
        ("case.toml", b"\x96\x00\xff", "This is no text: a case is a TOML file in UTF-8."),
        ("case.toml", b"[facts\n", "This is no TOML: "),
        ("case.toml", b"[facts]\noccupation = []\n", "facts.occupation: unknown key; did you mean occupations?"),
        ("request.xml", b"", "Het bericht is leeg. (ACRF-105)"),
    ],
)
def test_a_file_without_facts_says_why_on_a_line_of_its_own(
    shell: Shell, name: str, content: bytes, sentence: str
) -> None:
    (shell.directory / name).write_bytes(content)
    done = shell("calculate", name, "--language", "nl")
    assert done.returncode == 1
    assert any(line.startswith(f"{name}: ") and sentence in line for line in done.stderr.splitlines())
    assert "invalid" in done.stdout
    (line,) = shell.lines("calculate", name, "--language", "nl", code=1)
    assert any(sentence in problem for problem in line["problems"])
