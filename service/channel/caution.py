"""How many messages to hold at once: one until it is known that they can be handled, then as many as allowed.

    start, reconnection ─► 1 ──first message handled──► all
    two losses without progress, or a message near its delivery limit ─► 1 ──a hundred handled──► all

When a consumer dies the broker counts a failed delivery against everything it held. Whoever starts with one message
lets only that one be blamed, so that a message that kills takes no innocent ones to the dead letters with it. Pure.
"""

ALONE_AFTER_TROUBLE = 100
"""Messages to handle one by one after trouble."""
NEAR_LIMIT = 5
"""Failed deliveries, half of what `onem.inbox` allows, from which a message is handled alone."""
_LOSSES = 2


class Caution:
    """Counts what passes and what is lost. `full` is how many messages may be held when nothing is suspicious."""

    def __init__(self, full: int) -> None:
        self._full = full
        self._alone = 1
        self._losses = 0

    @property
    def prefetch(self) -> int:
        """Give how many messages to hold now."""
        return 1 if self._alone else self._full

    @property
    def is_isolated(self) -> bool:
        """Tell whether messages are handled one by one because there was trouble."""
        return self._alone > 1

    def delivered(self, failures: int) -> bool:
        """Take note of a message that was delivered in vain so many times before; tell whether that is trouble."""
        if failures < NEAR_LIMIT:
            return False
        self._alone = ALONE_AFTER_TROUBLE
        return True

    def passed(self, count: int) -> None:
        """Take note of messages handled."""
        self._losses = 0
        self._alone = max(0, self._alone - count)

    def lost(self, held: int) -> None:
        """Take note that the connection went away while so many messages were held; it begins with one again."""
        self._losses += 1 if held else 0
        self._alone = max(self._alone, ALONE_AFTER_TROUBLE if self._losses >= _LOSSES else 1)
