"""Processes by pid and start time, so that a pid that was given away again is never killed."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local_stack.errors import StackError

POLL_SECONDS = 0.02
KILL_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """One process for all time: the pid, and when in which boot it started."""

    pid: int
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and where its output goes."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    user_id: int | None = None
    group_id: int | None = None
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 20.0


def identify(pid: int) -> ProcessId | None:
    """Return who has this pid now, or None when nobody (or only a zombie) has it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in parentheses and may hold anything, even ") ".
    fields = stat.rpartition(")")[2].split()
    if fields[0] in ("Z", "X"):
        return None
    return ProcessId(pid=pid, started=f"{_boot()}-{fields[19]}")


def is_alive(process: ProcessId) -> bool:
    """Say whether this very process runs (or is paused)."""
    return identify(process.pid) == process


def send(process: ProcessId, number: int) -> bool:
    """Send a signal to this very process; False when it is gone."""
    if not is_alive(process):
        return False
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise StackError(
            f"process {process.pid} belongs to another user: run this as that user"
        ) from error
    return True


def end(process: ProcessId, stop_signal: int = signal.SIGTERM, within: float = 20.0) -> None:
    """End a process that need not be a child of ours: ask, wait, then kill."""
    if not send(process, stop_signal):
        return
    # A paused process does not see the signal until it goes on.
    send(process, signal.SIGCONT)
    if not _gone(process, within):
        send(process, signal.SIGKILL)
        if not _gone(process, KILL_SECONDS):
            raise StackError(f"process {process.pid} does not end even when killed")


def remember(file: Path, program: Program, process: ProcessId) -> None:
    """Write down who was started, so that a later run can end it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    record = asdict(process) | {
        "name": program.name,
        "stop_signal": int(program.stop_signal),
        "stop_seconds": program.stop_seconds,
    }
    scratch = file.with_suffix(".partial")
    scratch.write_text(json.dumps(record))
    scratch.replace(file)


def recall(file: Path) -> ProcessId | None:
    """Return the process that a record names while it is alive."""
    record = _record(file)
    return record[0] if record is not None else None


def end_remembered(folder: Path) -> list[str]:
    """End what the records in a folder name, the youngest first; return the names of the ended.

    Another run may do the same at this moment.
    """
    ended = []
    for file in sorted(folder.glob("*.json"), key=_written_at, reverse=True):
        found = _record(file)
        if found is not None:
            process, record = found
            end(process, record["stop_signal"], record["stop_seconds"])
            ended.append(str(record["name"]))
        file.unlink(missing_ok=True)
    return ended


class Child:
    """A process that we started: stop, kill, pause it, read its log."""

    def __init__(self, program: Program, records: Path) -> None:
        self.program = program
        self._record = records / f"{program.name}.json"
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("ab") as log:
            self._popen = subprocess.Popen(
                list(program.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(program.environment) or None,
                cwd=program.folder,
                # Ctrl-C goes to the supervisor alone, which then stops all in order.
                start_new_session=True,
                user=program.user_id,
                group=program.group_id,
                extra_groups=None if program.user_id is None else [],
            )
        identity = identify(self._popen.pid)
        self._asked = False
        self.identity = identity or ProcessId(pid=self._popen.pid, started="ended at once")
        remember(self._record, program, self.identity)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        """Send the signal to end, without waiting."""
        if self.exit_code is None and not self._asked:
            self._asked = True
            self._popen.send_signal(self.program.stop_signal)
            # A paused process does not see the signal until it goes on.
            self._popen.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end, kill it when its time is over, forget its record."""
        self.ask_to_stop()
        if self.exit_code is None:
            try:
                self._popen.wait(self.program.stop_seconds)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait(KILL_SECONDS)
        self._record.unlink(missing_ok=True)

    def send(self, number: int) -> None:
        """Send any signal, such as SIGKILL, SIGSTOP or SIGCONT; wait for the end after SIGKILL."""
        self._popen.send_signal(number)
        if number == signal.SIGKILL:
            self._popen.wait(KILL_SECONDS)

    def log_tail(self, lines: int = 20) -> str:
        """Return the end of its log, for messages."""
        with self.program.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 20_000))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def _record(file: Path) -> tuple[ProcessId, dict[str, Any]] | None:
    """Who is remembered there and alive, and how it is to be ended."""
    try:
        record = json.loads(file.read_text())
        process = ProcessId(pid=int(record["pid"]), started=str(record["started"]))
    except (OSError, ValueError, KeyError):
        return None
    return (process, record) if is_alive(process) else None


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _gone(process: ProcessId, within: float) -> bool:
    deadline = time.monotonic() + within
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
