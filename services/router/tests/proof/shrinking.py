"""Makes a failing log short by delta debugging, and writes it where it can be replayed.

A fact that is taken out leaves a tick of the clock, so that the steps keep their numbers and
the ids made from them stay what later facts call them.

python -m services.router.tests.proof.shrinking build/failing/7.json
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from router.domain import agent_facts, contact_facts, steering_facts, supervisor_facts
from router.domain.plain import from_plain, to_plain
from router.domain.steering_facts import ClockTicked

from .drive import Run, Said, is_crash

MODULES = (agent_facts, contact_facts, steering_facts, supervisor_facts)
FAILING = Path("build/failing")
MOST_SECONDS = 60.0
"""Of the processor's time, that making a log short may take."""


def failure(log: list[Said], seed: int) -> str:
    """Return what fails when the log is replayed; empty when nothing."""
    run = Run()
    try:
        for said in log:
            run.say(said)
            if is_crash(run.steps, seed):
                run.crash()
    except (AssertionError, LookupError, AttributeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def shrink(log: list[Said], seed: int) -> list[Said]:
    """Return the log with as many facts as possible out; the same kind of failure stays."""
    wanted = _kind(failure(log, seed))
    kept = [index for index, said in enumerate(log) if not isinstance(said.fact, ClockTicked)]
    until = process_time() + MOST_SECONDS

    def fails(some: list[int]) -> bool:
        return process_time() < until and _kind(failure(_only(log, some), seed)) == wanted

    return _only(log, _ddmin(kept, fails))


def _ddmin(kept: list[int], fails: Callable[[list[int]], bool]) -> list[int]:
    size = max(1, len(kept) // 2)
    while True:
        start, is_smaller = 0, False
        while start < len(kept):
            some = kept[:start] + kept[start + size :]
            if fails(some):
                kept, is_smaller = some, True
            else:
                start += size
        if size == 1 and not is_smaller:
            return kept
        size = max(1, size // 2)


def _only(log: list[Said], kept: list[int]) -> list[Said]:
    wanted = set(kept)
    return [
        said if index in wanted else Said(said.stamp, ClockTicked(due_at=0))
        for index, said in enumerate(log)
    ]


def _kind(failed: str) -> str:
    """Names and numbers differ from try to try."""
    return " ".join(word for word in failed.split() if word.isalpha() or word.endswith(":"))[:60]


def write(log: list[Said], seed: int, failed: str) -> Path:
    """Write the log, and beside it what a person reads; return where."""
    FAILING.mkdir(parents=True, exist_ok=True)
    path = FAILING / f"{seed}.json"
    facts = [[said.stamp, type(said.fact).__name__, to_plain(said.fact)] for said in log]
    path.write_text(json.dumps({"seed": seed, "failed": failed, "facts": facts}))
    path.with_suffix(".txt").write_text("\n".join([*story(log), f"# {failed}", ""]))
    return path


def read(path: Path) -> tuple[list[Said], int]:
    """Return the log and its seed."""
    kinds: dict[str, Any] = {name: kind for m in MODULES for name, kind in vars(m).items()}
    data = json.loads(path.read_text())
    facts = data["facts"]
    return [Said(at, from_plain(kinds[name], fact)) for at, name, fact in facts], data["seed"]


def story(log: list[Said]) -> list[str]:
    """Tell the facts and, below each, what was decided."""
    run, told, before = Run(), [], 0
    for number, said in enumerate(log, 1):
        lines: list[str] = []
        try:
            step = run.say(said)
            lines = [f"    {_line(decided.decision)}" for decided in step.decisions]
        except (AssertionError, LookupError, AttributeError, TypeError, ValueError) as error:
            lines = [f"    failed: {error!r}"]
        if lines or not isinstance(said.fact, ClockTicked):
            told += [f"{number} +{(said.stamp - before) / 1000:g}s {_line(said.fact)}", *lines]
        before = said.stamp
    return told


def _line(value: Any) -> str:
    agent = getattr(value, "agent", None)
    if hasattr(agent, "not_routable_because"):
        ids = [held.contact_id for held in (*agent.contacts, *agent.offers)]
        return f"{agent.agent_id} is {agent.not_routable_because or 'routable'}, with {ids}"
    hidden = ("explanation", "policy", "conversation_id", "key_id", "addresses", "by")
    plain = {k: v for k, v in to_plain(value).items() if v and k not in hidden}
    return f"{type(value).__name__} " + " ".join(f"{k}={v}" for k, v in plain.items())


if __name__ == "__main__":
    found, its_seed = read(Path(sys.argv[1]))
    print("\n".join(story(found)))
    print(failure(found, its_seed) or "nothing fails")
