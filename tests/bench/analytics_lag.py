"""How long a fact takes from the log's stamp until analytics' stream and gauge show it."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Iterator
from typing import Self

import aiohttp
import grpc

from chassis.kafka import FollowConsumer, FromEnd, Record
from chassis.settings import ServiceSettings
from contact_center.v1 import analytics_service_pb2 as numbers
from contact_center.v1 import analytics_service_pb2_grpc
from local_stack.stack import Stack
from local_stack.tokens import Tokens
from tests.bench.figures import Figure, quantile

GAUGE = "analytics_step_number"
SCRAPE_SECONDS = 0.05
INTERVAL_MILLISECONDS = 50


class AnalyticsLag:
    """Follows the log, the stream and the gauge; `figures` returns the p99 of each."""

    def __init__(self, settings: ServiceSettings, stack: Stack, tokens: Tokens) -> None:
        self._tokens = tokens
        self._stack = stack
        self._stamps: dict[int, float] = {}
        self._offsets: list[int] = []
        self._seen = {"stream": -1, "gauge": -1}
        self._lags: dict[str, list[float]] = {"stream": [], "gauge": []}
        # Of an offset beyond its step's number; the same for a whole partition.
        self._beyond: int | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._follow = FollowConsumer(
            settings, ["contact-events.v1"], self._on_fact, start=FromEnd()
        )

    async def __aenter__(self) -> Self:
        await self._follow.start()
        self._tasks = [
            asyncio.create_task(self._follow.run()),
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._scrape()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._follow.stop()

    def forget(self) -> None:
        """Drop what was measured while warming up."""
        self._lags = {"stream": [], "gauge": []}

    def figures(self) -> Iterator[Figure]:
        """Yield the p99 of each way to see it."""
        for name, lags in self._lags.items():
            yield Figure(
                figure=f"fact appended → analytics' {name} shows it, p99 of {len(lags)}",
                value=quantile(lags, 0.99) * 1e3,
                unit="ms",
                must=500,
                aim=250,
            )

    async def _on_fact(self, record: Record) -> None:
        self._stamps[record.offset] = record.timestamp_ms / 1e3
        self._offsets.append(record.offset)

    def _shown(self, name: str, offset: int) -> None:
        now = time.time()
        begin = bisect_right(self._offsets, self._seen[name])
        for known in self._offsets[begin : bisect_right(self._offsets, offset)]:
            self._lags[name].append(now - self._stamps[known])
        self._seen[name] = max(self._seen[name], offset)

    async def _watch(self) -> None:
        metadata = self._tokens.metadata("supervisor", "bench")
        async with grpc.aio.insecure_channel(self._stack.address("analytics.GRPC_PORT")) as channel:
            stub = analytics_service_pb2_grpc.AnalyticsServiceStub(channel)
            request = numbers.WatchQueuesRequest(
                workspace=self._stack.workspace, interval_milliseconds=INTERVAL_MILLISECONDS
            )
            async for response in stub.WatchQueues(request, metadata=metadata):
                offset = response.numbers.cause.offset
                self._beyond = offset - response.numbers.step_number
                self._shown("stream", offset)

    async def _scrape(self) -> None:
        url = self._stack.admin_url("analytics")
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.get(url) as response:
                    text = await response.text()
                for line in text.splitlines():
                    if line.startswith(GAUGE + "{") and self._beyond is not None:
                        step_number = int(float(line.rpartition(" ")[2]))
                        self._shown("gauge", step_number + self._beyond)
                await asyncio.sleep(SCRAPE_SECONDS)
