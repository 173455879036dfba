"""Run a coroutine to its end from anywhere, also where an event loop already runs."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def blocking(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run the coroutine that `start` makes in a thread and loop of its own; return its result."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(start())).result()
