"""Programs are restarted when they crash, and only what was really started is ever ended."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.testing import eventually
from local_stack.errors import NotReady, StackError
from local_stack.processes import (
    Child,
    ProcessId,
    Program,
    end_remembered,
    identify,
    is_alive,
    remember,
)
from local_stack.supervisor import Supervisor

SLEEPS = "import time; print('here', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); "
CRASHES = "import sys; sys.exit('no such setting')"


def a_program(folder: Path, code: str, name: str = "part", stop_seconds: float = 10) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-c", code],
        log=folder / "logs" / f"{name}.log",
        stop_seconds=stop_seconds,
    )


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "run")
    yield made
    made.stop_all()


def launch(supervisor: Supervisor, folder: Path) -> None:
    supervisor.launch("part", lambda: a_program(folder, SLEEPS), lambda: True)


async def test_a_part_that_crashed_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    launch(supervisor, tmp_path)
    first = supervisor.pid("part")
    supervisor.kill("part")

    await eventually(lambda: supervisor.pid("part") not in (None, first))
    assert supervisor.restarts("part") == 1


async def test_a_part_that_is_killed_by_order_is_started_again_without_a_pause(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """However often: a pause is for what crashes by itself."""
    said: list[str] = []
    supervisor._say = said.append
    launch(supervisor, tmp_path)
    for kills in range(1, 6):
        supervisor.kill("part")
        await eventually(lambda n=kills: supervisor.restarts("part") == n)  # type: ignore[misc]

    assert not any("starting it again in" in line for line in said)


async def test_a_part_that_was_stopped_stays_stopped_until_it_is_started(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    launch(supervisor, tmp_path)
    supervisor.launch("witness", lambda: a_program(tmp_path, SLEEPS, "witness"), lambda: True)
    supervisor.stop("part")
    supervisor.kill("witness")
    await eventually(lambda: supervisor.restarts("witness") == 1)

    assert supervisor.pid("part") is None
    supervisor.start("part")
    assert supervisor.pid("part") is not None


async def test_a_part_is_started_the_changed_way_from_its_next_start_on(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    launch(supervisor, tmp_path)
    supervisor.change(
        "part", lambda p: replace(p, command=[p.command[0], "-c", "print('changed');" + SLEEPS])
    )
    await eventually(lambda: "here" in supervisor.log("part"))
    before = supervisor.log("part")
    supervisor.kill("part")

    assert "changed" not in before
    await eventually(lambda: "changed" in supervisor.log("part"))


def test_a_part_that_cannot_start_is_reported_with_the_end_of_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.launch("part", lambda: a_program(tmp_path, CRASHES), lambda: False)

    with pytest.raises(NotReady, match=r"part ended 3 times(.|\n)*no such setting"):
        supervisor.wait_ready("part", within=60)


def test_what_stands_against_being_ready_is_said(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.launch(
        "part", lambda: a_program(tmp_path, SLEEPS), lambda: False, lambda: "kafka: no answer"
    )

    with pytest.raises(NotReady, match=r"part is not ready after 0.1 s \(kafka: no answer\)"):
        supervisor.wait_ready("part", within=0.1)


def test_a_paused_part_can_be_stopped(supervisor: Supervisor, tmp_path: Path) -> None:
    launch(supervisor, tmp_path)
    supervisor.pause("part")
    supervisor.stop("part")

    assert supervisor.pid("part") is None


async def test_a_part_that_does_not_hear_is_killed(tmp_path: Path) -> None:
    child = Child(a_program(tmp_path, DEAF + SLEEPS, stop_seconds=0.2), tmp_path / "run")
    await eventually(lambda: "here" in child.log_tail())
    child.stop()

    assert child.exit_code == -9


def test_an_unknown_part_is_named_in_the_error(supervisor: Supervisor, tmp_path: Path) -> None:
    launch(supervisor, tmp_path)

    with pytest.raises(StackError, match=r"no program is called 'ruoter' \(there are: part\)"):
        supervisor.kill("ruoter")


async def test_what_a_killed_run_left_behind_is_ended_by_the_next(tmp_path: Path) -> None:
    left = Child(a_program(tmp_path, SLEEPS), tmp_path / "run")
    Supervisor(tmp_path / "run").end_leftovers()

    assert left.exit_code is not None
    assert not list((tmp_path / "run").iterdir())


def test_a_pid_that_was_given_away_again_is_never_ended(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPS])
    record = ProcessId(pid=stranger.pid, started="another boot-1")
    remember(tmp_path / "run" / "part.json", a_program(tmp_path, SLEEPS), record)
    ended = end_remembered(tmp_path / "run")
    lives = stranger.poll() is None
    stranger.kill()
    stranger.wait()

    assert ended == []
    assert lives


def test_a_zombie_counts_as_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    found = identify(child.pid)
    child.wait()

    assert found is None


def test_this_process_is_alive() -> None:
    me = identify(os.getpid())

    assert me is not None
    assert is_alive(me)
