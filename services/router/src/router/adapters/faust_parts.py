"""Faust's consumer and producer, changed where they would lose or delay records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import faust
import uvloop
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError, ProducerClosed
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

NEVER_SECONDS = 1e9
COMMIT_SECONDS = 5.0


class RouterConsumerThread(driver.AIOKafkaConsumerThread):
    """Takes a commit for partitions that have just changed hands for what it is: nothing."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        assignment = self.assignment()
        own = {tp: offset for tp, offset in offsets.items() if tp in assignment}
        return bool(own) and await super()._commit(own)


class AsFetched(faust.Schema[Any, Any]):
    """Hands over what a message holds as it is: records of a partition, as the client read them."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        """Return the key untouched."""
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        """Return the value untouched."""
        return message.value


class RouterConsumer(driver.Consumer):
    """Begins where the state ends, and hands over what was fetched at once as one message."""

    def _new_consumer_thread(self) -> RouterConsumerThread:
        loop = uvloop.new_event_loop()
        return RouterConsumerThread(self, loop=self.loop, thread_loop=loop, beacon=self.beacon)

    def on_buffer_full(self, tp: TP) -> None:
        """Fetch on: `_drain_messages` waits for room, and Faust would sleep for a second here."""

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

    def _new_offset(self, tp: TP) -> int | None:
        """Return what follows the last message that is done: those of a partition end in order."""
        acked = self._acked[tp]
        if not acked:
            return None
        last = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return last + 1

    async def getmany(
        self,
        timeout: float,  # noqa: ASYNC109 - the signature is Faust's.
    ) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Yield a message for each partition: its value are the records, its offset the last's."""
        fetched, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if fetched is None or self.should_stop:
            return
        if not self.flow_active:
            # What was fetched is lost to a rebalance that began meanwhile.
            await self.perform_seek()
            return
        for tp, records in fetched.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            read = self._read_offset[tp]
            fresh = [record for record in records if read is None or record.offset >= read]
            if fresh and (active is None or tp in active):
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                yield tp, self._to_message(tp, fresh)

    def _to_message(self, tp: TP, records: list[Any]) -> ConsumerMessage:
        last = records[-1]
        return ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=last.offset,
            timestamp=last.timestamp / 1000,
            timestamp_type=last.timestamp_type,
            headers=None,
            key=None,
            value=cast(Any, records),
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def _drain_messages(self, fetcher: Any) -> None:
        """Faust makes two tasks for each record here; this makes none."""
        is_stopped: Callable[[], bool] = self._stopped.is_set
        try:
            while not (is_stopped() or fetcher._stopped.is_set()):
                async for tp, message in self.getmany(timeout=1.0):
                    await self.callback(message)
                    if message.generation_id == self.app.consumer_generation_id:
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
        self._accumulator._batch_ttl = NEVER_SECONDS
        self._places: dict[tuple[str, int], TopicPartition] = {}

    async def append(
        self, topic: str, partition: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> "asyncio.Future[Any]":
        """Put a record into the open batch of the partition; return the future of that batch.

        It is what aiokafka's `send` does, but for a future and a callback for each record. It
        waits while the batch is full, as long as an outage of the broker takes.
        """
        place = self._places.get((topic, partition))
        if place is None:
            client: Any = self._producer
            await client.client._wait_on_metadata(topic)
            place = self._places[topic, partition] = TopicPartition(topic, partition)
        accumulator = self._accumulator
        while True:
            if accumulator._exception is not None or accumulator._closed:
                raise accumulator._exception or ProducerClosed()
            waiting = accumulator._batches.get(place)
            batch = (
                waiting[-1]
                if waiting
                else accumulator._append_batch(accumulator.create_builder(), place)
            )
            builder = batch._builder
            if builder.append(timestamp=None, key=key, value=value, headers=headers) is not None:
                return cast("asyncio.Future[Any]", batch.future)
            await batch.wait_drain()

    @property
    def _accumulator(self) -> Any:
        producer: Any = self._producer
        return producer._message_accumulator


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

    async def append_raw(self, *args: Any) -> "asyncio.Future[Any]":
        """Put a record into the open batch of its partition; see `RouterProducer.append`."""
        return await cast(RouterProducer, self.producer).append(*args)

    async def send_raw(self, *args: Any, **kwargs: Any) -> "asyncio.Future[Any]":
        """Put a record into the producer that Faust flushes before it commits."""
        producer: Any = self.producer
        return cast("asyncio.Future[Any]", await producer._producer.send(*args, **kwargs))
