"""Whether arrivals that an earlier process left unfinished have been handled again."""

import time

from chassis.kafka import GroupConsumer


class Arrivals:
    """The consumer of contact events, as far as those who read other topics depend on it."""

    def __init__(self, within_seconds: float) -> None:
        self._within_seconds = within_seconds
        self._behind_since: float | None = None
        self.consumer: GroupConsumer | None = None

    def are_behind(self) -> bool:
        """Whether what was there when partitions were assigned is still being handled.

        No longer than a limit: after a long outage answers must not wait for all arrivals.
        """
        if self.consumer is None or not self.consumer.is_catching_up:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = time.monotonic()
        return time.monotonic() - self._behind_since < self._within_seconds
