"""Facts put into an engine one after the other, as the log would."""

from collections.abc import Callable
from typing import Any

from router.domain.agent_facts import DeskHeartbeat
from router.domain.engine import Engine
from router.domain.policy import Policy, RosterAgent
from router.domain.record import Record, Step
from router.domain.steering_facts import AgentDefined, ClockTicked, PolicyProposed
from router.domain.workspace import Workspace

START = 1_700_000_000_000


class Log:
    """Makes records with stamps in order, and keeps what the engine said."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine(Workspace("main"))
        self.stamp = START
        self.records: list[Record] = []
        self.steps: list[Step] = []
        self.desks: dict[str, None] = {}
        self.said: int | None = None
        """Up to which step a silent router said its steps; None: it says each at once."""

    def say(self, fact: Any, after: int = 0) -> Step:
        """Append the fact, so many milliseconds after the one before."""
        self.stamp += after
        record = Record(
            partition=0,
            offset=len(self.records),
            stamp=self.stamp,
            event_id=f"e{len(self.records)}",
            event_type=type(fact).__name__,
            fact=fact,
        )
        self.records.append(record)
        self.steps.append(self.engine.apply(record))
        return self.steps[-1]

    def begin(self, policy: Policy, *agents: RosterAgent) -> None:
        """Say the policy, and who works here."""
        self.say(PolicyProposed(policy=policy, base_version=0))
        for agent in agents:
            self.say(AgentDefined(agent=agent))

    def tick(self, due: int = 0) -> ClockTicked:
        """Return what the adapter would append now."""
        last = self.engine.workspace.step_number
        return ClockTicked(due_at=due, applied_step=last if self.said is None else self.said)

    def wait(self, milliseconds: int, heard: Callable[[Step], None] = lambda step: None) -> None:
        """Let time pass as the adapter does: a tick at least each second, desks heard of."""
        until = self.stamp + milliseconds
        while self.stamp < until:
            due = self.engine.next_due()
            gap = 1000 if due is None else max(due - self.engine.workspace.clock.now, 1)
            self.stamp = min(until, self.stamp + min(gap, 1000))
            heard(self.say(self.tick(due or 0)))
            if (self.stamp // 1000) % 2 == 0:
                for desk in self.desks:
                    heard(self.say(DeskHeartbeat(desk_instance=desk)))
