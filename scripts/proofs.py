"""Writes handlers/proofs.toml: for each promise the tests that are named after it, such as `test_c3_...` for C3.

proofs.py          write it
proofs.py --check  say whether it is as the tests are; `make check` does
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "handlers" / "proofs.toml"
NAMED = re.compile(r"test_(?P<id>[cor][1-9])_")
HEAD = "# Written by scripts/proofs.py from the names of the tests: which prove which promise.\n"


def main() -> None:
    """Write the file, or compare it."""
    if "--check" not in sys.argv:
        FILE.write_text(text(), "utf-8")
    elif FILE.read_text("utf-8") != text():
        sys.exit("handlers/proofs.toml does not name the tests that there are. Run: scripts/proofs.py")


def text() -> str:
    """Give what the file must hold."""
    proofs: dict[str, list[str]] = defaultdict(list)
    for promise, test in sorted(_named()):
        proofs[promise].append(test)
    return "\n".join([HEAD, *(_entry(name, tests) for name, tests in proofs.items())])


def _entry(name: str, tests: list[str]) -> str:
    lines = [f'    "{test}",' for test in tests]
    return "\n".join([f"{name} = [", *lines, "]", ""])


def _named() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            found = NAMED.match(node.name) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
            if found and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield found["id"].upper(), f"{path.relative_to(ROOT).as_posix()}::{node.name}"


if __name__ == "__main__":
    main()
