"""What tests of every service need."""

import asyncio
import contextlib
import inspect
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from chassis.free_ports import free_ports
from chassis.part import Part

T = TypeVar("T")
P = TypeVar("P", bound=Part)


async def eventually(
    check: Callable[[], T | Awaitable[T]], within: float = 60.0, every: float = 0.02
) -> T:
    """The first true answer of the check; AssertionError with the last one when time is over.

    An AssertionError inside the check counts as "not yet".
    """
    deadline = time.monotonic() + within
    while True:
        why: object
        try:
            answer = check()
            value = await answer if inspect.isawaitable(answer) else answer
            if value:
                return value
            why = value
        except AssertionError as error:
            why = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within} s; last: {why!r}")
        await asyncio.sleep(every)


def free_port() -> int:
    """A port of the loopback interface that nobody has, nor gets before its server starts."""
    return free_ports(1)[0]


def unique_prefix() -> str:
    """A topic prefix that no other test run has."""
    return f"t{secrets.token_hex(4)}."


@asynccontextmanager
async def fresh_database(server_url: str) -> AsyncIterator[str]:
    """The URL of an empty database of its own, dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(server_url, timeout=10)
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        finally:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await admin.close()


@asynccontextmanager
async def running(part: P) -> AsyncIterator[P]:
    """The part started and at work; stopped afterwards. What its work raises is raised here."""
    work: asyncio.Task[None] | None = None
    try:
        await part.start()
        work = asyncio.create_task(part.run(), name=type(part).__name__)
        yield part
    finally:
        await part.stop()
        if work is not None:
            with contextlib.suppress(asyncio.CancelledError):
                async with asyncio.timeout(10):
                    await work
