"""Each guarantee on delivery has a test that carries its id, such as `test_g05_…`."""

import re
from pathlib import Path

GUARANTEES = {*range(1, 14), 18}


def test_every_guarantee_has_a_test_that_names_it() -> None:
    """Seen to fail with an id added that no test carries."""
    tests = Path(__file__).parent.rglob("test_*.py")
    names = re.findall(r"def test((?:_g[0-9]{2})+)_", "\n".join(path.read_text("utf-8") for path in tests))
    assert {int(number) for name in names for number in re.findall("[0-9]{2}", name)} >= GUARANTEES
