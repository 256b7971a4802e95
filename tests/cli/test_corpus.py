"""`corpus`: the share decided, the causes by frequency, and the case files it writes."""

from tests.cli.shell import Shell


def test_it_tells_how_many_are_decided_and_why_not_the_others(shell: Shell) -> None:
    (line,) = shell.lines("corpus", "--count", "300", "--language", "nl")
    assert line["count"] == 300
    assert 0 < line["decided"] < 300
    assert line["share"] == round(line["decided"] / 300, 4)
    assert line["share"] < line["share_if_complete"] <= 1
    cases = [cause["cases"] for cause in line["causes"]]
    assert cases == sorted(cases, reverse=True)
    avoidable = {cause["cause"]: cause["avoid"] for cause in line["causes"] if cause["avoid"]}
    assert avoidable["READINGS_STRADDLE"].startswith("Laat het geplande einde weg")
    shown = shell("corpus", "--count", "300", "--language", "fr").stdout
    assert f"{line['decided']} des 300 carrières inventées" in shown
    bars = [line for line in shown.splitlines() if "█" in line]
    assert len(bars) == len(line["causes"])
    assert max(map(len, bars)) <= 80


def test_written_cases_calculate_to_the_same_count(shell: Shell) -> None:
    (told,) = shell.lines("corpus", "--count", "40", "--seed", "7", "--write", "careers")
    files = sorted((shell.directory / "careers").glob("*.toml"))
    assert len(files) == 40
    results = shell.lines("calculate", *files)
    assert sum(line["outcome"] == "decided" for line in results) == told["decided"]
