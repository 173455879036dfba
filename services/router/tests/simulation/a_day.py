"""A made-up day: customers, flows, agents and desks who react to a real engine, by a seed."""

import random
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain.engine import Engine
from router.domain.policy import Policy, RosterAgent
from router.domain.record import Record, Step
from router.domain.values import Lineage, Position
from router.domain.words import Channel, FlowOutcome, Party, Presence
from router.domain.workspace import Workspace

from ..workspaces import START, a_policy, a_roster_agent, needs

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@dataclass
class Habits:
    """Milliseconds, and shares."""

    between_arrivals: float = 12 * SECOND
    patience: float = 90 * SECOND
    talk: float = 100 * SECOND
    wrap_up: float = 15 * SECOND
    missed: float = 0.04
    rejected: float = 0.04
    leg_fails: float = 0.02
    transferred: float = 0.08
    chat: float = 0.3
    length: int = HOUR


@dataclass
class MadeUpDay:
    """`records` and `steps` as the log would have them."""

    seed: int = 1
    habits: Habits = field(default_factory=Habits)
    records: list[Record] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.engine = Engine(Workspace("main"))
        self.now = START
        self.due: list[tuple[int, int, Any]] = []
        self.made = 0
        self.sessions: dict[str, int] = {}

    def live(self, policy: Policy, *agents: RosterAgent) -> "MadeUpDay":
        self.say(s.PolicyProposed(policy=policy, base_version=0))
        for agent in agents:
            self.say(s.AgentDefined(agent=agent))
            self.after(self.chance.uniform(0, 30 * SECOND), self.sign_in(agent.agent_id))
        self.after(0, a.DeskHeartbeat(desk_instance="desk1"))
        self.arrive_later()
        end = START + self.habits.length
        while self.due and self.now < end:
            at, _, fact = self.due[0]
            tick = self.next_tick()
            if tick is not None and tick < at:
                self.now = tick
                self.say(s.ClockTicked(due_at=self.engine.next_due() or 0))
                continue
            heappop(self.due)
            self.now = max(self.now, at)
            if callable(fact):
                fact = fact()
            if fact is not None:
                self.say(fact)
        return self

    def next_tick(self) -> int | None:
        due = self.engine.next_due()
        if due is None:
            return None
        return self.now + min(max(due - self.engine.workspace.clock.now, 1), 1000)

    def after(self, milliseconds: float, fact: Any) -> None:
        self.made += 1
        heappush(self.due, (self.now + round(milliseconds), self.made, fact))

    def say(self, fact: Any) -> None:
        record = Record(
            partition=0,
            offset=3 * len(self.records),
            stamp=self.now,
            event_id=f"e{len(self.records)}",
            event_type=type(fact).__name__,
            fact=fact,
        )
        self.records.append(record)
        self.steps.append(self.engine.apply(record))
        if isinstance(fact, a.DeskHeartbeat):
            self.after(2 * SECOND, fact)
        for decided in self.steps[-1].decisions:
            react = getattr(self, f"on_{type(decided.decision).__name__}", None)
            if react is not None:
                react(decided.decision)

    # Customers.

    def arrive_later(self) -> None:
        def arrive() -> Any:
            self.arrive_later()
            return self.arrival()

        self.after(self.chance.expovariate(1 / self.habits.between_arrivals), arrive)

    def arrival(self) -> Any:
        self.made += 1
        name, is_chat = f"c{self.made}", self.chance.random() < self.habits.chat
        flow = self.chance.uniform(2, 8) * SECOND
        if self.chance.random() < 0.05:
            self.after(flow, c.FlowFinished(contact_id=name, outcome=FlowOutcome.RESOLVED))
        elif self.chance.random() < 0.04:
            self.after(flow, c.CustomerLeft(contact_id=name))
        else:
            queue = self.chance.choice(["billing", "billing", "sales", "anyone"])
            self.after(flow, self.queue_request(name, queue))
        if is_chat:
            self.after(flow / 2, self.message(name))
        return c.ContactArrived(
            contact_id=name,
            channel=Channel.CHAT if is_chat else Channel.VOICE,
            entry_point="web" if is_chat else "main",
            conversation_id=f"on-{name}",
            key_id="k",
            lineage=Lineage(),
        )

    def queue_request(self, name: str, queue: str) -> Any:
        return c.QueueRequested(
            contact_id=name,
            queue=queue,
            priority=self.chance.choice([0, 0, 0, 1]),
            requirements=needs(),
        )

    def message(self, name: str) -> Any:
        self.made += 1
        return c.CustomerMessaged(
            contact_id=name,
            conversation_id=f"on-{name}",
            message_id=f"m{self.made}",
            position=Position(partition=0, offset=self.made),
            new_contact_id=f"n{self.made}",
            channel=Channel.CHAT,
            entry_point="web",
            key_id="k",
            addresses=(),
        )

    def on_VisitOpened(self, d: Any) -> None:
        patience = self.chance.expovariate(1 / self.habits.patience)
        self.after(patience, lambda: self.leave(d.visit_id, d.contact_id))

    def leave(self, visit_id: str, contact_id: str) -> Any:
        contact = self.engine.workspace.contacts.get(contact_id)
        is_waiting = contact is not None and contact.is_visit_open and contact.visit_id == visit_id
        return c.CustomerLeft(contact_id=contact_id) if is_waiting else None

    # Agents.

    def sign_in(self, name: str) -> Any:
        self.made += 1
        return a.AgentSignedIn(agent_id=name, session_id=f"s{self.made}", desk_instance="desk1")

    def on_AgentSessionStarted(self, d: Any) -> None:
        name = d.agent.agent_id
        self.sessions[name] = d.agent.session_number
        self.after(300, self.presence(name, Presence.AVAILABLE))
        begin = self.chance.uniform(0.2, 0.7) * self.habits.length
        self.after(begin, self.presence(name, Presence.BREAK))
        self.after(begin + 5 * MINUTE, self.presence(name, Presence.AVAILABLE))
        self.after(self.habits.length * 0.97, lambda: self.go_home(name))

    def go_home(self, name: str) -> Any:
        """Take no more; sign out when nothing is in hand."""
        if not self.engine.workspace.agents[name].contacts:
            return a.AgentSignedOut(**self.of(name))
        self.after(3 * SECOND, lambda: self.go_home(name))
        return self.presence(name, Presence.OFFLINE)

    def presence(self, name: str, presence: Presence) -> Any:
        reason = "lunch" if presence is Presence.BREAK else ""
        return a.PresenceChosen(
            **self.of(name), presence=presence, reason_code=reason, is_next=False
        )

    def of(self, name: str) -> dict[str, Any]:
        number = self.sessions[name]
        return {"agent_id": name, "session_number": number, "desk_instance": "desk1"}

    def on_OfferMade(self, d: Any) -> None:
        if self.chance.random() < 0.99:
            delay = self.chance.uniform(50, 400)
            self.after(delay, a.OfferDelivered(**self.of(d.agent_id), offer_id=d.offer_id))

    def on_OfferRinging(self, d: Any) -> None:
        said = self.of(d.agent_id) | {"offer_id": d.offer_id}
        luck = self.chance.random()
        if luck < self.habits.missed:
            self.after(40 * SECOND, self.presence(d.agent_id, Presence.AVAILABLE))
        elif luck < self.habits.missed + self.habits.rejected:
            self.after(2 * SECOND, a.OfferRejected(**said, reason_code="busy"))
        else:
            self.after(self.chance.uniform(1, 9) * SECOND, a.OfferAccepted(**said))

    def on_ContactConnecting(self, d: Any) -> None:
        said = {"contact_id": d.contact_id, "offer_id": d.offer_id, "agent_id": d.agent_id}
        if self.chance.random() < self.habits.leg_fails:
            self.after(3 * SECOND, c.AgentLegFailed(**said, reason="busy"))
        else:
            self.after(self.chance.uniform(300, 2500), c.AgentConnected(**said))

    def on_ContactConnected(self, d: Any) -> None:
        said = self.of(d.agent_id) | {"contact_id": d.contact_id}
        talk = 5 * SECOND + self.chance.expovariate(1 / self.habits.talk)
        if d.channel is Channel.CHAT:
            reply = c.AgentFirstReplied(contact_id=d.contact_id, agent_id=d.agent_id)
            self.after(talk / 4, reply)
            self.after(talk / 2, self.message(d.contact_id))
        elif self.chance.random() < 0.3:
            self.after(talk / 3, a.HoldStarted(**said))
            self.after(talk / 2, a.HoldEnded(**said))
        if self.chance.random() < self.habits.transferred:
            self.after(talk, a.TransferRequested(**said, queue="sales", requirements=needs()))
        elif self.chance.random() < 0.5:
            self.after(talk, c.ContactDisconnected(**said, by=Party.AGENT))
        else:
            gone = said | {"agent_id": "", "session_number": 0, "desk_instance": ""}
            self.after(talk, c.ContactDisconnected(**gone, by=Party.CUSTOMER))

    def on_WrapUpStarted(self, d: Any) -> None:
        said = self.of(d.agent_id) | {"contact_id": d.contact_id}
        done = a.WrapUpFinished(**said, disposition="solved", note=None)
        self.after(self.chance.expovariate(1 / self.habits.wrap_up), done)


def few_know_billing(count: int) -> list[RosterAgent]:
    """Every third one, the rest know sales."""
    return [a_roster_agent(f"a{n:02d}", "sales" if n % 3 else "billing") for n in range(count)]


def without_requirements(policy: Policy) -> Policy:
    """Everybody may take everything."""
    return replace(policy, queues=tuple(replace(q, requirements=needs()) for q in policy.queues))


def a_made_up_day(
    seed: int = 1, count: int = 12, policy: Policy | None = None, **habits: Any
) -> MadeUpDay:
    return MadeUpDay(seed, Habits(**habits)).live(policy or a_policy(), *few_know_billing(count))
