"""The call centers that are compared with formulas, and the exact values of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from .comparison import Batch
from .customers import Fate, Outcome, Setup, pool, there_in_a_pool, there_in_a_shared_room
from .formulas import delay, erlang_a, shared_room

SECOND, MINUTE = 1_000.0, 60_000.0
PAIRS = tuple((one, two) for one in range(6) for two in range(6) if one != two)
THEIR_CUSTOMERS = 84 * 8_000
"""Behind Wallace and Whitt's figures: 84 calls in a mean service time, some 8,000 of these."""
Outcomes = list[Outcome]


@dataclass(frozen=True, slots=True)
class Value:
    """An exact value and how a batch of outcomes shows it.

    One that is published but not exact was simulated over so many customers, and is rounded.
    """

    what: str
    exact: float
    of: Callable[[Outcomes], Batch]
    simulated_over: float = inf
    rounding: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call center; `slowness` is how many times longer its batches must be than others'.

    It begins as one finds it at any instant; where nobody knows how that is, `warming` customers
    come before the first that counts.
    """

    setup: Setup
    there: Callable[[Setup, int], tuple[int, ...]]
    values: tuple[Value, ...]
    slowness: int = 1
    warming: int = 0


def waiting(exact: float) -> Value:
    return Value("share that waits", exact, _share(lambda outcome: outcome.wait > 0))


def above(limit: float, exact: float) -> Value:
    """Compared instead of the quantile itself, whose estimate is biased."""
    what = f"share that waits above {limit / SECOND:.2f} s"
    return Value(what, exact, _share(lambda outcome: outcome.wait > limit))


def abandoning(exact: float) -> Value:
    return Value("share that abandons", exact, _share(lambda o: o.fate is Fate.ABANDONED))


def refused(exact: float, **published: float) -> Value:
    of = _share(lambda outcome: outcome.fate is Fate.REFUSED)
    return Value("share refused", exact, of, **published)


def mean_wait(exact: float, unit: float, **published: float) -> Value:
    """The wait of all who were let in, in seconds or minutes."""

    def of(outcomes: Outcomes) -> Batch:
        let_in = [outcome.wait for outcome in outcomes if outcome.fate is not Fate.REFUSED]
        return Batch(sum(let_in) / unit, len(let_in))

    return Value("mean wait in " + ("s" if unit == SECOND else "min"), exact, of, **published)


def _share(is_one: Callable[[Outcome], bool]) -> Callable[[Outcomes], Batch]:
    return lambda outcomes: Batch(sum(map(is_one, outcomes)), len(outcomes))


def patient(name: str, agents: int, load: float, service: float, slowness: int = 1) -> Case:
    """M/M/c: Erlang C."""
    setup = pool(name, agents, gap=service / load, service=service)
    law = delay(agents, 1 / setup.gap, 1 / service)
    exact = [waiting(law.waits), mean_wait(law.mean / SECOND, SECOND)]
    if law.quantile(0.9) > 0:
        exact.append(above(law.quantile(0.9), 0.1))
    return Case(setup=setup, there=there_in_a_pool, values=tuple(exact), slowness=slowness)


def impatient(name: str, agents: int, load: float, service: float, patience: float) -> Case:
    """M/M/c+M: Erlang A."""
    setup = pool(name, agents, gap=service / load, service=service, patience=patience)
    exact = erlang_a(agents, 1 / setup.gap, 1 / service, 1 / patience)
    values = (
        abandoning(exact.abandons),
        mean_wait(exact.mean_wait / SECOND, SECOND),
        waiting(exact.waits),
    )
    return Case(setup=setup, there=there_in_a_pool, values=values)


def _skills(name: str, agents: tuple[tuple[int, ...], ...]) -> Setup:
    """Wallace and Whitt: six types, 90 agents, 30 places, 10 min, 1.40 calls a minute and type."""
    gap = MINUTE / (6 * 1.40)
    return Setup(name=name, agents=agents, gap=gap, service=10 * MINUTE, places=30)


def one_skill() -> Case:
    exact = shared_room(6, 15, 1.40, 1 / 10, 30)
    return Case(
        setup=_skills("one skill each", tuple((kind,) for kind in range(6) for _ in range(15))),
        there=there_in_a_shared_room,
        values=(refused(exact.blocked), mean_wait(exact.mean_wait, MINUTE)),
        slowness=2,
    )


def two_skills() -> Case:
    """Each ordered pair of types has three agents, who prefer the first. No formula is known.

    The values are those of R.B. Wallace and W. Whitt, "A staffing algorithm for call centers with
    skill-based routing" (2005), simulated; over ten million customers a plain simulation of their
    rule gives 0.0045 and 0.61 min. Were who came first taken first, it would be 0.0040 and 0.56.
    """
    return Case(
        setup=replace(_skills("two skills each", 3 * PAIRS), prefers_first=True),
        there=lambda setup, seed: tuple(range(6)) * 14,
        values=(
            refused(0.0043, simulated_over=THEIR_CUSTOMERS, rounding=0.00005),
            mean_wait(0.59, MINUTE, simulated_over=THEIR_CUSTOMERS, rounding=0.005),
        ),
        slowness=2,
        warming=2_000,
    )


CASES = (
    impatient("M/M/50+M", 50, 48.0, MINUTE, 2 * MINUTE),
    patient("M/M/50", 50, 48.0, MINUTE, slowness=10),
    one_skill(),
    two_skills(),
    patient("M/M/14, 10 erlang", 14, 10.0, MINUTE),
    patient("M/M/1, 0.6 erlang", 1, 0.6, 10 * SECOND),
    patient("M/M/5, 4 erlang", 5, 4.0, 30 * SECOND),
    patient("M/M/30, 25 erlang", 30, 25.0, 3 * MINUTE),
    impatient("M/M/3+M, 2 erlang, patience half a call", 3, 2.0, 20 * SECOND, 10 * SECOND),
    impatient("M/M/10+M, 12 erlang, overloaded", 10, 12.0, MINUTE, MINUTE),
    impatient("M/M/25+M, 25 erlang, patience three calls", 25, 25.0, MINUTE, 3 * MINUTE),
)
