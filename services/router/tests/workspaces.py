"""A workspace to try things on: records with stamps in order, and a believable policy."""

from collections.abc import Callable
from typing import Any

from router.domain.agent_facts import DeskHeartbeat
from router.domain.engine import Engine
from router.domain.policy import (
    ChannelCapacity,
    EntryPoint,
    Policy,
    RosterAgent,
    Timers,
)
from router.domain.queues import Queue
from router.domain.record import Record, Step
from router.domain.steering_facts import AgentDefined, ClockTicked, PolicyProposed
from router.domain.values import Needs, Requirement
from router.domain.words import Channel
from router.domain.workspace import Workspace

START = 1_700_000_000_000
SKILLS = ("billing", "english", "german", "sales", "vip")


def a_policy(**changes: Any) -> Policy:
    given: dict[str, Any] = {
        "skills": SKILLS,
        "queues": (
            Queue(name="billing", requirements=needs("billing")),
            Queue(name="sales", requirements=needs("sales")),
            Queue(name="anyone"),
        ),
        "entry_points": (
            EntryPoint(name="main", channel=Channel.VOICE, address="+49301", flow="main"),
            EntryPoint(name="web", channel=Channel.CHAT, address="web", flow="main"),
            EntryPoint(name="mailbox", channel=Channel.EMAIL, address="a@cc.test", flow="mail"),
        ),
        "capacities": (
            ChannelCapacity(channels=(Channel.VOICE, Channel.VIDEO), slots=1),
            ChannelCapacity(channels=(Channel.CHAT, Channel.SMS), slots=2),
            ChannelCapacity(channels=(Channel.EMAIL,), slots=1),
        ),
        "dispositions": ("solved", "later"),
        "break_reasons": ("lunch", "training"),
        "timers": Timers(offer_ring_seconds=15),
        "is_miss_not_responding": True,
    }
    return Policy(**(given | changes))


def a_roster_agent(agent_id: str, *skills: str, **changes: Any) -> RosterAgent:
    """`skills` as "billing" or "billing:3"."""
    given = {
        "agent_id": agent_id,
        "skills": needs(*skills).skills,
        "voice_address": f"sip:{agent_id}@127.0.0.1",
    }
    return RosterAgent(**(given | changes))


def needs(*skills: str) -> Needs:
    pairs = [skill.partition(":") for skill in skills]
    return Needs(tuple(Requirement(name, int(level or 1)) for name, _, level in pairs))


class Log:
    """Facts put into an engine one after the other, as the log would."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine(Workspace("main"))
        self.stamp = START
        self.records: list[Record] = []
        self.steps: list[Step] = []
        self.desks: dict[str, None] = {}

    def say(self, fact: Any, after: int = 0) -> Step:
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

    def begin(self, policy: Policy | None = None, *agents: RosterAgent) -> None:
        self.say(PolicyProposed(policy=policy or a_policy(), base_version=0))
        for agent in agents:
            self.say(AgentDefined(agent=agent))

    def wait(self, milliseconds: int, heard: Callable[[Step], None] = lambda step: None) -> None:
        """Let time pass as the adapter does: a tick at least each second, desks heard of."""
        until = self.stamp + milliseconds
        while self.stamp < until:
            due = self.engine.next_due()
            gap = 1000 if due is None else max(due - self.engine.workspace.clock.now, 1)
            self.stamp = min(until, self.stamp + min(gap, 1000))
            heard(self.say(ClockTicked(due_at=due or 0)))
            if (self.stamp // 1000) % 2 == 0:
                for desk in self.desks:
                    heard(self.say(DeskHeartbeat(desk_instance=desk)))
