"""Processes that answer questions: killed in time, few at once, and one ready for the next."""

import asyncio
import sys

import psutil
import pytest

from chassis.testing import eventually
from router.adapters.explaining import asking
from router.adapters.explaining.asking import MOST_AT_ONCE, MOST_WAITING, TooMany, Workers
from router.adapters.explaining.wire import (
    Question,
    Reply,
    WorkerFailed,
    asked,
    packed,
    read_question,
)

ECHO = "import sys; given = sys.stdin.buffer.read(); sys.stdout.buffer.write(b'A' + given[9:])"
FAIL = "import sys; sys.exit(3)"
SILENT = "pass"
EXPLAIN = Question.EXPLAIN
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def worker(monkeypatch):
    made = []

    def does(script):
        monkeypatch.setattr(asking, "COMMAND", (sys.executable, "-c", script))
        made.append(Workers())
        return made[-1]

    yield does
    for workers in made:
        workers._drop_spare()


def children():
    """Those that answer questions; those of other tests end by themselves."""
    return [child for child in psutil.Process().children() if _sleeps(child)]


def _sleeps(child):
    try:
        return child.status() != psutil.STATUS_ZOMBIE and SLEEP in child.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def test_the_wire_says_time_and_question_and_reply():
    given = asked(Question.RECENT, 2.5, b"why")
    assert read_question(given) == (Question.RECENT, 2.5, b"why")
    assert packed(Reply.NOT_FOUND, b"no") == b"Nno"


async def test_an_answer_comes_back_and_a_spare_worker_waits_for_the_next(worker):
    workers = worker(ECHO)

    assert await workers.ask(EXPLAIN, b"one", 1.0) == (Reply.ANSWER, b"one")
    spare = workers._spare
    await eventually(lambda: spare._process is not None)
    assert await workers.ask(EXPLAIN, b"two", 1.0) == (Reply.ANSWER, b"two")
    assert spare._process.returncode == 0, "the spare answered"
    last = workers._spare
    workers._drop_spare()
    await eventually(lambda: last._process is None or last._process.poll() is not None)


async def test_a_worker_that_is_not_waited_for_any_more_is_killed(worker):
    workers = worker(SLEEP)
    before = len(children())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await workers.ask(EXPLAIN, b"one", 0.3)

    await eventually(lambda: len(children()) == before)


@pytest.mark.parametrize("script", [FAIL, SILENT])
async def test_a_worker_that_says_nothing_is_an_error(worker, script):
    with pytest.raises(WorkerFailed):
        await worker(script).ask(EXPLAIN, b"one", 1.0)


async def test_so_many_questions_wait_and_no_more(worker):
    workers = worker(SLEEP)
    before = len(children())
    waiting = [
        asyncio.create_task(workers.ask(EXPLAIN, b"", 60.0))
        for _ in range(MOST_AT_ONCE + MOST_WAITING)
    ]
    await eventually(lambda: len(children()) == before + MOST_AT_ONCE)
    with pytest.raises(TooMany):
        await workers.ask(EXPLAIN, b"", 60.0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    await eventually(lambda: len(children()) == before)
