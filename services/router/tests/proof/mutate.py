"""Takes one thing after the other away from the domain, and lists what no test notices.

python -m services.router.tests.proof.mutate [MODULE ...] [--seconds 600] [--again]

Each mutant is tried in a process of its own by the tests that ran its lines, the quick ones first,
up to the first that fails. What was tried is noted in build/mutants.jsonl and not tried again, but
for what nothing noticed, with --again. The recorded logs are not asked: they were written by the
engine itself, and would notice any change.
"""

import argparse
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from .drive import let_loose
from .taking_away import FOLDER, Mutant, modules, mutants

TESTS = Path(__file__).parents[1]
CROWDS = ((1, 1_500), (2, 1_500))
MOST_SECONDS = 2.5
"""A test that takes longer is not asked."""
MOST_CALLS = 50
"""A test that calls a function more often is taken to run all of its lines."""
MEMORY = 3 << 30
WITHOUT = ("terminal", "xdist", "timeout", "cacheprovider", "asyncio")
NOT_ASKED = ("test_replay.py", "test_driver.py")


@dataclass
class Judge:
    """A test, how long it takes, and the lines of the domain that it runs."""

    name: str
    ask: Callable[[], None]
    seconds: float = 0.0
    lines: set[tuple[str, int]] = field(default_factory=set)


class Mutating:
    """A plugin of pytest: collects once, then runs the tests for one mutant after the other."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.out = Path(given.out)
        self.failed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if _is_asked(item)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        judges = [Judge(item.nodeid, self._asker(item)) for item in session.items]
        judges += [Judge(f"crowd {seed}", self._crowd(seed, steps)) for seed, steps in CROWDS]
        for judge in judges:
            measure(judge)
            if self.failed:
                print(f"left out, as it fails without any mutant: {judge.name}", flush=True)
                judge.seconds, self.failed = MOST_SECONDS, False
        judges = sorted((j for j in judges if j.seconds < MOST_SECONDS), key=lambda j: j.seconds)
        print(f"\n{len(judges)} tests, {sum(judge.seconds for judge in judges):.0f} s", flush=True)
        os.nice(19)
        self._try_all(judges)
        return True

    def _asker(self, item: pytest.Item) -> Callable[[], None]:
        return lambda: item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    @staticmethod
    def _crowd(seed: int, steps: int) -> Callable[[], None]:
        def ask() -> None:
            let_loose(seed, steps)

        return ask

    def _try_all(self, judges: list[Judge]) -> None:
        known = read(self.out)
        end = time.monotonic() + self.given.seconds
        for mutant in spread(self.given.modules or modules()):
            verdict = known.get((mutant.module, mutant.name), "")
            if (verdict is None) if self.given.again else (verdict == ""):
                if time.monotonic() > end:
                    break
                self._note(mutant, self._try(mutant, judges))

    def _try(self, mutant: Mutant, judges: list[Judge]) -> str | None:
        """Return the test that noticed, or None."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._be_judged(mutant, judges, writing)
        os.close(writing)
        with os.fdopen(reading) as said:
            asked = said.read().split("\n")
        _, status = os.waitpid(child, 0)
        return None if status == 0 else asked[-1] or "it does not compile"

    def _be_judged(self, mutant: Mutant, judges: list[Judge], writing: int) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        code = 1
        try:
            mutant.apply()
            for judge in judges:
                if mutant.row or any((mutant.module, line) in judge.lines for line in mutant.lines):
                    os.write(writing, f"\n{judge.name}".encode())
                    # A mutant that never ends is killed by this signal: that is noticed, too.
                    signal.setitimer(signal.ITIMER_VIRTUAL, 2 + 10 * judge.seconds)
                    judge.ask()
                    if self.failed:
                        break
            code = int(self.failed)
        finally:
            os._exit(code)

    def _note(self, mutant: Mutant, by: str | None) -> None:
        one = {"module": mutant.module, "line": mutant.line, "what": mutant.name, "noticed_by": by}
        self.out.parent.mkdir(parents=True, exist_ok=True)
        with self.out.open("a") as file:
            file.write(json.dumps(one) + "\n")
        if by is None:
            print(f"not noticed: {mutant.module}.py:{mutant.line} {mutant.name}", flush=True)


def measure(judge: Judge) -> None:
    """Run it twice: to know its time, and the lines of the domain that it runs."""
    began = time.process_time()
    judge.ask()
    judge.seconds = time.process_time() - began
    if judge.seconds >= MOST_SECONDS:
        return
    calls: Counter[CodeType] = Counter()

    def on_call(frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        path, _, name = code.co_filename.rpartition("/")
        calls[code] += 1
        if path != str(FOLDER) or calls[code] > MOST_CALLS:
            return None
        module = name.removesuffix(".py")
        if calls[code] == MOST_CALLS:
            judge.lines.update((module, line) for _, _, line in code.co_lines() if line)
            return None

        def on_line(frame: FrameType, event: str, arg: Any) -> Any:
            judge.lines.add((module, frame.f_lineno))
            return on_line

        return on_line

    sys.settrace(on_call)
    try:
        judge.ask()
    finally:
        sys.settrace(None)


def spread(names: list[str]) -> Iterator[Mutant]:
    """Yield the mutants so that each module gets its share of the time."""
    for some in zip_longest(*(list(mutants(name)) for name in names)):
        yield from (mutant for mutant in some if mutant is not None)


def read(path: Path) -> dict[tuple[str, str], str | None]:
    """Return what noticed each mutant when it was tried last."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {(one["module"], one["what"]): one["noticed_by"] for one in map(json.loads, lines)}


def report(known: dict[tuple[str, str], str | None]) -> None:
    """Print how many of each module were noticed."""
    for module in sorted({module for module, _ in known}):
        found = [by for (name, _), by in known.items() if name == module]
        print(f"{module:24}{len(found):6} tried{found.count(None):6} not noticed")


def _is_asked(item: pytest.Item) -> bool:
    needs = {"kafka", "broker", "postgres", "database"} & set(getattr(item, "fixturenames", ()))
    is_slow = any(item.get_closest_marker(name) for name in ("slow", "full"))
    test = getattr(item, "obj", None)
    is_other = hasattr(test, "hypothesis") or iscoroutinefunction(test)
    return not (needs or is_slow or is_other or item.path.name in NOT_ASKED)


def main() -> int:
    """Try what was not tried yet, as long as the time lasts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--again", action="store_true", help="those that nothing noticed")
    parser.add_argument("--out", default="build/mutants.jsonl")
    parser.add_argument("--report", action="store_true", help="only print what is known")
    given = parser.parse_args()
    if not given.report:
        files = sorted(str(path) for path in TESTS.glob("**/test_*.py") if _is_pure(path))
        without = [word for name in WITHOUT for word in ("-p", f"no:{name}")]
        how = ["-o", "addopts=", "--import-mode=importlib", "--assert=plain", *without]
        pytest.main([*how, *files], plugins=[Mutating(given)])
    report(read(Path(given.out)))
    return 0


def _is_pure(path: Path) -> bool:
    return path.parent.name not in ("statistics", "simulation") and "kafka" not in path.read_text()


if __name__ == "__main__":
    sys.exit(main())
