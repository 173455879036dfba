"""The data folder of one stack: one owner at a time, and never data of another version."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack.errors import StackError
from local_stack.jars import KAFKA_VERSION
from local_stack.outside_folder import folder_moved
from local_stack.postgres import MAJOR
from local_stack.supervisor import Say

LAYOUT = 1
VERSION = f"layout-{LAYOUT} kafka-{KAFKA_VERSION} postgres-{MAJOR}"


class AlreadyRunning(StackError):
    """Another process runs a stack on this data folder."""


def lock_file(data: Path) -> Path:
    """Return the lock of a data folder: beside it, because it may be moved aside itself."""
    return data.with_name(f"{data.name}.lock")


@contextmanager
def owned(data: Path) -> Iterator[None]:
    """Hold the data folder; the kernel lets go of it when this process dies, however it dies."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock_file(data).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(
                f"a stack runs on {data} already: see make status, or end it with make down"
            ) from error
        yield


def prepare(data: Path, say: Say) -> None:
    """Move data of another version aside, whole, so that this one starts empty; say so."""
    marker = data / "version"
    found = marker.read_text() if marker.exists() else None
    is_strange = found is None and (data / "kafka").exists()
    if is_strange or (found is not None and found != VERSION):
        aside = _free_name(data)
        data.rename(aside)
        folder_moved(aside / "postgres")
        data.mkdir(mode=0o700)
        say(
            f"the data was made by another version ({found or 'unknown'}): "
            f"it is kept in {aside}, and this run starts empty"
        )
    marker.write_text(VERSION)


def keep_older_logs(logs: Path) -> None:
    """Let each log begin anew, keeping the one before."""
    for log in logs.glob("*.log"):
        log.replace(log.with_name(f"{log.name}.1"))


def _free_name(data: Path) -> Path:
    number = 1
    while (aside := data.with_name(f"{data.name}.old-{number}")).exists():
        number += 1
    return aside
