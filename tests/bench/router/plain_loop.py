"""The floor of every figure: consume and produce with plain aiokafka, and nothing between.

python -m tests.bench.router.plain_loop BOOTSTRAP_SERVERS SOURCE TARGET
"""

import sys

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

MOST_AT_ONCE = 500


async def loop(bootstrap_servers: str, source: str, target: str) -> None:
    """Pass on every record, as many at once as are there, until ended."""
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap_servers,
        group_id=source,
        auto_offset_reset="earliest",
        auto_commit_interval_ms=500,
        session_timeout_ms=30_000,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True
    )
    await producer.start()
    await consumer.start()
    print("ready", flush=True)
    while True:
        found = await consumer.getmany(timeout_ms=1_000, max_records=MOST_AT_ONCE)
        for records in found.values():
            for record in records:
                await producer.send(target, record.value, record.key)


if __name__ == "__main__":
    uvloop.run(loop(*sys.argv[1:]))
