"""`contact-center tap TOPIC`: print any topic as JSON lines, decoded by the register of topics."""

import argparse
import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from local_stack.errors import StackError
from local_stack.json_lines import Decoder, json_line
from local_stack.topics import partition_counts, registered_topics

DEFAULT_SERVERS = "127.0.0.1:7092"
POLL_MILLISECONDS = 500


def main(argv: list[str]) -> int:
    """Print records until Ctrl-C, --count or --until-end."""
    chosen = _arguments().parse_args(argv)
    with suppress(KeyboardInterrupt):
        asyncio.run(_tap(chosen))
    return 0


def _arguments() -> argparse.ArgumentParser:
    names = ", ".join(topic.name for topic in registered_topics() if topic.message)
    arguments = argparse.ArgumentParser(
        prog="contact-center tap",
        description="Print a topic as JSON lines: position, time, key, headers, value.",
        epilog=f"Topics: {names}; dead letters are <topic>.dlq.<service>.",
    )
    arguments.add_argument("topic", help="its name without TOPIC_PREFIX")
    arguments.add_argument(
        "--from-start", action="store_true", help="begin with the oldest record, not the next"
    )
    arguments.add_argument("--until-end", action="store_true", help="stop at what is there now")
    arguments.add_argument("--key", help="only records with this key")
    arguments.add_argument("--count", type=int, help="stop after so many records")
    return arguments


async def _tap(chosen: argparse.Namespace) -> None:
    servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", DEFAULT_SERVERS)
    prefix = os.environ.get("TOPIC_PREFIX", "")
    decoder = Decoder(chosen.topic)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    partitions = await _partitions(servers, prefix + chosen.topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    try:
        await consumer.start()
        ends = await _seek(consumer, partitions, from_start=chosen.from_start)
        await _print(consumer, ends, chosen, decoder, over)
    finally:
        await consumer.stop()


async def _partitions(servers: str, topic: str) -> list[TopicPartition]:
    try:
        counts = await partition_counts(servers)
    except KafkaError as error:
        raise StackError(f"no Kafka at {servers}: start one with make up") from error
    if topic not in counts:
        raise StackError(f"there is no topic {topic!r} (there are: {', '.join(sorted(counts))})")
    return [TopicPartition(topic, number) for number in range(counts[topic])]


async def _seek(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], *, from_start: bool
) -> dict[TopicPartition, int]:
    """Seek every partition to where reading begins; return where each ends now."""
    consumer.assign(partitions)
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    begins = await consumer.beginning_offsets(partitions) if from_start else ends
    for partition, offset in begins.items():
        consumer.seek(partition, offset)
    return ends


async def _print(
    consumer: AIOKafkaConsumer,
    ends: dict[TopicPartition, int],
    chosen: argparse.Namespace,
    decoder: Decoder,
    over: asyncio.Event,
) -> None:
    printed = 0
    while not over.is_set():
        if chosen.until_end and await _is_at_end(consumer, ends):
            return
        batches = await consumer.getmany(timeout_ms=POLL_MILLISECONDS)
        for record in _in_order(batches, ends if chosen.until_end else None):
            if chosen.key is not None and record.key != chosen.key.encode():
                continue
            sys.stdout.write(json_line(record, decoder) + "\n")
            printed += 1
            if printed == chosen.count:
                sys.stdout.flush()
                return
        sys.stdout.flush()


async def _is_at_end(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    positions = [await consumer.position(partition) >= end for partition, end in ends.items()]
    return all(positions)


def _in_order(
    batches: dict[TopicPartition, list[Any]], ends: dict[TopicPartition, int] | None
) -> list[Any]:
    """Merge the partitions by time; each stays in its own order."""
    records = [
        record
        for partition, batch in batches.items()
        for record in batch
        if ends is None or record.offset < ends[partition]
    ]
    return sorted(records, key=lambda record: (record.timestamp, record.partition, record.offset))
