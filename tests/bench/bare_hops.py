"""The floor of our path: three bare Kafka hops through plain aiokafka with acks=all.

An arrival goes from the bench to relay one, from there to relay two, and back to the bench, each
relay being a process of its own that does nothing but consume and produce.

    python tests/bench/bare_hops.py BOOTSTRAP FROM_TOPIC TO_TOPIC
"""

import asyncio
import itertools
import sys
import time
from pathlib import Path
from typing import Self

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

SIZE = 300
WAIT_SECONDS = 10.0


async def relay(bootstrap_servers: str, source: str, target: str) -> None:
    """Pass every record on, until ended."""
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap_servers,
        group_id=f"{source}-relay",
        auto_offset_reset="latest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True
    )
    await producer.start()
    await consumer.start()
    await consumer.seek_to_end()
    print("ready", flush=True)
    async for record in consumer:
        await producer.send_and_wait(target, record.value, key=record.key)


class BareHops:
    """Three hops on topics of their own; `measure` sends one record around."""

    def __init__(self, bootstrap_servers: str, prefix: str) -> None:
        self._bootstrap = bootstrap_servers
        self._topics = [f"{prefix}bare-{n}" for n in (1, 2, 3)]
        self._numbers = itertools.count()
        self._relays: list[asyncio.subprocess.Process] = []
        self._waiting: dict[bytes, asyncio.Future[float]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(name, 1, 1) for name in self._topics])
        await admin.close()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True
        )
        await self._producer.start()
        self._consumer = AIOKafkaConsumer(
            self._topics[2], bootstrap_servers=self._bootstrap, auto_offset_reset="latest"
        )
        await self._consumer.start()
        for source, target in zip(self._topics, self._topics[1:], strict=False):
            self._relays.append(await self._start_relay(source, target))
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._relays:
            process.terminate()
            await process.wait()
        if self._reader is not None:
            self._reader.cancel()
        await self._consumer.stop()
        await self._producer.stop()

    async def measure(self) -> float:
        """Return the seconds from the first acknowledgement to the arrival after the third hop."""
        value = f"{next(self._numbers):<{SIZE}}".encode()
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[value] = arrived
        await self._producer.send_and_wait(self._topics[0], value)
        acknowledged = time.perf_counter()
        async with asyncio.timeout(WAIT_SECONDS):
            return max(0.0, await arrived - acknowledged)

    async def _start_relay(self, source: str, target: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__)),
            self._bootstrap,
            source,
            target,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(WAIT_SECONDS):
            await process.stdout.readline()
        return process

    async def _read(self) -> None:
        async for record in self._consumer:
            arrived = self._waiting.pop(record.value, None)
            if arrived is not None and not arrived.done():
                arrived.set_result(time.perf_counter())


if __name__ == "__main__":
    uvloop.run(relay(*sys.argv[1:]))
