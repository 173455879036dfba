"""The published numbers of a workspace: one function of the fold and the targets."""

from dataclasses import dataclass

from analytics.domain.agents import AgentFold
from analytics.domain.durations import Durations, merged
from analytics.domain.estimates import EstimateNumbers, added
from analytics.domain.queues import QueueFold
from analytics.domain.service_level import ServiceLevel, service_level
from analytics.domain.targets import PolicyTargets, TargetBook
from analytics.domain.workspace import WorkspaceFold


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNumbers:
    """Of one queue; an empty channel: all of them together."""

    queue: str
    channel: str
    entered: int
    waiting: int
    oldest_ms: int | None
    exits: dict[str, int]
    service_level: ServiceLevel
    answered: Durations
    handled: Durations
    attention_ms: float
    estimates: EstimateNumbers

    @property
    def aht_attention_seconds(self) -> float:
        """Mean attention of a leg."""
        return self.attention_ms / self.handled.count / 1000 if self.handled.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNumbers:
    """Of one agent."""

    agent_id: str
    team: str
    state: str
    presence: str
    since_ms: int
    contacts: dict[str, int]
    offers_now: dict[str, int]
    offers: dict[str, int]
    handled: Durations
    attention_ms: float
    busy_ms: int
    idle_ms: int
    load_ms: float

    @property
    def occupancy(self) -> float:
        """Share of the working time with at least one contact."""
        return occupancy_of(self.busy_ms, self.busy_ms + self.idle_ms)

    @property
    def load_occupancy(self) -> float:
        """Share of the slots that were in use over the working time."""
        return occupancy_of(self.load_ms, self.busy_ms + self.idle_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceNumbers:
    """Of one workspace, as of a step."""

    workspace: str
    fold: WorkspaceFold
    queues: tuple[QueueNumbers, ...]
    agents: tuple[AgentNumbers, ...]


def numbers(workspace: str, fold: WorkspaceFold, book: TargetBook) -> WorkspaceNumbers:
    """Everything as of the fold's last step, in a fixed order."""
    found = []
    for name in sorted({queue for queue, _ in fold.queues}):
        by_channel = {c: one for (queue, c), one in sorted(fold.queues.items()) if queue == name}
        found.append(_queue(name, "", list(by_channel.values()), fold, book))
        found += [_queue(name, channel, [one], fold, book) for channel, one in by_channel.items()]
    policy = book.of_version(fold.policy_version)
    agents = (
        _agent(agent_id, agent, fold.stamped_ms, policy)
        for agent_id, agent in sorted(fold.agents.items())
    )
    return WorkspaceNumbers(
        workspace=workspace, fold=fold, queues=tuple(found), agents=tuple(agents)
    )


def occupancy_of(used_ms: float, working_ms: float) -> float:
    """The share, 0 of no time."""
    return used_ms / working_ms if working_ms else 0.0


def _queue(
    name: str, channel: str, folds: list[QueueFold], fold: WorkspaceFold, book: TargetBook
) -> QueueNumbers:
    exits: dict[str, int] = {}
    for one in folds:
        for exit_, count in one.exits.items():
            exits[exit_] = exits.get(exit_, 0) + count
    return QueueNumbers(
        queue=name,
        channel=channel,
        entered=sum(one.entered for one in folds),
        waiting=sum(len(one.waiting) for one in folds),
        oldest_ms=min(
            (oldest for one in folds if (oldest := one.oldest_ms()) is not None), default=None
        ),
        exits=dict(sorted(exits.items())),
        service_level=service_level(name, folds, book, fold.policy_version, fold.stamped_ms),
        answered=merged(cohort.answered for one in folds for cohort in one.cohorts.values()),
        handled=merged(one.handled for one in folds),
        attention_ms=sum(one.attention_ms for one in folds),
        estimates=added(one.estimates for one in folds),
    )


def _agent(agent_id: str, agent: AgentFold, now_ms: int, policy: PolicyTargets) -> AgentNumbers:
    busy_ms, idle_ms, contact_ms = agent.times_until(now_ms)
    return AgentNumbers(
        agent_id=agent_id,
        team=agent.team,
        state=agent.state,
        presence=agent.presence,
        since_ms=agent.since_ms,
        contacts=agent.contacts,
        offers_now=agent.offers_now,
        offers=dict(sorted(agent.offers.items())),
        handled=agent.handled,
        attention_ms=agent.attention_ms,
        busy_ms=busy_ms,
        idle_ms=idle_ms,
        load_ms=sum(ms / policy.slots_of(channel) for channel, ms in contact_ms.items()),
    )
