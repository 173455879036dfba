"""Keeps programs running: starts them in order, restarts one that crashed, stops all in reverse."""

import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.errors import NotReady, StackError
from local_stack.processes import Child, Program, end_remembered

POLL_SECONDS = 0.1
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 5.0
# Who ran this long has recovered: its next crash starts the backoff anew.
STEADY_SECONDS = 60.0
CRASHES_AT_START = 3
READY_SECONDS = 90.0
LOG_BYTES = 50_000_000

Ready = Callable[[], bool]
WhyNot = Callable[[], str]
Make = Callable[[], Program]
Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Part:
    """One program under supervision."""

    name: str
    make: Make
    ready: Ready
    why_not: WhyNot
    child: Child
    started_at: float
    wanted: bool = True
    crashes: int = 0
    # Killed by order: that is no crash, and nothing is gained by waiting.
    is_killed: bool = False
    restarts: int = 0
    restart_at: float | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)


class Supervisor:
    """Owns the processes of one data folder. Its methods may be called from any thread."""

    def __init__(self, records: Path, say: Say = lambda _: None) -> None:
        self._records = records
        self._say = say
        self._parts: dict[str, Part] = {}
        self._changes: dict[str, Callable[[Program], Program]] = {}
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None

    def end_leftovers(self) -> None:
        """End what an earlier run of this data folder left behind."""
        for name in end_remembered(self._records):
            self._say(f"ended {name}, left over from an earlier run")

    def launch(self, name: str, make: Make, ready: Ready, why_not: WhyNot = lambda: "") -> None:
        """Start a program without waiting; `make` is asked anew at each restart.

        `why_not` says what stands against its being ready, for the message of `NotReady`.
        """
        if name in self._parts:
            raise StackError(f"{name} is already there")
        self._parts[name] = Part(
            name=name,
            make=make,
            ready=ready,
            why_not=why_not,
            child=self._child(name, make),
            started_at=time.monotonic(),
        )
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
            self._watcher.start()

    def wait_ready(self, name: str, within: float = READY_SECONDS) -> None:
        """Return when the program is ready; NotReady with the end of its log when it is not."""
        part = self._part(name)
        deadline = time.monotonic() + within
        while not (part.child.exit_code is None and part.ready()):
            if self._over.is_set():
                raise StackError("stopped while starting")
            if part.crashes >= CRASHES_AT_START or time.monotonic() > deadline:
                why = (
                    f"ended {part.crashes} times"
                    if part.crashes
                    else f"is not ready after {within:g} s ({part.why_not() or 'no answer'})"
                )
                raise NotReady(
                    f"{name} {why}; the end of {part.child.program.log}:\n{part.child.log_tail()}"
                )
            time.sleep(POLL_SECONDS)

    def start(self, name: str, within: float = READY_SECONDS) -> None:
        """Start a program again that was stopped or killed for good; return when it is ready."""
        part = self._part(name)
        with part.lock:
            part.wanted = True
            part.crashes = 0
            if part.child.exit_code is not None:
                self._start_again(part)
        self.wait_ready(name, within)

    def restart(self, name: str, within: float = READY_SECONDS) -> None:
        """Stop one program, start it again and return when it is ready."""
        self.stop(name)
        self.start(name, within)

    def stop(self, name: str) -> None:
        """Stop one program; it stays stopped."""
        part = self._part(name)
        with part.lock:
            part.wanted = False
            part.child.stop()

    def kill(self, name: str, *, restart: bool = True) -> None:
        """End one program with SIGKILL; it is started again at once, or stays dead."""
        part = self._part(name)
        with part.lock:
            part.wanted = restart
            if part.child.exit_code is None:
                part.is_killed = True
                part.child.send(signal.SIGKILL)

    def change(self, name: str, how: Callable[[Program], Program]) -> None:
        """Start the program another way from its next start on, such as with a clock of its own."""
        self._changes[name] = how

    def pause(self, name: str) -> None:
        """Freeze one program with SIGSTOP."""
        self._part(name).child.send(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen program go on."""
        self._part(name).child.send(signal.SIGCONT)

    def names(self) -> list[str]:
        """Return the names in the order they were started."""
        return list(self._parts)

    def pid(self, name: str) -> int | None:
        """Return the pid while the program runs."""
        child = self._part(name).child
        return child.pid if child.exit_code is None else None

    def restarts(self, name: str) -> int:
        """Return how often the program was started again."""
        return self._part(name).restarts

    def is_ready(self, name: str) -> bool:
        """Say whether the program runs and is ready now."""
        part = self._part(name)
        return part.child.exit_code is None and part.ready()

    def log_file(self, name: str) -> Path:
        """Return where the program's output goes."""
        return self._part(name).child.program.log

    def log(self, name: str) -> str:
        """Return what the program has written so far in this run."""
        return self.log_file(name).read_text(errors="replace")

    def give_up(self) -> None:
        """Break off every wait and restart no more; what runs goes on until it is stopped."""
        self._over.set()

    def stop_together(self, names: Iterable[str]) -> None:
        """Ask several programs to stop at once, and return when all have ended."""
        parts = [self._part(name) for name in names]
        for part in parts:
            with part.lock:
                part.wanted = False
                part.child.ask_to_stop()
        for part in parts:
            with part.lock:
                part.child.stop()

    def stop_all(self) -> None:
        """Stop every program, the last started first."""
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()
        for part in reversed(self._parts.values()):
            with part.lock:
                part.wanted = False
                part.child.stop()

    def _part(self, name: str) -> Part:
        try:
            return self._parts[name]
        except KeyError:
            known = ", ".join(self._parts) or "none"
            raise StackError(f"no program is called {name!r} (there are: {known})") from None

    def _child(self, name: str, make: Make) -> Child:
        program = make()
        how = self._changes.get(name)
        return Child(program if how is None else how(program), self._records)

    def _watch(self) -> None:
        while not self._over.wait(POLL_SECONDS):
            for part in list(self._parts.values()):
                with part.lock:
                    self._look_after(part)

    def _look_after(self, part: Part) -> None:
        _shorten(part.child.program.log)
        if not part.wanted or part.child.exit_code is None:
            return
        now = time.monotonic()
        if part.is_killed:
            self._start_again(part)
        elif part.restart_at is None:
            if now - part.started_at > STEADY_SECONDS:
                part.crashes = 0
            pause = min(FIRST_BACKOFF_SECONDS * 2**part.crashes, LONGEST_BACKOFF_SECONDS)
            part.crashes += 1
            part.restart_at = now + pause
            how = _how_it_ended(part.child.exit_code)
            self._say(f"{part.name} {how}; starting it again in {pause:g} s")
        elif now >= part.restart_at:
            self._start_again(part)

    def _start_again(self, part: Part) -> None:
        part.restart_at = None
        part.is_killed = False
        try:
            part.child = self._child(part.name, part.make)
        except (StackError, OSError) as error:
            self._say(f"{part.name} cannot start: {error}")
            part.restart_at = time.monotonic() + LONGEST_BACKOFF_SECONDS
            return
        part.started_at = time.monotonic()
        part.restarts += 1


def _how_it_ended(exit_code: int) -> str:
    if exit_code < 0:
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"ended with {exit_code}"


def _shorten(log: Path) -> None:
    """Keep one older part of a log that grew too long; writers append, so they go on at 0."""
    if log.stat().st_size > LOG_BYTES:
        log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
        log.write_bytes(b"")
