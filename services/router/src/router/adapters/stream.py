"""The router on Faust: takes partitions over, applies what is queued, says the steps."""

import asyncio
import itertools
import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka.errors import KafkaError

from chassis.events import is_recorded
from chassis.part import Check, Part
from router import metrics
from router.adapters import faust_parts
from router.adapters.deciding import decide
from router.adapters.faust_parts import AsFetched, RouterApp
from router.adapters.garbage import leave_state_alone, look_if_grown
from router.adapters.log_reader import LogReader
from router.adapters.outbox import DEAD_LETTERS, FAILED, INPUT, OUTPUT, POLICIES, Outbox
from router.adapters.recovery import Recovery
from router.adapters.saving import Saver
from router.adapters.ticking import Ticker
from router.adapters.tracing import tell_step, traced
from router.adapters.watching import Watch
from router.domain.record import Step
from router.handlers.partition import Parked, Partition, Raw
from router.settings import SERVICE, RouterSettings

WORTH_SAVING = 5_000
WATCH_SECONDS = 5.0
# To count what is there takes some milliseconds already.
TURNS_TO_GARBAGE = 60
STOP_SECONDS = 6.0
LAST_RESORT_SECONDS = 20.0

log = logging.getLogger(__name__)


class TopicsDiffer(Exception):
    """The topics do not have the same number of partitions."""


class RouterStream(Part):
    """Owns the Faust app. Whatever goes wrong in it ends the process through `run`."""

    def __init__(
        self,
        settings: RouterSettings,
        app: RouterApp,
        reader: LogReader,
        outbox: Outbox,
        recovery: Recovery,
        ticker: Ticker,
        saver: Saver,
        watch: Watch,
        make: Callable[[int], Partition],
    ) -> None:
        self._settings = settings
        self._app = app
        self._reader = reader
        self._outbox = outbox
        self._recovery = recovery
        self._ticker = ticker
        self._saver = saver
        self._watcher = watch
        self._make = make
        self._known: dict[int, Partition] = {}
        self._owned: dict[int, Partition] = {}
        self._is_recovering = True
        self._failed: asyncio.Future[None] | None = None
        app.position_of = lambda number: self._known[number].position
        app.on_rebalance_complete.connect(self._take_over)
        app.on_partitions_revoked.connect(self._let_go)
        topic = app.topic(settings.topic(INPUT), schema=AsFetched())
        app.agent(topic, name=SERVICE)(self._route)

    async def start(self) -> None:
        """Join the group; partitions are taken over when the group gives them."""
        self._failed = asyncio.get_running_loop().create_future()
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        logging.getLogger(faust_parts.__name__).setLevel(logging.WARNING)
        log.info("connecting to the log")
        await self._reader.start((INPUT, OUTPUT, POLICIES, DEAD_LETTERS))
        counts = {name: self._reader.partitions[name] for name in (INPUT, OUTPUT, POLICIES)}
        if len(set(counts.values())) > 1 or 0 in self._reader.partitions.values():
            raise TopicsDiffer(f"each topic needs the same number of partitions: {counts}")
        log.info("joining the group")
        await self._app.start()

    async def run(self) -> None:
        """Tick, save and watch; raise what went wrong anywhere."""
        assert self._failed is not None
        works = [self._ticker.run(), self._saver.run(self._owned), self._watch()]
        tasks = [asyncio.ensure_future(work) for work in (*works, self._app.wait_until_stopped())]
        try:
            await asyncio.wait([*tasks, self._failed], return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, self._failed):
                if task.done():
                    task.result()
            if self._app.crash_reason is not None:
                raise self._app.crash_reason
        except Exception:
            _end_for_certain()
            raise
        finally:
            for task in tasks:
                task.cancel()

    async def stop(self) -> None:
        """Finish what is in hand, save the state, leave the group."""
        self._ticker.follow({})
        if self._app.started and not self._app.crashed:
            await self._app.consumer.commit()
            await self._saver.save(list(self._owned.values()))
        if self._app.started:
            async with asyncio.timeout(STOP_SECONDS):
                await self._app.stop()
        await self._reader.stop()

    def readiness(self) -> Mapping[str, Check]:
        """`partitions`: those that were given are taken over."""
        return {"partitions": self._check_partitions}

    def liveness(self) -> Mapping[str, Check]:
        """`progress`: records do not wait for long without being applied."""
        return {"progress": self._check_progress}

    async def _let_go(self, *_: Any, **__: Any) -> None:
        """The ticker and the saver leave partitions alone that change hands."""
        self._is_recovering = True
        self._owned.clear()
        self._ticker.follow({})

    async def _take_over(self, *_: Any, **__: Any) -> None:
        """Awaited by Faust before any record of the new assignment flows."""
        self._is_recovering = True
        self._owned.clear()
        self._ticker.follow({})
        metrics.REBALANCES.inc()
        numbers = sorted({tp.partition for tp in self._app.consumer.assignment()})
        log.info("taking partitions over", extra={"partitions": numbers})
        try:
            for number in numbers:
                partition = self._known.get(number)
                if partition is None:
                    partition = await self._recovery.recover(number, lambda: self._make(number))  # noqa: B023
                else:
                    await self._recovery.catch_up(partition)
                self._known[number] = self._owned[number] = partition
                if self._recovery.replayed > WORTH_SAVING:
                    self._saver.hurry()
        except Exception as error:
            self._fail(error)
            raise
        leave_state_alone()
        self._ticker.follow(self._owned)
        self._watcher.restart()
        self._is_recovering = False
        log.info("partitions taken over", extra={"partitions": numbers})

    async def _route(self, stream: Any) -> None:
        try:
            async for event in stream.noack().events():
                await self._apply(event)
        except Exception as error:
            # Faust would log it and go on with the next record.
            self._fail(error)
            raise

    async def _apply(self, event: Any) -> None:
        """Apply the records of a partition, each step into the producer's buffer, then ack all.

        Faust flushes the producer before it commits, so that no input is committed whose
        step is not acknowledged.
        """
        message, workspaces, ticked = event.message, set[str](), set[str]()
        for record in message.value:
            partition = self._owned.get(message.partition)
            if partition is None or message.generation_id != self._app.consumer_generation_id:
                return
            raw = _raw(record)
            if is_recorded(raw.headers):
                with traced(partition.number, raw) as (span, inside):
                    step = await self._one(partition, inside, workspaces, ticked)
                    if step is not None:
                        tell_step(span, step)
            else:
                await self._one(partition, raw, workspaces, ticked)
        event.ack()
        if message.partition in self._owned:
            self._ticker.applied(self._owned[message.partition], workspaces, ticked)

    async def _one(
        self, partition: Partition, raw: Raw, workspaces: set[str], ticked: set[str]
    ) -> Step | None:
        decided = decide(partition, raw)
        if decided is None:
            return None
        if isinstance(decided, Parked):
            await self._outbox.park(partition.number, raw, decided.reason)
            return None
        step = decided.decision.step
        await self._outbox.put(partition.number, raw, decided.decision, decided.value)
        workspaces.add(step.workspace)
        if step.event_type == "ClockTicked":
            ticked.add(step.workspace)
        return step

    async def _watch(self) -> None:
        for turn in itertools.count(1):
            await asyncio.sleep(WATCH_SECONDS)
            if turn % TURNS_TO_GARBAGE == 0 and look_if_grown():
                log.info("looked at all of memory")
            if not self._is_recovering:
                try:
                    await self._watcher.look(self._owned)
                except KafkaError as error:
                    log.warning("kafka is away", extra={"error": type(error).__name__})

    async def _check_partitions(self) -> str | None:
        return "partitions are being taken over" if self._is_recovering else None

    async def _check_progress(self) -> str | None:
        if self._is_recovering:
            return None
        waited = self._watcher.stalled_seconds()
        limit = self._settings.stall_seconds
        return f"nothing was applied for {waited:.0f} s" if waited > limit else None

    def _fail(self, error: Exception) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)


def _end_for_certain() -> None:
    """A crashed Faust may keep tasks and threads that do not end; the process must."""
    last_resort = threading.Timer(LAST_RESORT_SECONDS, os._exit, (FAILED,))
    last_resort.daemon = True
    last_resort.start()


def _raw(record: Any) -> Raw:
    headers = record.headers
    return Raw(
        record.offset,
        record.timestamp,
        record.key or b"",
        record.value or b"",
        tuple((name, value or b"") for name, value in headers) if headers else (),
    )
