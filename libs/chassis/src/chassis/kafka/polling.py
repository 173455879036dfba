"""Waiting for records, until somebody wants to stop."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

POLL_SECONDS = 0.25

Polled = dict[TopicPartition, list[Any]]


class Polls:
    """The polls of one consumer: each waits a moment for records, none once they were ended."""

    def __init__(self) -> None:
        self._waiting: asyncio.Task[Polled] | None = None
        self._are_over = False

    async def next(self, consumer: AIOKafkaConsumer) -> Polled:
        """What the consumer has, or gets within a moment; nothing when `end` was called."""
        if self._are_over:
            return {}
        self._waiting = asyncio.create_task(_poll(consumer))
        try:
            return await self._waiting
        except asyncio.CancelledError:
            if self._are_over and not _is_cancelled():
                return {}
            raise
        finally:
            self._waiting = None

    def end(self) -> None:
        """Wait no longer: who stops a service should not wait for its next record."""
        self._are_over = True
        if self._waiting is not None:
            self._waiting.cancel()


async def _poll(consumer: AIOKafkaConsumer) -> Polled:
    polled: Polled = await consumer.getmany(timeout_ms=int(POLL_SECONDS * 1000))
    return polled


def _is_cancelled() -> bool:
    """Whether it is our own task that shall end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
