"""The life of a service, as a real process."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from chassis.testing import eventually, free_port

PROGRAM = Path(__file__).with_name("service_under_test.py")


class Service:
    """A started process and its log lines."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.lines: list[dict] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(json.loads(line))

    async def says(self, message: str) -> None:
        await eventually(lambda: message in self.messages)

    async def ends(self) -> int:
        async with asyncio.timeout(60):
            await self._reading
            return await self.process.wait()

    async def readiness(self) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.port}/readyz"
        async with aiohttp.ClientSession() as client, client.get(url) as response:
            return response.status, await response.text()

    @property
    def messages(self) -> list[str]:
        return [line["message"] for line in self.lines]

    @property
    def parts(self) -> list[str]:
        told = [line for line in self.lines if line["message"] in ("start", "stop")]
        return [f"{line['message']} {line['part']}" for line in told]


@asynccontextmanager
async def service(what: str) -> AsyncIterator[Service]:
    port = free_port()
    bounds = {"DRAIN_TIMEOUT_SECONDS": "1", "STOP_TIMEOUT_SECONDS": "1", "ADMIN_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        what,
        env={**os.environ, **bounds},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Service(process, port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


IN_ORDER = ["start first", "start second", "start third"]
IN_REVERSE = ["stop third", "stop second", "stop first"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_stops_in_reverse_and_ends_with_zero(number: signal.Signals):
    async with service("nothing breaks") as one:
        await one.says("started")
        ready, _ = await one.readiness()
        one.process.send_signal(number)

        assert (await one.ends(), ready) == (0, 200)
    assert one.parts == IN_ORDER + IN_REVERSE
    tail = [m for m in one.messages if m in ("draining", "drain", "stop", "work ends", "stopped")]
    assert tail == ["draining", "drain", "work ends", "stop", "stop", "stop", "stopped"]


async def test_while_it_drains_it_is_not_ready():
    async with service("drains for ever") as one:
        await one.says("started")
        one.process.terminate()
        await one.says("drain")
        ready, text = await one.readiness()

        assert (ready, "draining" in text) == (503, True)
        assert await one.ends() == 0
    assert "draining took too long" in one.messages
    assert one.parts == IN_ORDER + IN_REVERSE


@pytest.mark.parametrize(
    ("what", "message", "parts"),
    [
        ("work", "work failed", IN_ORDER + IN_REVERSE),
        ("run", "Named failed", IN_ORDER + IN_REVERSE),
        ("start", "start failed", IN_ORDER[:2] + IN_REVERSE[1:]),
        ("build", "build failed", []),
    ],
)
async def test_a_failure_is_one_loud_line_and_ends_with_one(
    what: str, message: str, parts: list[str]
):
    async with service(what) as one:
        assert await one.ends() == 1
    (loud,) = [line for line in one.lines if line["level"] == "CRITICAL"]
    assert loud["message"] == message
    assert f"LookupError: {what} is broken" in loud["exception"]
    assert one.parts == parts


async def test_a_part_that_fails_to_stop_does_not_keep_the_others_from_it():
    async with service("stop") as one:
        await one.says("started")
        one.process.terminate()

        assert await one.ends() == 1
    assert one.parts == IN_ORDER + IN_REVERSE


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("hangs at stop", "stop took too long"),
        ("is cancelled at stop", "stop was cut off"),
        ("works for ever", "work is cut off"),
    ],
)
async def test_a_part_that_does_not_end_well_is_left_behind(what: str, message: str):
    async with service(what) as one:
        await one.says("started")
        one.process.terminate()

        assert await one.ends() == 0
    assert message in one.messages
    assert one.parts == IN_ORDER + IN_REVERSE


async def test_what_a_part_has_in_hand_is_finished_before_the_next_one_stops():
    async with service("has work in hand") as one:
        await one.says("started")
        one.process.terminate()

        assert await one.ends() == 0
    tail = [m for m in one.messages if m in ("stop", "finished", "work is cut off")]
    assert tail == ["stop", "stop", "finished", "stop"]


async def test_a_signal_during_the_start_stops_what_was_started():
    async with service("hangs at start") as one:
        await eventually(lambda: len(one.parts) == 2)
        one.process.terminate()

        assert await one.ends() == 0
    assert one.parts == [*IN_ORDER[:2], *IN_REVERSE[1:]]


async def test_a_second_signal_ends_it_at_once_with_one():
    async with service("drains for ever") as one:
        await one.says("started")
        one.process.terminate()
        await one.says("drain")
        one.process.terminate()

        assert await one.ends() == 1
    assert "stop first" not in one.parts
