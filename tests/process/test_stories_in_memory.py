"""The stories, in memory: the process itself, without a channel and a database."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256

import pytest

from tests.process.language import Ground
from tests.process.memory import Memory
from tests.process.stories import STORIES


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_story(story: Callable[[Ground], Awaitable[None]]) -> None:
    ground = Memory()
    await story(ground)
    for decision in ground.place.world.decisions:
        assert sha256(decision.facts).hexdigest() == json.loads(decision.receipt)["facts_sha256"]
