"""A poll ends when somebody wants to stop, and only then."""

import asyncio

import pytest

from chassis.kafka.polling import Polls


class Silent:
    """A consumer that never gets anything, however long it is told to wait."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def getmany(self, timeout_ms):
        self.asked.set()
        await asyncio.Event().wait()


async def test_who_stops_does_not_wait_for_a_record():
    polls, consumer = Polls(), Silent()
    waiting = asyncio.create_task(polls.next(consumer))
    await consumer.asked.wait()
    polls.end()

    assert await waiting == {}
    assert await polls.next(consumer) == {}


async def test_a_poll_whose_task_is_cancelled_is_cancelled_also_when_it_was_ended():
    polls, consumer = Polls(), Silent()
    waiting = asyncio.create_task(polls.next(consumer))
    await consumer.asked.wait()
    polls.end()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
