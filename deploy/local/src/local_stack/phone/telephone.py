"""A telephone with its lines, obeying its options and its standard input."""

import asyncio
import os
import stat
import sys
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path

from baresip import Account, BaresipError, Call, Config, StackEvent, UserAgent
from baresip.runtime import Runtime

from local_stack.phone.line import TICK_SECONDS, Line, tell
from local_stack.phone.tones import write_wav
from local_stack.ports import free_ports

_PORT_TRIES = 5
# Above those that free_ports and the kernel give away.
_RTP_PORTS = "61000-65534"
# Else TLS takes the port after the one asked for, which may be somebody else's.
_TRANSPORTS = "sip_transports udp,tcp\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the phone does by itself."""

    host: str
    port: int
    user: str
    codecs: tuple[str, ...]
    dtmf: str
    tone: float
    listens_for: tuple[float, ...]
    record: Path | None
    # (seconds after the answer, digits)
    digits: tuple[tuple[float, str], ...]
    hangup_after: float | None
    # Calls to place, and the seconds between them; empty `to` means: wait for calls.
    to: str
    count: int
    every: float
    # auto, busy, never
    answer: str
    answer_after: float


class Telephone:
    """Places or takes calls until its script or its standard input says otherwise."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._lines: list[Line] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._quits = asyncio.Event()

    async def run(self) -> None:
        script = self._script
        runtime, port = await self._switch_on()
        try:
            account = Account(
                user=script.user,
                domain=f"{script.host}:{port}",
                password="",
                reg_interval=0,
                audio_codecs=script.codecs,
                dtmf_mode=script.dtmf,  # type: ignore[arg-type]
                extra_params=("catchall=yes",),
            )
            agent = await UserAgent.create(runtime, account)
            agent.on_incoming(self._offered)
            self._listen_to_commands()
            tell("ready", port=port)
            if script.to:
                await self._place_calls(runtime, agent)
            else:
                await self._quits.wait()
            await self._finish()
        finally:
            await runtime.close()

    async def _switch_on(self) -> tuple[Runtime, int]:
        """Listen; on a port of our choice, try another one when somebody was faster."""
        if self._script.port:
            return await self._listen(self._script.port)
        for port in free_ports(_PORT_TRIES):
            try:
                return await self._listen(port)
            except BaresipError as error:
                tell("failed", error=str(error))
        raise BaresipError("no port to listen on")

    async def _listen(self, port: int) -> tuple[Runtime, int]:
        host = self._script.host
        runtime = Runtime()
        config = Config(
            net_interface=host,
            max_concurrent_calls=None,
            expose_headers=("X-Contact-Id",),
            extra_config_text=f"{_TRANSPORTS}sip_listen {host}:{port}\nrtp_ports {_RTP_PORTS}\n",
        )
        await runtime.start(config)
        return runtime, port

    async def _place_calls(self, runtime: Runtime, agent: UserAgent) -> None:
        for _ in range(self._script.count):
            await self._place_call(runtime, agent)
            await asyncio.sleep(self._script.every)
        self._spawn(self._quit_after_the_last())
        await self._quits.wait()

    async def _quit_after_the_last(self) -> None:
        for line in self._lines:
            await line.is_over.wait()
        self._quits.set()

    async def _place_call(self, runtime: Runtime, agent: UserAgent) -> None:
        # A fast answer may come before `dial` returns.
        early: list[StackEvent] = []
        runtime.subscribe(early.append)
        try:
            call = await agent.dial(self._script.to)
        finally:
            runtime.unsubscribe(early.append)
        line = self._begin(call)
        for event in early:
            if event.call == call.handle:
                line.on_event(event)

    def _offered(self, call: Call) -> None:
        line = self._begin(call)
        line.tell("offered", contact_id=call.headers.get("X-Contact-Id", ""))
        if self._script.answer != "never":
            self._spawn(self._decide(line))

    async def _decide(self, line: Line) -> None:
        await asyncio.sleep(self._script.answer_after)
        if self._script.answer == "auto":
            await line.answer()
        else:
            await line.hang_up()

    def _begin(self, call: Call) -> Line:
        script = self._script
        number = len(self._lines) + 1
        line = Line(number, call, tone=script.tone, listens_for=script.listens_for)
        self._lines.append(line)
        self._spawn(line.run_audio())
        self._spawn(self._follow_script(line))
        return line

    async def _follow_script(self, line: Line) -> None:
        while not line.is_answered:
            if line.is_over.is_set():
                return
            await asyncio.sleep(TICK_SECONDS)
        started = time.monotonic()
        for seconds, digits in self._script.digits:
            await asyncio.sleep(max(0.0, started + seconds - time.monotonic()))
            await line.send_digits(digits)
        if self._script.hangup_after is not None:
            await asyncio.sleep(max(0.0, started + self._script.hangup_after - time.monotonic()))
            await line.hang_up()

    async def _finish(self) -> None:
        for line in self._lines:
            if not line.is_over.is_set():
                await line.hang_up()
        # Time for the BYE to leave.
        await asyncio.sleep(0.2)
        if self._script.record is not None and self._lines:
            write_wav(self._script.record, bytes(self._lines[-1].heard))
        for task in tuple(self._tasks):
            task.cancel()
        tell("done")

    def _listen_to_commands(self) -> None:
        loop = asyncio.get_running_loop()

        def read() -> None:
            for command in sys.stdin:
                loop.call_soon_threadsafe(self._obey, command.split())
            # Whoever gave commands is gone, perhaps killed. A terminal or no input at all never is.
            if not stat.S_ISCHR(os.fstat(sys.stdin.fileno()).st_mode) and not loop.is_closed():
                loop.call_soon_threadsafe(self._quits.set)

        # A daemon: it must not keep the process alive while it waits for input.
        threading.Thread(target=read, name="commands", daemon=True).start()

    def _obey(self, words: list[str]) -> None:
        live = [line for line in self._lines if not line.is_over.is_set()]
        match words:
            case ["digits", digits]:
                for line in live:
                    self._spawn(line.send_digits(digits))
            case ["tone", frequency]:
                for line in live:
                    line.tone = float(frequency)
            case ["answer"]:
                for line in live:
                    self._spawn(line.answer())
            case ["hangup"]:
                for line in live:
                    self._spawn(line.hang_up())
            case ["quit"]:
                self._quits.set()
            case _:
                tell("failed", error="unknown command")

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
