"""Every service comes up, and comes up again after everything was killed."""

import subprocess
import sys

import pytest

from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.services import SERVICES
from local_stack.stack import Stack, without_servers

# A run of its own, which the test can kill like a full memory would.
RUN = """
import sys, time
from pathlib import Path
from local_stack.stack import Stack, without_servers
ports = {name: int(port) for name, port in (pair.split("=") for pair in sys.argv[2:])}
Stack(Path(sys.argv[1]), ports=ports, environ=without_servers()).start()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.full
def test_the_whole_stack_comes_up_again_after_everything_was_killed() -> None:
    """The second run ends the orphans of the first, which hold its ports and its data."""
    with run_folder(home()) as folder:
        data = folder / "stack"
        ports = Stack(data, environ=without_servers()).ports
        pairs = [f"{name}={port}" for name, port in ports.items()]
        first = subprocess.Popen(
            [sys.executable, "-c", RUN, str(data), *pairs], stdout=subprocess.PIPE
        )
        assert first.stdout is not None
        assert first.stdout.readline() == b"ready\n"
        first.kill()
        first.wait()
        said: list[str] = []
        with Stack(data, ports=ports, environ=without_servers(), say=said.append) as stack:
            replica = stack.add_replica("desk")
            ready = {name for name in stack.parts.names() if stack.parts.is_ready(name)}

    names = {service.name for service in SERVICES}
    assert ready == {"kafka", "postgres", "smtp-sink", replica} | names
    ended = {line.split()[1].rstrip(",") for line in said if "left over" in line}
    assert ended == {"kafka", "postgres", "smtp-sink"} | names
