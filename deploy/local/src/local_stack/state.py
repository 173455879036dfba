"""What a running `contact-center up` tells the other verbs: who it is and how to reach it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from local_stack.home import home
from local_stack.processes import ProcessId, is_alive


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`environment` holds secrets, so the file is readable by its user only."""

    supervisor: ProcessId
    is_ready: bool
    environment: Mapping[str, str]
    admin_urls: Mapping[str, str]
    addresses: str


def up_folder() -> Path:
    """Return the data folder of `make up`."""
    return home() / "up"


def state_file(data: Path) -> Path:
    """Return where the state of the stack on a data folder is written: beside it."""
    return data.with_name(f"{data.name}.state.json")


def write_state(data: Path, state: State) -> None:
    """Write the state so that a reader sees the old or the new one, whole."""
    file = state_file(data)
    scratch = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(asdict(state), out)
    scratch.replace(file)


def read_state(data: Path) -> State | None:
    """Return the state of the stack that runs on this data folder, or None when none runs."""
    try:
        content = json.loads(state_file(data).read_text())
        state = State(**content | {"supervisor": ProcessId(**content["supervisor"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return state if is_alive(state.supervisor) else None
