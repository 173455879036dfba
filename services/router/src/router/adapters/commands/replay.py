"""`contact-center replay`: the same log through this engine, compared byte for byte."""

import argparse
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import orjson

from chassis.telemetry import configure_logs
from router.adapters.codec import UnknownFact, decode, encode_step
from router.adapters.commands.outcome import DONE, REFUSED, attempted
from router.adapters.commands.replay_text import verdict
from router.adapters.commands.settings import CommandSettings
from router.adapters.log_flow import LogFlow
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT
from router.adapters.recorded_log import NotALog, RecordedLog
from router.adapters.snapshots import DamagedSnapshot, Snapshot, SnapshotStore
from router.domain.engine import Engine
from router.domain.snapshot import dump, load
from router.domain.versions import ENGINE_VERSIONS
from router.handlers.partition import Partition, Raw
from router.handlers.replaying import Replay, Said

AUTO = "auto"
PROGRESS_SECONDS = 2.0
EVER = 2**62


def main(argv: list[str]) -> int:
    """Replay; 0 when every step is the same, 1 when not or when it cannot be done."""
    given = _arguments().parse_args(argv)
    configure_logs("replay", "replay", "ERROR")
    try:
        return attempted(lambda settings: _replay(settings, given))
    except (NotALog, DamagedSnapshot, OSError) as error:
        print(f"this cannot be read: {error}")
    except UnknownFact as error:
        print(f"this version is too old for the log: {error}")
    return REFUSED


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contact-center replay",
        description="Run the log through this engine and compare its steps with those that were"
        " said, byte for byte. Writes nothing.",
    )
    parser.add_argument("--workspace", help="whose log (default: WORKSPACE, or main)")
    parser.add_argument("--log", type=Path, help="a file of `contact-center record`, not Kafka")
    parser.add_argument(
        "--from-snapshot",
        metavar="FILE",
        help="begin with this state; auto: the newest of the router's (of those before"
        " --from-offset, when it is given)",
    )
    parser.add_argument("--snapshots", help="where the router's snapshots lie (folder or URL)")
    parser.add_argument("--from-offset", type=int, default=0, help="compare from this record on")
    parser.add_argument("--to-offset", type=int, default=EVER - 1, help="… to this one, included")
    parser.add_argument(
        "--through-snapshots",
        type=int,
        metavar="N",
        default=0,
        help="at each Nth record save the state, load it again and go on from there",
    )
    return parser


async def _replay(settings: CommandSettings, given: argparse.Namespace) -> int:
    if given.workspace:
        settings = _of(settings, given.workspace)
    snapshot = _snapshot(settings, given)
    if given.from_snapshot and snapshot is None:
        print("there is no snapshot of this workspace here: say where with --snapshots")
        return REFUSED
    if given.log is not None:
        log = RecordedLog(given.log)
        print(f"{given.log.name}: workspace {log.about.workspace}. {log.about.note}".strip())
        run = _Run(log.about.workspace, log.about.partition, snapshot, given)
        await run.through(log.flow())
        return run.told(log.about.first_offset)
    reader = LogReader(settings)
    try:
        await reader.start((INPUT, OUTPUT))
        flow = LogFlow(reader)
        start = 0 if snapshot is None else snapshot.offset + 1
        stretch = await flow.stretch(settings.workspace, start, given.to_offset + 1)
        run = _Run(settings.workspace, stretch.partition, snapshot, given, stretch.end)
        await run.through(flow.items(stretch))
    finally:
        await reader.stop()
    return run.told(stretch.first, flow.foreign)


def _of(settings: CommandSettings, workspace: str) -> CommandSettings:
    return CommandSettings(**(settings.model_dump() | {"workspace": workspace}))


def _snapshot(settings: CommandSettings, given: argparse.Namespace) -> Snapshot | None:
    """Return what to begin with; DamagedSnapshot for one that this engine cannot go on from."""
    if not given.from_snapshot:
        return None
    if given.from_snapshot == AUTO:
        store = SnapshotStore(given.snapshots or settings.snapshots_at, 1)
        until = given.from_offset - 1 if given.from_offset else EVER
        snapshot = store.latest(settings.workspace, until)
    else:
        path = Path(given.from_snapshot).resolve()
        snapshot = SnapshotStore(f"file://{path.parent}", 1).read(str(path))
    if snapshot is not None and snapshot.engine_version not in ENGINE_VERSIONS:
        raise DamagedSnapshot(f"it is of engine {snapshot.engine_version}, which this is not")
    return snapshot


class _Run:
    """One replay, with what is shown meanwhile and afterwards."""

    def __init__(
        self,
        workspace: str,
        number: int,
        snapshot: Snapshot | None,
        given: argparse.Namespace,
        end: int | None = None,
    ) -> None:
        partition = Partition(number, decode, lambda key: True)
        if snapshot is not None:
            partition.restore([(load(snapshot.state), snapshot.offset)])
            print(f"from the snapshot at offset {snapshot.offset}, step {snapshot.step_number}")
        self._workspace = workspace
        self._replay = Replay(partition, encode_step, given.from_offset)
        self._has_snapshot = snapshot is not None
        self._last = given.to_offset
        self._every = given.through_snapshots
        self._end = end
        self._shown = time.monotonic()

    async def through(self, items: AsyncIterator[Raw | Said]) -> None:
        """Replay to the end, or to the first difference."""
        async for item in items:
            if isinstance(item, Said) and item.cause <= self._last:
                self._replay.hear(item)
            elif isinstance(item, Raw) and item.offset <= self._last:
                self._replay.take(item)
                self._between()
            if self._replay.difference is not None:
                return
        self._replay.end()

    def told(self, first: int, foreign: int = 0) -> int:
        """Print what was found; return the exit code."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        replay = self._replay
        if not replay.counts.records:
            print(f"workspace {self._workspace!r} has no such records")
            return REFUSED
        print("\n".join(verdict(replay.counts, replay.difference, foreign)))
        if replay.difference is not None and first > 0 and not self._has_snapshot:
            print(f"\nthe log begins at offset {first}, and what was before is gone: begin with"
                  " a snapshot (--from-snapshot auto)")  # fmt: skip
        return DONE if replay.difference is None and replay.counts.same else REFUSED

    def _between(self) -> None:
        count = self._replay.counts.records
        if self._every and count % self._every == 0:
            _come_back(self._replay.partition)
        if time.monotonic() - self._shown > PROGRESS_SECONDS and sys.stderr.isatty():
            self._shown = time.monotonic()
            position = self._replay.partition.position
            of = f" (offset {position:,} of {self._end:,})" if self._end else ""
            print(f"\r\033[K{count:,} records{of}", end="", file=sys.stderr, flush=True)


def _come_back(partition: Partition) -> None:
    for name, engine in partition.engines.items():
        state = orjson.loads(orjson.dumps(dump(engine.workspace)))
        partition.engines[name] = Engine(load(state))
