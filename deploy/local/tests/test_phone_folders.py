"""What is left of a phone when whoever runs it is killed."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from local_stack.run_folders import run_folder

RUNS_A_PHONE = """
import asyncio
from local_stack.phone.process import phone

async def main():
    async with phone("agent"):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_killed_run_leaves_its_phones_folders_where_the_next_one_clears_them(
    tmp_path: Path,
) -> None:
    """As by kill -9 of the demo, or of a test run."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    temporary.mkdir()
    environment = os.environ | {"CONTACT_CENTER_HOME": str(home), "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [sys.executable, "-c", RUNS_A_PHONE], env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        assert len(list((home / "tests").glob("*/baresip-*"))) == 1
        (phone,) = psutil.Process(run.pid).children()
        run.kill()
        run.wait()
        phone.wait(timeout=60)

    with run_folder(home) as mine:
        assert list((home / "tests").iterdir()) == [mine]
    assert list(temporary.iterdir()) == []
