"""Work of the desk that the lifecycle starts and stops."""

import asyncio
from collections.abc import Sequence

from chassis.errors import Unavailable
from chassis.kafka import FollowConsumer
from chassis.part import Part
from desk.handlers.heartbeat import Heartbeats


class HeartbeatPart(Part):
    """Says heartbeats until it is stopped."""

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Beat until stopped."""
        beating = asyncio.create_task(self._heartbeats.beat())
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait({beating, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if beating.done():
                beating.result()
        finally:
            beating.cancel()
            stopped.cancel()

    async def stop(self) -> None:
        """No more signs of life."""
        self._stopped.set()


class CaughtUp(Part):
    """Lets nothing after it start before the followers know what was there."""

    def __init__(self, followers: Sequence[FollowConsumer], *, within: float) -> None:
        self._followers = followers
        self._within = within

    async def start(self) -> None:
        """Return when all have caught up; Unavailable when one does not in time."""
        try:
            async with asyncio.timeout(self._within):
                for follower in self._followers:
                    await follower.caught_up()
        except TimeoutError:
            raise Unavailable(f"followers did not catch up within {self._within:g} s") from None
