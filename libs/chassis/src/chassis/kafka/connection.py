"""Connecting to a broker that may be away, and knowing when it last answered."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from aiokafka.errors import KafkaError

from chassis.errors import Unavailable
from chassis.kafka.login import FORBIDDEN

METADATA_MAX_AGE_MS = 2_000
RETRY_SECONDS = 0.5
CLOSE_SECONDS = 5.0

# More than any gathering brings together, so that time alone ends it.
GATHERED_BYTES = 1 << 20

log = logging.getLogger(__name__)
T = TypeVar("T")


def gathering(seconds: float) -> dict[str, int]:
    """Options of a consumer whose fetches the broker may hold back for so long."""
    if seconds <= 0:
        return {}
    return {"fetch_min_bytes": GATHERED_BYTES, "fetch_max_wait_ms": round(seconds * 1000)}


async def keep_trying(attempt: Callable[[], Awaitable[T]], what: str, within: float) -> T:
    """Result of the first attempt that Kafka answers; Unavailable when none did in time."""
    deadline = time.monotonic() + within
    while True:
        try:
            async with asyncio.timeout(max(0.1, deadline - time.monotonic())):
                return await attempt()
        except FORBIDDEN:
            raise
        except (KafkaError, OSError, TimeoutError) as error:
            if time.monotonic() >= deadline:
                raise Unavailable(f"{what}: {type(error).__name__}") from error
            log.warning("kafka is away", extra={"what": what, "error": type(error).__name__})
        await asyncio.sleep(RETRY_SECONDS)


async def close_consumer(consumer: Any) -> None:
    """Leave and disconnect, also when the broker is away."""
    if not await ends_well(consumer.stop(), CLOSE_SECONDS):
        log.warning("left without a goodbye")
        await ends_well(consumer._client.close(), CLOSE_SECONDS)


async def ends_well(closing: Coroutine[Any, Any, None], within: float) -> bool:
    """Whether it ended in time and without an error.

    A task of its own: while the broker is away, closing a client may raise the CancelledError
    of one of its own tasks, which must not be taken for ours.
    """
    task = asyncio.create_task(closing)
    try:
        done, _ = await asyncio.wait([task], timeout=within)
    finally:
        task.cancel()
    return bool(done) and not task.cancelled() and task.exception() is None


async def staleness(client: Any, limit_seconds: float) -> str | None:
    """None when the cluster answered within the limit, or answers now; else what is wrong.

    `client` is the AIOKafkaClient; it asks for metadata every two seconds by itself.
    """
    if _age_seconds(client) <= limit_seconds:
        return None
    try:
        async with asyncio.timeout(1.0):
            await client.force_metadata_update()
    except (KafkaError, TimeoutError):
        pass
    age = _age_seconds(client)
    return None if age <= limit_seconds else f"no answer from the broker for {age:.0f} s"


def _age_seconds(client: Any) -> float:
    last_ms: float = client.cluster._last_successful_refresh_ms
    return time.time() - last_ms / 1000
