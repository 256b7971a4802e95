"""The stories' ground in memory: at once, without a channel and a database."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from handlers.outcome import Answer
from tests.process.language import Roles, Wanted
from tests.process.place import FEDERATION, SECOND_VENDOR, STRANGER, VENDOR, Place


class Memory:
    """A place, and a box for each party."""

    def __init__(self) -> None:
        self.place = Place()
        self.roles = Roles(VENDOR, SECOND_VENDOR, STRANGER, FEDERATION)
        self._boxes: dict[str, list[Any]] = defaultdict(list)

    async def send(self, message: Any, party: str) -> None:
        """Let a party send a form, and handle it."""
        self._hand_out(self.place.send(message, party).outcome.answers)
        self._resume()

    async def next(self, party: str, wanted: Wanted) -> Any:
        """Give what is in the box; nothing comes later by itself."""
        box = self._boxes[party]
        found = [message for message in box if wanted.fits(message)]
        assert found, f"{wanted} is not among {[message.header.identification for message in box]}"
        box.remove(found[0])
        return found[0]

    async def pass_time(self, **duration: float) -> None:
        """Let what falls due fall due."""
        for outcome in self.place.wait(**duration):
            self._hand_out(outcome.answers)
        self._resume()

    def _resume(self) -> None:
        for heard in self.place.resume():
            self._hand_out(heard.outcome.answers)

    def _hand_out(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self._boxes[answer.recipient].append(answer.message)
