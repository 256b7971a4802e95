"""Changes the calculation in thousands of small ways and sees whether its tests notice.

    make mutants                 every mutant of calculation/ (an hour on two cores)
    make mutants ARGS=report     what the last run found, without running anything
    make mutants ARGS='calculation.days*'    some mutants again

It writes tests/calculation/mutants.md: the figures, and each mutant that lives with the reason that
tests/calculation/mutants.toml gives. It fails below the goal, or when a living mutant has no reason.
"""

import fnmatch
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / ".venv-mutants"
LOCK = ROOT / "requirements-mutants.lock"
LIST = ROOT / "tests" / "calculation" / "mutants.md"
REASONS = ROOT / "tests" / "calculation" / "mutants.toml"
GOAL = 90
"""Per cent of the mutants that the tests must notice."""
CHILDREN = 2
"""Mutants tried at once."""
HISTORIES = "0:60"
"""The random histories compared with the slow count, by seed: enough to notice, few enough for every mutant."""
LIVED, UNTESTED = 0, 33
"""Exit codes that the tool stores: the tests passed; no test reaches the function. Any other killed the mutant."""


@dataclass(frozen=True, slots=True)
class Living:
    """A mutant that no test noticed."""

    function: str
    before: str
    after: str

    @property
    def change(self) -> str:
        """Write the change in one line."""
        return f"{self.before} → {self.after}" if self.after else f"{self.before} → nothing"


def set_up() -> None:
    """Make the environment of the tool, apart from the project's own."""
    stamp = TOOL / ".set-up"
    if stamp.exists() and stamp.read_text() == LOCK.read_text():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(TOOL)], check=True)
    pip = [
        str(TOOL / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--requirement",
        str(LOCK),
    ]
    subprocess.run(pip, check=True)
    stamp.write_text(LOCK.read_text())


def run(names: list[str]) -> None:
    """Try every mutant that has no result yet, or those named."""
    for stale in (ROOT / "mutants").glob("calculation/**/*.toml"):
        stale.unlink()  # the tool copies data once and keeps it
    command = ["nice", str(TOOL / "bin" / "mutmut"), "run", "--max-children", str(CHILDREN), *names]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "CPAS_ONEM_TEST_HISTORIES": HISTORIES})


def results() -> dict[str, dict[str, int | None]]:
    """Give the exit code of each mutant, by module."""
    folder = ROOT / "mutants"
    return {
        str(path.relative_to(folder)).removesuffix(".meta"): json.loads(path.read_text())["exit_code_by_key"]
        for path in sorted(folder.glob("calculation/**/*.meta"))
    }


def bodies(module: str) -> dict[str, str]:
    """Give the source of every function that the tool wrote for a module, by its name there."""
    source = (ROOT / "mutants" / module).read_text("utf-8")
    parts = re.split(r"(?m)^(?: {4})?def (\S+?)\(", source)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def living(module: str, name: str, written: dict[str, str]) -> Living:
    """Say what a living mutant changed: the first line that differs from the original."""
    short = name.rpartition(".")[2]
    function = short.rpartition("__mutmut_")[0]
    original, mutant = written[f"{function}__mutmut_orig"].splitlines(), written[short].splitlines()
    plain = function.removeprefix("x_").replace("xǁ", "").replace("ǁ", ".")
    place = f"{module.removesuffix('.py').replace('/', '.')}.{plain}"
    for before, after in zip(original, mutant, strict=False):
        if before != after:
            return Living(place, before.strip(), after.strip())
    return Living(place, " ".join(original[len(mutant) :]).strip(), "")


def reason_of(found: Living, reasons: list[dict[str, str]]) -> str | None:
    """Give the first reason whose function and, if it names one, whose change fits."""
    for row in reasons:
        if fnmatch.fnmatch(found.function, row["function"]) and re.search(row.get("change", ""), found.change):
            return row["reason"]
    return None


def report() -> int:
    """Write the list and say the figures; 1 below the goal or where a reason is missing."""
    reasons = tomllib.loads(REASONS.read_text("utf-8"))["reason"]
    lines = ["| module | mutants | killed | living | no test |", "| --- | ---: | ---: | ---: | ---: |"]
    total: Counter[str] = Counter()
    found: list[Living] = []
    made = 0
    for module, codes in results().items():
        made += len(codes)
        tried = {name: code for name, code in codes.items() if code is not None}
        if not tried:
            continue
        lived = [name for name, code in tried.items() if code == LIVED]
        untested = sum(code == UNTESTED for code in tried.values())
        killed = len(tried) - len(lived) - untested
        total += Counter(mutants=len(tried), killed=killed, living=len(lived), untested=untested)
        lines.append(f"| `{module}` | {len(tried)} | {killed} | {len(lived)} | {untested} |")
        written = bodies(module)
        found += [living(module, name, written) for name in lived]
    share = 100 * total["killed"] / total["mutants"]
    lines.append(f"| **all** | {total['mutants']} | {total['killed']} | {total['living']} | {total['untested']} |")
    open_ = [one for one in found if reason_of(one, reasons) is None]
    LIST.write_text(
        "\n".join([*head(share, total["mutants"], made), *lines, "", *listed(found, reasons)]) + "\n", "utf-8"
    )
    print(
        f"{share:.1f} % of {total['mutants']} mutants killed, {len(found)} live, {len(open_)} of them without a reason"
    )
    for one in open_:
        print(f"  {one.function}: {one.change}")
    return int(share < GOAL or bool(open_))


def head(share: float, tried: int, made: int) -> list[str]:
    """Begin the list: what it is and when it was made."""
    commit = json.loads((ROOT / "mutants" / "mutmut-stats.json").read_text())["git_commit"][:7]
    tool = (TOOL / "lib").glob("python*/site-packages/mutmut-*.dist-info")
    name = next(tool).name.removesuffix(".dist-info").replace("-", " ")
    return [
        "# Mutants of the calculation",
        "",
        f"{share:.1f} % killed of {tried} tried, out of {made} that the tool can make. Written by `make mutants` on",
        f"{datetime.now(UTC):%d %B %Y} with {name}, for {commit}.",
        "",
        "The tool changes functions one expression at a time; it leaves decorated functions, data and constants alone.",
        "Tests that draw or walk thousands of careers take no part. Reasons stand in `mutants.toml`.",
        "",
    ]


def listed(found: list[Living], reasons: list[dict[str, str]]) -> list[str]:
    """List the living mutants by reason."""
    lines: list[str] = []
    grouped: dict[str, list[Living]] = {}
    for one in found:
        grouped.setdefault(reason_of(one, reasons) or "No reason yet", []).append(one)
    for reason, ones in sorted(grouped.items()):
        lines += [f"## {reason}", ""]
        lines += [
            f"* `{function}`: `{change}`" + (f" ({times} times)" if times > 1 else "")
            for (function, change), times in Counter((one.function, one.change) for one in ones).items()
        ]
        lines.append("")
    return lines[:-1]


if __name__ == "__main__":
    if sys.argv[1:] != ["report"]:
        set_up()
        run(sys.argv[1:])
    sys.exit(report())
