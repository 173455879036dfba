"""An embedded engine with a list of its events, for the tests of the engine."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from ingest_voice.adapters.engine_baresip import BaresipEngine, EngineOptions
from ingest_voice.adapters.synthesis import tone
from ingest_voice.domain.engine_events import EngineEvent
from local_stack.ports import free_ports

HOST = "127.0.0.1"
MUSIC_HZ = 350.0

E = TypeVar("E")


class EngineUnderTest:
    def __init__(self, port: int, folder: Path, rtp_ports: str = "61000-65534") -> None:
        self.port = port
        self.events: list[EngineEvent] = []
        self.failures: list[str] = []
        self.lateness: list[float] = []
        self.engine = BaresipEngine(
            EngineOptions(
                host=HOST,
                port=port,
                rtp_ports=rtp_ports,
                rtp_timeout_seconds=5,
                folder=folder,
                music=tone(MUSIC_HZ, 2.0),
                on_late=self.lateness.append,
                on_failure=self.failures.append,
            )
        )

    def address(self, number: str) -> str:
        return f"sip:{number}@{HOST}:{self.port}"

    async def event(
        self, kind: type[E], accept: Callable[[E], bool] = lambda _: True, within: float = 15.0
    ) -> E:
        """The first event of the kind that is accepted, past ones included."""
        deadline = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < deadline:
            for event in self.events:
                if isinstance(event, kind) and accept(event):
                    return event
            await asyncio.sleep(0.01)
        raise AssertionError(f"no {kind.__name__} within {within} s, but {self.events}")


@asynccontextmanager
async def running_engine(**options: str) -> AsyncIterator[EngineUnderTest]:
    with tempfile.TemporaryDirectory() as folder:
        under_test = EngineUnderTest(free_ports(1)[0], Path(folder) / "sip", **options)
        await under_test.engine.start(under_test.events.append)
        try:
            yield under_test
        finally:
            await under_test.engine.stop()


class ListSink:
    """A recording in memory."""

    recording_id = "r1"

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.is_finished = False

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def finish(self) -> None:
        self.is_finished = True
