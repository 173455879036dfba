"""A replica of ingest-digital inside the test's process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from digital_people import ChatClient

from chassis.run import Lifecycle
from chassis.testing import eventually
from ingest_digital.app import App
from ingest_digital.settings import Settings

Start = Callable[..., Awaitable["RunningApp"]]


class RunningApp:
    """A replica at work."""

    def __init__(self, app: App, life: Lifecycle, work: "asyncio.Task[int]") -> None:
        self.app = app
        self._life = life
        self._work = work

    @classmethod
    async def begin(cls, settings: Settings) -> "RunningApp":
        life = Lifecycle(settings)
        app = App(settings, life)
        work = asyncio.create_task(life.run())

        async def is_ready() -> bool:
            if work.done():
                raise RuntimeError("the replica ended while it started")
            return not await life.health.not_ready()

        await eventually(is_ready)
        return cls(app, life, work)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.app.chat.port}/v1/chat"

    def chat(self, **first: Any) -> ChatClient:
        return ChatClient(self.url, **first)

    async def end(self) -> None:
        self._life.end()
        assert await asyncio.wait_for(self._work, 30) == 0
