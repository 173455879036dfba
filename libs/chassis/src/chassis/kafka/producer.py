"""Records written once, in order, acknowledged by all in-sync replicas."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    UnknownProducerId,
)
from aiokafka.partitioner import DefaultPartitioner

from chassis.errors import RecordTooLarge, Unavailable
from chassis.kafka import metrics
from chassis.kafka.client_faults import require_running
from chassis.kafka.connection import METADATA_MAX_AGE_MS, ends_well, keep_trying, staleness
from chassis.kafka.in_flight import InFlight, Sending
from chassis.kafka.login import FORBIDDEN, login, not_allowed
from chassis.kafka.records import Headers, Position
from chassis.part import Check, Part
from chassis.settings import ServiceSettings

BROKEN = (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    UnknownProducerId,
)
NEVER_SECONDS = 1e9
LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


class Producer(Part):
    """An idempotent producer that answers within a bounded time.

    A timeout means *unknown*: the record waits in the client and is written when the broker
    is back, once, in order, unless the process dies first. While a partition has such a
    record, further ones for it are refused at once (they are certainly not written).
    An error that breaks the sequence of the producer ends the process through `run`.
    """

    def __init__(self, settings: ServiceSettings, service: str) -> None:
        self._settings = settings
        self._service = service
        self._producer: AIOKafkaProducer | None = None
        self._is_stopping = False
        self._queue: deque[Sending] = deque()
        self._wake = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._broken: asyncio.Future[None] | None = None
        self._in_flight = InFlight(settings.kafka_delivery_timeout_seconds)
        self._choose = DefaultPartitioner()

    async def start(self) -> None:
        """Connect; Unavailable when the broker stays away for the start timeout."""
        self._broken = asyncio.get_running_loop().create_future()
        self._producer = await keep_trying(
            self._connect, "producer start", self._settings.start_timeout_seconds
        )
        self._pump = asyncio.create_task(self._put_in_order(), name="producer-pump")

    async def run(self) -> None:
        """Raise when the producer can never send again; return when it was stopped."""
        assert self._broken is not None
        while not (await asyncio.wait([self._broken], timeout=LOOK_SECONDS))[0]:
            if self._producer is not None:
                require_running(self._producer)
        self._broken.result()

    async def stop(self) -> None:
        """Wait for what was sent (bounded by the delivery timeout), then disconnect."""
        if self._producer is None:
            return
        self._is_stopping = True
        try:
            async with asyncio.timeout(self._settings.kafka_delivery_timeout_seconds):
                await self._in_flight.all_settled()
        except TimeoutError:
            log.warning("stopped with records unsent")
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])
        producer, self._producer = self._producer, None
        await _close(producer, within=1.0)
        if self._broken is not None and not self._broken.done():
            self._broken.set_result(None)

    def readiness(self) -> Mapping[str, Check]:
        """`kafka`: the broker answers."""
        return {"kafka": self._check}

    async def send(
        self, topic: str, key: bytes | str | None, value: bytes | None, headers: Headers = ()
    ) -> Position:
        """Position of the acknowledged record.

        Raises Unavailable (try again; after a timeout the outcome is unknown), RecordTooLarge, or
        NotAllowed where the broker's ACLs forbid it.
        """
        return await self.send_soon(topic, key, value, headers)

    def send_soon(
        self, topic: str, key: bytes | str | None, value: bytes | None, headers: Headers = ()
    ) -> "asyncio.Future[Position]":
        """Put the record in line, behind all earlier ones; the future has its outcome.

        Who does not await the future must look at its error in a callback: a lost record
        that nobody saw is what this library is there to prevent.
        """
        outcome: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        if isinstance(key, str):
            key = key.encode()
        sending = Sending(topic, key, value, headers, outcome)
        refusal = self._refusal(sending)
        if refusal is not None:
            metrics.SENT.labels(topic, "refused").inc()
            outcome.set_exception(refusal)
            return outcome
        self._in_flight.add(sending)
        self._queue.append(sending)
        self._wake.set()
        return outcome

    async def _connect(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **login(self._settings),
            client_id=f"{self._service}-{self._settings.instance_id}",
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_request_size=self._settings.kafka_max_record_bytes,
            request_timeout_ms=int(self._settings.kafka_delivery_timeout_seconds * 1000),
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )
        # A batch that the client drops leaves a hole in the sequence, and the broker then
        # refuses the partition for ever. So batches do not expire; `send` does.
        producer._message_accumulator._batch_ttl = NEVER_SECONDS
        try:
            await producer.start()
        except BaseException:
            await _close(producer, within=1.0)
            raise
        return producer

    def _refusal(self, sending: Sending) -> Exception | None:
        if self._producer is None or self._is_stopping or self._is_broken():
            return Unavailable("the producer is not running")
        if sending.size > self._settings.kafka_max_record_bytes:
            return RecordTooLarge(f"{sending.size} bytes for {sending.topic}")
        if self._in_flight.is_full:
            return Unavailable("too many records wait for the broker")
        return None

    async def _put_in_order(self) -> None:
        while True:
            while self._queue:
                await self._put(self._queue.popleft())
            self._wake.clear()
            await self._wake.wait()

    async def _put(self, sending: Sending) -> None:
        """Give it to the client, unless its sender has gone or its partition is stuck."""
        try:
            delivery = await self._give_to_client(sending)
        except asyncio.CancelledError:
            self._refuse(sending, Unavailable("the producer stops"))
            raise
        except (Unavailable, RecordTooLarge) as error:
            self._refuse(sending, error)
        except Exception as error:  # noqa: BLE001  (passed on to the sender)
            self._refuse(sending, self._refusal_of(sending, error))
            self._note_broken(error)
        else:
            delivery.add_done_callback(lambda done: self._delivered(sending, done))

    async def _give_to_client(self, sending: Sending) -> "asyncio.Future[Any]":
        producer = self._producer
        topic = self._settings.topic(sending.topic)
        if producer is None or sending.outcome.done():
            raise Unavailable("not sent in time")
        partitions = sorted(await producer.partitions_for(topic))
        if sending.outcome.done():
            raise Unavailable("not sent in time")
        partition: int = self._choose(sending.key, partitions, partitions)
        if self._in_flight.is_stuck((topic, partition)):
            raise Unavailable(f"{sending.topic} waits for the broker")
        sending.place = (topic, partition)
        try:
            delivery: asyncio.Future[Any] = await producer.send(
                topic, sending.value, sending.key, partition, headers=list(sending.headers)
            )
        except MessageSizeTooLargeError:
            raise RecordTooLarge(f"{sending.size} bytes for {sending.topic}") from None
        return delivery

    def _refuse(self, sending: Sending, error: Exception) -> None:
        self._in_flight.settle(sending, "refused", None, error)

    def _delivered(self, sending: Sending, delivery: "asyncio.Future[Any]") -> None:
        error = KafkaError("cancelled") if delivery.cancelled() else delivery.exception()
        if error is not None:
            if isinstance(error, FORBIDDEN):
                self._refuse(sending, self._refusal_of(sending, error))
                return
            unknown = Unavailable(f"{sending.topic}: {type(error).__name__}, unknown")
            self._in_flight.settle(sending, "unknown", None, unknown)
            self._note_broken(error)
            return
        written = delivery.result()
        if written.offset < 0:
            unknown = Unavailable(f"a repeat in {sending.topic} was written at an unknown offset")
            self._in_flight.settle(sending, "unknown", None, unknown)
            return
        position = Position(written.partition, written.offset)
        self._in_flight.settle(sending, "ok", position, None)

    def _refusal_of(self, sending: Sending, error: BaseException) -> Exception:
        if isinstance(error, FORBIDDEN):
            refused = not_allowed(self._settings, f"write {sending.topic}", error)
            log.error("write forbidden", extra={"error": str(refused)})
            return refused
        return Unavailable(f"{sending.topic}: {type(error).__name__}")

    def _note_broken(self, error: BaseException) -> None:
        if isinstance(error, BROKEN) and not self._is_broken() and self._broken is not None:
            log.error("the producer is broken", extra={"error": type(error).__name__})
            self._broken.set_exception(error)

    def _is_broken(self) -> bool:
        return self._broken is not None and self._broken.done()

    async def _check(self) -> str | None:
        if self._producer is None or self._is_broken():
            return "the producer is not running"
        return await staleness(self._producer.client, self._settings.kafka_stale_after_seconds)


async def _close(producer: AIOKafkaProducer, within: float) -> None:
    if not await ends_well(producer.stop(), within):
        log.warning("the producer was closed with records unsent")
        await ends_well(producer._sender.close(), within)
        await ends_well(producer.client.close(), within)
