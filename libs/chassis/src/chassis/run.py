"""Ordered start, loud failure, draining stop."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import uvloop

from chassis.part import Part, Startable
from chassis.settings import ServiceSettings
from chassis.telemetry import AdminServer, Health, LoopWatch, configure, shut_down
from chassis.telemetry.logs import log_lost_errors

OK = 0
FAILED = 1

# A record leaves little garbage, and a pause is felt by who waits for an offer.
GC_THRESHOLDS = (20_000, 20, 20)

log = logging.getLogger(__name__)
P = TypeVar("P", bound=Startable)
S = TypeVar("S", bound=ServiceSettings)
Drain = Callable[[], Awaitable[None]]


class Lifecycle:
    """Starts parts in the order they were added, watches them, stops them in reverse."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._parts: list[Startable] = []
        self._started: list[Startable] = []
        self._is_running = False
        self._work: dict[Startable, asyncio.Task[None]] = {}
        self._drains: list[Drain] = []
        self._ending: asyncio.Event = asyncio.Event()
        self._failure: BaseException | None = None
        self.health = Health()
        self.admin = AdminServer(settings, self.health)

    def add(self, part: P) -> P:
        """Start it after all that were added before; returned so that it can be named."""
        self._parts.append(part)
        if isinstance(part, Part):
            self.health.add(part.readiness(), part.liveness())
        return part

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the parts, after those that were added before; cancelled at the stop.

        Its failure ends the process; its end does not.
        """
        part = _Work(name, work, self._watch)
        self._parts.append(part)
        if self._is_running:
            part.begin()
            self._started.append(part)

    def on_drain(self, drain: Drain) -> None:
        """Call it when the process shall end, before anything stops; all together, bounded."""
        self._drains.append(drain)

    def end(self) -> None:
        """Ask for an orderly end, as SIGTERM does."""
        self._ending.set()

    async def run(self) -> int:
        """Start, work until asked to end or something fails, stop; the exit code."""
        try:
            await self._start()
            await self._ending.wait()
        except Exception as error:  # noqa: BLE001  (logged as the failure, ends the process)
            self._fail("start failed", error)
        self.health.draining()
        if self._failure is None:
            log.info("draining")
            await self._drain()
        await self._stop()
        log.info("stopped", extra={"exit_code": OK if self._failure is None else FAILED})
        return OK if self._failure is None else FAILED

    async def _start(self) -> None:
        for part in list(self._parts):
            starting = asyncio.create_task(part.start(), name=f"start {_name(part)}")
            ending = asyncio.create_task(self._ending.wait())
            self._started.append(part)
            await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            if not starting.done():
                starting.cancel()
                await asyncio.wait([starting])
                return
            starting.result()
            if isinstance(part, Part) and type(part).run is not Part.run:
                work = asyncio.create_task(part.run(), name=_name(part))
                work.add_done_callback(self._watch)
                self._work[part] = work
        self._is_running = True
        self.health.started()
        log.info("started", extra={"parts": [_name(part) for part in self._parts]})

    def _watch(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._fail(f"{task.get_name()} failed", error)

    def _fail(self, what: str, error: BaseException) -> None:
        log.critical(what, exc_info=error)
        self._failure = self._failure or error
        self._ending.set()

    async def _drain(self) -> None:
        within = self._settings.drain_timeout_seconds
        drains = [asyncio.ensure_future(drain()) for drain in self._drains]
        if not drains:
            return
        done, late = await asyncio.wait(drains, timeout=within)
        for drain in late:
            drain.cancel()
            log.warning("draining took too long", extra={"within_seconds": within})
        for drain in done:
            if not drain.cancelled() and (error := drain.exception()) is not None:
                self._fail("draining failed", error)

    async def _stop(self) -> None:
        for part in reversed(self._started):
            await self._stop_part(part)
        for part in self._parts:
            if isinstance(part, _Work):
                part.drop()

    async def _stop_part(self, part: Startable) -> None:
        within = self._settings.stop_timeout_seconds
        until = asyncio.get_running_loop().time() + within
        work = self._work.pop(part, None)
        # A task of its own: a stray CancelledError of a library ends it, not our stopping.
        stopping = asyncio.create_task(part.stop(), name=f"stop {_name(part)}")
        _, late = await asyncio.wait([stopping], timeout=within)
        if late:
            stopping.cancel()
            log.error("stop took too long", extra={"part": _name(part), "within_seconds": within})
        elif stopping.cancelled():
            log.error("stop was cut off", extra={"part": _name(part)})
        elif (error := stopping.exception()) is not None:
            self._fail(f"{_name(part)} did not stop", error)
        elif work is not None:
            # What it has in hand may be in nobody's hands but its own.
            await self._wait_for(work, until)
        if work is not None:
            await self._end_task(work)

    async def _wait_for(self, work: "asyncio.Task[None]", until: float) -> None:
        left = until - asyncio.get_running_loop().time()
        _, late = await asyncio.wait([work], timeout=max(0.0, left))
        if late:
            within = self._settings.stop_timeout_seconds
            log.error("work is cut off", extra={"part": work.get_name(), "within_seconds": within})

    async def _end_task(self, task: "asyncio.Task[None]") -> None:
        task.cancel()
        _, late = await asyncio.wait([task], timeout=self._settings.stop_timeout_seconds)
        if late:
            log.error("task does not end", extra={"task": task.get_name()})


class _Work:
    """A coroutine in the order of the parts."""

    def __init__(
        self,
        name: str,
        work: Coroutine[Any, Any, None],
        watch: Callable[["asyncio.Task[None]"], None],
    ) -> None:
        self.name = name
        self._work = work
        self._watch = watch
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._work, name=self.name)
        self._task.add_done_callback(self._watch)

    def drop(self) -> None:
        """The start never came so far: the coroutine is not left unawaited."""
        if self._task is None:
            self._work.close()

    async def start(self) -> None:
        self.begin()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


def run_service(
    name: str,
    settings: S,
    build: Callable[[S, Lifecycle], Awaitable[None] | None],
) -> int:
    """Run a service until SIGTERM or SIGINT (0) or a failure (1); for `__main__` to exit with.

    `build` constructs everything inside the running event loop and adds it to the lifecycle.
    """
    configure(name, settings)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings, build))
    finally:
        shut_down()


async def _serve(settings: S, build: Callable[[S, Lifecycle], Awaitable[None] | None]) -> int:
    loop = asyncio.get_running_loop()
    log_lost_errors(loop)
    life = Lifecycle(settings)
    life.add(LoopWatch())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _on_signal, life)
    life.add(life.admin)
    try:
        built = build(settings, life)
        if built is not None:
            await built
    except Exception:
        log.critical("build failed", exc_info=True)
        return FAILED
    # What is constructed lives as long as the process: the collector need not look there again.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    return await life.run()


def _on_signal(life: Lifecycle) -> None:
    if life._ending.is_set():
        log.error("told to end twice")
        sys.stderr.flush()
        os._exit(FAILED)
    life.end()


def _name(part: object) -> str:
    return part.name if isinstance(part, _Work) else type(part).__name__
