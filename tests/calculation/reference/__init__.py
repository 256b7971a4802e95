"""A second calculation: slow, plain, day by day, written from the rules and not from the engine.

    dates ──► law ──► occupation ──► readings ──► stage ──► answer ──► solution(facts)
                                                       └──► reasons ──┘

It looks at every claim date and at single days; amounts are exact fractions. It shares nothing with `calculation` but
the facts, and gives every field that `calculate --json` prints except the steps and the receipt. It refuses to be
fast, and knows no facts that cannot be.
"""

from functools import cache
from typing import Any

from calculation.facts import Facts
from tests.calculation.reference.answer import solve


@cache
def solution(facts: Facts) -> dict[str, Any]:
    """Solve a case, once a process: mutation testing asks for the same ones thousands of times."""
    return solve(facts)
