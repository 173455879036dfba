"""The published numbers of a workspace: one function of the fold and the targets."""

from dataclasses import dataclass

from analytics.domain.agents import AgentFold
from analytics.domain.durations import Durations
from analytics.domain.queue_numbers import QueueNumbers, queue_numbers
from analytics.domain.targets import PolicyTargets, TargetBook
from analytics.domain.workspace import WorkspaceFold


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
        found.append(queue_numbers(name, "", list(by_channel.values()), fold, book))
        found += [queue_numbers(name, c, [one], fold, book) for c, one in by_channel.items()]
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
