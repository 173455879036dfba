"""Data folders of test runs: one each, removed at the end or, after a crash, by the next run."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack.data_folder import lock_file
from local_stack.outside_folder import sweep
from local_stack.processes import end_remembered, identify


@contextmanager
def run_folder(home: Path) -> Iterator[Path]:
    """Give an empty data folder, named after this process; it is removed afterwards."""
    runs = home / "tests"
    runs.mkdir(parents=True, exist_ok=True)
    remove_dead_runs(runs)
    me = identify(os.getpid())
    if me is None:
        raise AssertionError("a running process has an identity")
    folder = runs / f"{me.pid}@{me.started}@{os.urandom(3).hex()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        remove_data(folder)


def remove_dead_runs(runs: Path) -> None:
    """End and remove what runs left behind whose own process is gone."""
    for folder in runs.iterdir():
        if folder.suffix == lock_file(folder).suffix:
            # A lock whose folder is gone; those of dead runs go with their folder.
            if not folder.with_suffix("").exists():
                folder.unlink(missing_ok=True)
            continue
        pid, _, rest = folder.name.partition("@")
        process = identify(int(pid)) if pid.isdigit() else None
        if process is None or process.started != rest.partition("@")[0]:
            end_remembered(folder / "run")
            remove_data(folder)


def remove_data(folder: Path) -> None:
    """Remove a data folder, its lock, and what lies elsewhere for the sake of Postgres."""
    shutil.rmtree(folder, ignore_errors=True)
    lock_file(folder).unlink(missing_ok=True)
    sweep()
