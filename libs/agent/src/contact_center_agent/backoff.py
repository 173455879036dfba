"""How long to wait before trying again: longer each time, and by chance, so that crowds spread."""

import random

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 5.0
GROWTH = 1.7


class Backoff:
    """Pauses between nothing and a limit that grows from 0.2 s to 5 s."""

    def __init__(self, first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS) -> None:
        self._first = first
        self._longest = longest
        self._limit = first

    def reset(self) -> None:
        """It worked: begin with the shortest again."""
        self._limit = self._first

    def pause(self) -> float:
        """The next pause in seconds."""
        pause = self._limit * random.uniform(0.1, 1.0)  # noqa: S311
        self._limit = min(self._limit * GROWTH, self._longest)
        return pause
