"""The flow files of a folder: read at the start, and again when they change."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from chassis.part import Part
from self_service import metrics
from self_service.adapters.flow_file import SUFFIX, load_flow
from self_service.domain.document import FlowInvalid
from self_service.domain.flow import Flow
from self_service.domain.stored import from_json, to_json, version_of
from self_service.handlers.errors import VersionGone
from self_service.handlers.ports import FlowVersion

MAX_FILES = 1000
MAX_OLD_VERSIONS = 256

log = logging.getLogger(__name__)
Mark = tuple[int, int, int]
LoadVersion = Callable[[str], Awaitable[str | None]]


class FlowFolder(Part):
    """The last good version of every flow; contacts that began keep theirs.

    A broken or vanished file changes nothing but a metric, a log line, and that.
    """

    def __init__(
        self,
        folder: Path,
        load_version: LoadVersion,
        *,
        every_seconds: float = 0.3,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._load_version = load_version
        self._every_seconds = every_seconds
        self.on_change = on_change
        self._current: dict[str, FlowVersion] = {}
        self._versions: dict[str, Flow] = {}
        self._marks: dict[str, Mark] = {}
        self._broken: set[str] = set()
        self._missing: set[str] = set()
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Read all files; a folder that is not there is an error of the settings."""
        if not self._folder.is_dir():
            raise NotADirectoryError(f"FLOWS_DIR is no folder: {self._folder}")
        self.look()

    async def run(self) -> None:
        """Look for changes until stopped."""
        while not self._stopping.is_set():
            self.look()
            try:
                async with asyncio.timeout(self._every_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        self._stopping.set()

    def current(self, name: str) -> FlowVersion | None:
        """Return the version that new contacts get."""
        return self._current.get(name)

    async def of_version(self, version: str) -> Flow:
        """Return the flow with which a contact began."""
        if version not in self._versions:
            compiled = await self._load_version(version)
            if compiled is None:
                raise VersionGone(f"flow version {version!r} is stored nowhere")
            self._keep(version, from_json(compiled))
        return self._versions[version]

    def look(self) -> None:
        """Read the files that changed since the last look."""
        paths = sorted(self._folder.glob(f"*{SUFFIX}"))[:MAX_FILES]
        marks = {path.stem: _mark(path) for path in paths}
        changed = [path for path in paths if self._marks.get(path.stem) != marks[path.stem]]
        gone = set(self._marks) - set(marks)
        for name in sorted(gone):
            log.error("flow file is gone; its last version runs on", extra={"flow": name})
        for path in changed:
            self._read(path)
        self._marks = marks
        if not changed and not gone:
            return
        self._missing = (self._missing | gone) - set(marks)
        self._broken &= set(marks)
        self._count()
        self.on_change()

    def _read(self, path: Path) -> None:
        name = path.stem
        try:
            flow = load_flow(path)
        except (FlowInvalid, OSError) as error:
            self._broken.add(name)
            metrics.RELOADS.labels("broken").inc()
            problems = error.problems if isinstance(error, FlowInvalid) else ()
            log.error(
                "flow file is broken; the version before runs on",
                extra={
                    "flow": name,
                    "problems": [f"{path.name}:{p.line}: {p.message}" for p in problems]
                    or type(error).__name__,
                },
            )
            return
        self._broken.discard(name)
        compiled = to_json(flow)
        version = version_of(compiled)
        metrics.RELOADS.labels("good").inc()
        self._current[name] = FlowVersion(flow=flow, version=version, compiled=compiled)
        self._keep(version, flow)
        log.info("flow read", extra={"flow": name, "version": version[:12]})

    def _keep(self, version: str, flow: Flow) -> None:
        self._versions[version] = flow
        in_use = {current.version for current in self._current.values()}
        old = [name for name in self._versions if name not in in_use and name != version]
        for name in old[: max(0, len(old) - MAX_OLD_VERSIONS)]:
            del self._versions[name]

    def _count(self) -> None:
        metrics.FILES.labels("good").set(len(self._marks) - len(self._broken))
        metrics.FILES.labels("broken").set(len(self._broken))
        metrics.FILES.labels("missing").set(len(self._missing))


def _mark(path: Path) -> Mark:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
