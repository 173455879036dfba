"""How far a consumer is behind, computed when somebody asks."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from aiokafka import TopicPartition

from chassis.kafka import metrics


class Lag:
    """Gauges of one consumer: records behind, and the age of the record in hand."""

    def __init__(
        self,
        group: str,
        topics: Iterable[str],
        prefix: str,
        next_offsets: Callable[[], dict[TopicPartition, int]],
    ) -> None:
        self._prefix = prefix
        self._group = group
        self._topics = tuple(topics)
        self._next_offsets = next_offsets
        self._in_hand_ms: dict[str, int] = {}
        self._consumer: Any = None

    def watch(self, consumer: Any) -> None:
        """Show this consumer's lag from now on."""
        self._consumer = consumer
        for topic in self._topics:
            labels = (topic, self._group)
            metrics.LAG_RECORDS.labels(*labels).set_function(partial(self.records, topic))
            metrics.LAG_SECONDS.labels(*labels).set_function(partial(self.seconds, topic))

    def forget(self) -> None:
        """The consumer has stopped; its gauges show zero."""
        self._consumer = None

    def in_hand(self, topic: str, timestamp_ms: int) -> None:
        """A record of that time is being handled."""
        self._in_hand_ms[topic] = timestamp_ms

    def records(self, topic: str) -> float:
        """Records of our partitions that are not handled yet."""
        if self._consumer is None:
            return 0
        behind = 0
        for tp, following in self._next_offsets().items():
            if tp.topic == self._prefix + topic:
                high: int | None = self._consumer.highwater(tp)
                behind += max(0, (high or 0) - following)
        return behind

    def seconds(self, topic: str) -> float:
        """Age of the last record taken in hand while others wait; 0 without lag."""
        if self.records(topic) == 0 or topic not in self._in_hand_ms:
            return 0
        return max(0.0, time.time() - self._in_hand_ms[topic] / 1000)
