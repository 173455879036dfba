"""A day under another policy: what the queues' numbers and the contacts' ways would have been."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from router.domain.policy import Policy
from router.domain.record import Record, Step
from router.domain.workspace import Workspace
from router.simulation.behaviour import Examples, Habits
from router.simulation.day import Day, observe
from router.simulation.figures import Fate, Numbers, QueueFigures, Tally
from router.simulation.stages import Moment
from router.simulation.world import World

REPLICATIONS = 39
"""So many draw their 95 % interval by themselves: 38 of 40 further ones lie within the extremes."""
MOST_NAMED = 20


class Change(StrEnum):
    """How a contact's way differs, the weightiest first."""

    ANSWERED = "answered_instead"
    NOT_ANSWERED = "not_answered"
    OTHER_QUEUE = "other_queue"
    OTHER_AGENT = "other_agent"
    OTHER_END = "other_end"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over the replications, and the least and the most that came out."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Replication:
    """What came out of one simulation."""

    numbers: dict[str, Numbers]
    changes: dict[str, Change]
    refusals: dict[str, int]


@dataclass(slots=True)
class QueueComparison:
    """One queue as it was and as it would have been."""

    name: str
    was: Numbers
    would_be: dict[str, Estimate | None]
    contacts: int
    """Contacts that entered it that day, in it first."""
    changed: Estimate
    changes: dict[Change, Estimate]
    named: list[str]
    """Those who go elsewhere in most replications, at most a few of them."""


@dataclass(slots=True)
class Comparison:
    """What a policy would have done to a day."""

    begin: int
    end: int
    records: int
    replications: int
    coverage: float
    """How often one more replication would lie within the intervals."""
    different_steps: int | None
    """Of the unchanged policy: steps that are not the log's; 0 says that the day is exact."""
    queues: list[QueueComparison] = field(default_factory=list)
    refusals: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Past:
    """The day as it was."""

    day: Day
    tally: Tally
    habits: Habits
    steps: list[Hashable]
    """What `digest` says of each step, to compare with."""
    digest: Callable[[Step], Hashable]


def look_back(
    before: Workspace,
    records: Iterable[Record],
    begin: int,
    end: int,
    digest: Callable[[Step], Hashable] = hash,
) -> Past:
    """Replay the day's records, and note what they tell; `before` stays as it is."""
    tally = Tally(before.policy)
    steps: list[Hashable] = []

    def hear(moment: Moment) -> None:
        steps.append(digest(moment.step))
        tally.hear(moment)

    day = observe(before, records, begin, end, hear)
    tally.close(end)
    return Past(day, tally, Habits(day), steps, digest)


def is_same_policy(day: Day, policy: Policy) -> bool:
    """Tell whether all that was active that day says the same as the policy."""
    wanted = replace(policy, version=0)
    return all(replace(active, version=0) == wanted for active in day.policies)


def replicate(past: Past, policy: Policy, seed: int) -> Replication:
    """Live the day once more; PolicyUnusable when the engine refuses the policy."""
    return _live(past, policy, seed, lambda moment: None)


def differing_steps(past: Past, policy: Policy) -> tuple[Replication, int]:
    """Live the day with its own policy; return how many steps are not the log's, too."""
    found: list[Hashable] = []
    result = _live(past, policy, 0, lambda moment: found.append(past.digest(moment.step)))
    different = sum(a != b for a, b in zip(found, past.steps, strict=False))
    return result, different + abs(len(found) - len(past.steps))


def _live(past: Past, policy: Policy, seed: int, heard: Callable[[Moment], None]) -> Replication:
    day, tally = past.day, Tally(past.day.policies[0] if past.day.policies else None)

    def hear(moment: Moment) -> None:
        heard(moment)
        tally.hear(moment)

    examples = Examples(past.habits, seed)
    world = World(day, policy, examples, hear, is_same=is_same_policy(day, policy))
    world.run()
    tally.close(day.end)
    numbers = {name: figures.numbers() for name, figures in tally.queues.items()}
    return Replication(numbers, _changes(past.tally.fates, tally.fates), world.refusals)


def _changes(was: dict[str, Fate], would_be: dict[str, Fate]) -> dict[str, Change]:
    found = {}
    for name, old in was.items():
        change = _change(old, would_be.get(name, Fate()))
        if change is not None:
            found[name] = change
    return found


def _change(old: Fate, new: Fate) -> Change | None:
    if old == new:
        return None
    if bool(old.agents) != bool(new.agents):
        return Change.ANSWERED if new.agents else Change.NOT_ANSWERED
    if old.queues != new.queues:
        return Change.OTHER_QUEUE
    return Change.OTHER_AGENT if old.agents != new.agents else Change.OTHER_END


def compare(
    past: Past, replications: list[Replication], different_steps: int | None = None
) -> Comparison:
    """Put the replications beside the day as it was."""
    count = len(replications)
    names = set(past.tally.queues)
    for replication in replications:
        names |= set(replication.numbers)
    refusals: dict[str, float] = {}
    for replication in replications:
        for told, often in replication.refusals.items():
            refusals[told] = refusals.get(told, 0) + often / count
    return Comparison(
        begin=past.day.begin,
        end=past.day.end,
        records=len(past.day.words),
        replications=count,
        coverage=(count - 1) / (count + 1),
        different_steps=different_steps,
        queues=[_queue(past, name, replications) for name in sorted(names)],
        refusals=refusals,
    )


def _queue(past: Past, name: str, replications: list[Replication]) -> QueueComparison:
    figures = past.tally.queues.get(name)
    nobody = QueueFigures().numbers()
    was = figures.numbers() if figures else nobody
    first = {n for n, fate in past.tally.fates.items() if fate.queues[:1] == (name,)}
    changed = [{n: c for n, c in r.changes.items() if n in first} for r in replications]
    often: dict[str, int] = {}
    for contacts in changed:
        for contact in contacts:
            often[contact] = often.get(contact, 0) + 1
    mostly = [contact for contact, times in often.items() if 2 * times > len(replications)]
    return QueueComparison(
        name=name,
        was=was,
        would_be=_estimates([r.numbers.get(name, nobody) for r in replications]),
        contacts=len(first),
        changed=estimate([len(contacts) for contacts in changed]),
        changes={
            kind: estimate([sum(c is kind for c in contacts.values()) for contacts in changed])
            for kind in Change
            if any(kind in contacts.values() for contacts in changed)
        },
        named=[past.tally.names[contact] for contact in sorted(mostly)[:MOST_NAMED]],
    )


def _estimates(numbers: list[Numbers]) -> dict[str, Estimate | None]:
    names = list(dict.fromkeys(name for one in numbers for name in one))
    found: dict[str, Estimate | None] = {}
    for name in names:
        values = [value for one in numbers if (value := one.get(name)) is not None]
        found[name] = estimate(values) if values else None
    return found


def estimate(values: list[float] | list[int]) -> Estimate:
    """Return the mean and the extremes."""
    return Estimate(sum(values) / len(values), min(values), max(values))
