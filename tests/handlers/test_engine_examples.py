"""The stored examples say what the engine says: whoever builds on them meets the same steps in a real answer."""

import pytest

from schemas import examples
from tests.handlers.engine_examples import ANSWERS, written


@pytest.mark.parametrize("name", ANSWERS)
def test_a_stored_example_is_what_the_engine_writes(name: str) -> None:
    assert examples.path(name).read_bytes() == written(name)


def test_every_example_with_steps_is_among_them() -> None:
    with_steps = {name for name in examples.names() if b"<CalculationStep>" in examples.path(name).read_bytes()}
    assert with_steps == set(ANSWERS)
