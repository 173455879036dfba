"""Records that nobody should write: poison, strangers, repeats of earlier ones."""

import asyncio
from random import Random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError, RecordTooLargeError

from contact_center.v1 import contact_events_pb2
from tests.e2e.world import World

EVENTS = "contact-events.v1"
OTHERS = ("routing-events.v1", "message-events.v1", "channel-commands.v1")
HUGE = 2 * 1024 * 1024
BIG = 900_000
REPEATED = 60
LATE = 30


def _producer(world: World) -> AIOKafkaProducer:
    # The client lets the huge record out, so that it is the broker who judges it.
    return AIOKafkaProducer(
        bootstrap_servers=world.stack.kafka_bootstrap_servers,
        acks="all",
        max_request_size=2 * HUGE,
        request_timeout_ms=20_000,
    )


async def poison(world: World, chance: Random) -> str:
    """Garbage under every kind of key on the log, and on the other topics."""
    await asyncio.to_thread(world.stack.parts.wait_ready, "kafka")
    key = world.stack.workspace.encode()
    prefix = world.stack.topic_prefix
    values = [b"junk", b"", None, b"\xff" * 10, chance.randbytes(BIG), *_strangers(world)]
    refused = 0
    async with _producer(world) as producer:
        for value in values:
            await producer.send_and_wait(f"{prefix}{EVENTS}", value, key)
        for strange in (None, b"", b"\xff\xfe", b"no such/workspace"):
            await producer.send_and_wait(f"{prefix}{EVENTS}", b"junk", strange)
        for topic in OTHERS:
            await producer.send_and_wait(f"{prefix}{topic}", chance.randbytes(100), key)
            await producer.send_and_wait(f"{prefix}{topic}", b"junk", None)
        try:
            await producer.send_and_wait(f"{prefix}{EVENTS}", chance.randbytes(HUGE), key)
        except (MessageSizeTooLargeError, RecordTooLargeError):
            refused += 1
    return f"{len(values) + 4 + 2 * len(OTHERS)} bad records; {refused} of 2 MB refused"


def _strangers(world: World) -> list[bytes]:
    """Return events that parse and say what cannot be: nobody's contact, an unknown party."""
    common = {"workspace": world.stack.workspace, "source": "chaos"}
    events = contact_events_pb2
    left = events.ContactDisconnected(contact_id="strange", by=99)  # type: ignore[arg-type]
    accepted = events.OfferAccepted(offer_id="none", agent_id="nobody", session_number=7)
    said = (
        events.ContactEvent(event_id="strange-1", contact_disconnected=left, **common),
        events.ContactEvent(event_id="strange-2", offer_accepted=accepted, **common),
        events.ContactEvent(event_id="strange-3", **common),
    )
    return [event.SerializeToString() for event in said]


async def repeats(world: World, chance: Random) -> str:
    """Earlier records of the log once more: the last ones again, and some that come late."""
    await asyncio.to_thread(world.stack.parts.wait_ready, "kafka")
    name = f"{world.stack.topic_prefix}{EVENTS}"
    earlier = await _tail(world, name)
    again = earlier[-REPEATED:]
    late = chance.sample(earlier, min(LATE, len(earlier)))
    async with _producer(world) as producer:
        for record in again + late:
            await producer.send_and_wait(
                name, record.value, record.key, headers=list(record.headers)
            )
    return f"{len(again)} records repeated, {len(late)} came late"


async def _tail(world: World, name: str, most: int = 2_000) -> list:
    """Return the newest records of the workspace, oldest first."""
    async with AIOKafkaConsumer(
        bootstrap_servers=world.stack.kafka_bootstrap_servers, enable_auto_commit=False
    ) as consumer:
        metadata = await consumer._client.fetch_all_metadata()
        places = [TopicPartition(name, n) for n in metadata.partitions_for_topic(name)]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        for place in places:
            consumer.seek(place, max(0, ends[place] - most))
        found: list = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
    key = world.stack.workspace.encode()
    return [record for record in found if record.key == key and record.value]
