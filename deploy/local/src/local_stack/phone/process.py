"""A phone as a child process, for tests and the demo."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from local_stack.home import home
from local_stack.run_folders import run_folder

PhoneEvent = dict[str, Any]


class PhoneProcess:
    """A running phone: its events so far, and a way to tell it what to do."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._arrived = asyncio.Condition()
        self.events: list[PhoneEvent] = []
        self.reader = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        stdout = self._process.stdout
        if stdout is None:
            return
        async for line in stdout:
            async with self._arrived:
                self.events.append(json.loads(line))
                self._arrived.notify_all()

    async def event(self, name: str, *, within: float = 60, **fields: object) -> PhoneEvent:
        """Wait for the first event of that name with these fields, past ones included."""

        def found() -> PhoneEvent | None:
            for event in self.events:
                wanted = {"event": name, **fields}
                if all(event.get(key) == value for key, value in wanted.items()):
                    return event
            return None

        async with self._arrived:
            try:
                await asyncio.wait_for(self._arrived.wait_for(found), within)
            except TimeoutError:
                raise AssertionError(
                    f"the phone told no {name!r} {fields} within {within} s, but {self.events}"
                ) from None
        event = found()
        if event is None:
            raise AssertionError(f"{name!r} vanished")
        return event

    @property
    def port(self) -> int:
        return next(int(event["port"]) for event in self.events if event["event"] == "ready")

    async def tell(self, command: str) -> None:
        """Send a command: `digits 12#`, `tone 440`, `answer`, `hangup`, `quit`."""
        stdin = self._process.stdin
        if stdin is not None:
            stdin.write(command.encode() + b"\n")
            await stdin.drain()

    async def ended(self, within: float = 60) -> int:
        """Wait until the process has ended by itself; its exit code."""
        await asyncio.wait_for(self.reader, within)
        return await asyncio.wait_for(self._process.wait(), within)

    def kill(self) -> None:
        """Vanish without a goodbye."""
        if self._process.returncode is None:
            self._process.kill()


@asynccontextmanager
async def phone(*arguments: str) -> AsyncIterator[PhoneProcess]:
    """Run `python -m local_stack.phone ARGUMENTS` until the end of the block."""
    # The SIP library keeps a folder there, and a phone that vanishes does not clear it away; nor
    # does who is killed in here: the next run does.
    with run_folder(home()) as scratch:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local_stack.phone", *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(scratch)},
        )  # fmt: skip
        running = PhoneProcess(process)
        try:
            await running.event("ready")
            yield running
        finally:
            running.kill()
            await process.wait()
            await running.reader
