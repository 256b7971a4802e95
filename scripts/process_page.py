"""Writes the table of states and messages into docs/process.md, from the table that the handlers ask.

process_page.py          write it
A test compares the page with the table, so that one cannot change without the other.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from handlers.transitions import table  # noqa: E402 - found only once the project's folder is on the path

PAGE = ROOT / "docs" / "process.md"
BEGIN, END = "<!-- begin: handlers.transitions.table -->\n", "<!-- end -->\n"


def main() -> None:
    """Put the table between its marks."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
