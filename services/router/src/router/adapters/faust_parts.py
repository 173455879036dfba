"""Faust's consumer and producer, changed where they would lose or delay records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import faust
from aiokafka.errors import ConsumerStoppedError
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

NEVER_SECONDS = 1e9
COMMIT_SECONDS = 5.0


class RouterConsumerThread(driver.AIOKafkaConsumerThread):
    """Takes a commit for partitions that have just changed hands for what it is: nothing."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        assignment = self.assignment()
        own = {tp: offset for tp, offset in offsets.items() if tp in assignment}
        return bool(own) and await super()._commit(own)


class RouterConsumer(driver.Consumer):
    """Begins where the state ends, and hands records over without a task for each."""

    def _new_consumer_thread(self) -> RouterConsumerThread:
        return RouterConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Seek to what follows the state; the group's committed offsets need no trust."""
        position_of = cast(RouterApp, self.app).position_of
        positions = {tp: position_of(tp.partition) + 1 for tp in self.assignment()}
        await self.seek_wait(positions)
        known = {tp: offset or None for tp, offset in positions.items()}
        self._read_offset.update(known)
        self._committed_offset.update(known)
        await self._commit_recovered({tp: offset for tp, offset in positions.items() if offset})

    async def _commit_recovered(self, positions: Mapping[TP, int]) -> None:
        """Commit what the recovery applied: a quiet partition would seem to lag until it speaks.

        Nobody depends on it: when it takes too long, a later commit says the same.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._commit(positions)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Faust makes two tasks for each record here; this makes none."""
        is_stopped: Callable[[], bool] = self._stopped.is_set
        try:
            while not (is_stopped() or fetcher._stopped.is_set()):
                found = cast(AsyncIterator[tuple[TP, Any]], self.getmany(timeout=1.0))
                await self.sleep(0)
                if self.should_stop:
                    continue
                async for tp, message in found:
                    read = self._read_offset[tp]
                    if read is not None and message.offset < read:
                        continue
                    if not self.flow_active:
                        break
                    await self.callback(message)
                    self._read_offset[tp] = message.offset
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.transport.app.should_stop:
                raise


class RouterProducer(driver.Producer):
    """Idempotent: what follows a record that failed is refused, and so cannot overtake it."""

    def _settings_default(self) -> Mapping[str, Any]:
        return {**super()._settings_default(), "enable_idempotence": True, "acks": "all"}

    async def on_start(self) -> None:
        """Batches never expire: a dropped one would leave a hole in the sequence."""
        await super().on_start()
        producer: Any = self._producer
        producer._message_accumulator._batch_ttl = NEVER_SECONDS


class RouterTransport(driver.Transport):
    Consumer = RouterConsumer
    Producer = RouterProducer


class NoTables(TableManager):
    """Begins at once: Faust waits a second here for tables that we do not have."""

    async def on_start(self) -> None:
        """Start what resumes the streams after each rebalance."""
        await self._update_channels()
        await self.recovery.start()


class RouterApp(faust.App):
    """`position_of` says how far the state of a partition reaches."""

    position_of: Callable[[int], int]

    def _new_transport(self) -> RouterTransport:
        return RouterTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> RouterTransport:
        return RouterTransport(self.conf.broker_producer, self)

    async def send_raw(self, *args: Any, **kwargs: Any) -> "asyncio.Future[Any]":
        """Put a record into the producer that Faust flushes before it commits."""
        producer: Any = self.producer
        return cast("asyncio.Future[Any]", await producer._producer.send(*args, **kwargs))
