"""The real engine among customers and agents in virtual time."""

from collections import deque
from dataclasses import replace
from heapq import heapify, heappop, heappush
from math import inf
from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain.clock import MAX_MOVE
from router.domain.contact_decisions import ContactConnected, ContactEnded
from router.domain.engine import Engine
from router.domain.offer_decisions import OfferMade
from router.domain.patience import Timers
from router.domain.policy import ChannelCapacity, EntryPoint, Policy, QueuePreference, RosterAgent
from router.domain.queues import AgentOrder, Queue
from router.domain.reasons import ContactCause
from router.domain.record import Record, Step
from router.domain.steering_decisions import RecordRejected
from router.domain.values import Lineage
from router.domain.words import Channel, Party, Presence
from router.domain.workspace import Workspace

from ..workspaces import START, a_roster_agent, needs
from .customers import Customer, Fate, Outcome, Setup
from .textbook import ARRIVE, END, GIVE_UP

DESK = "desk"
SILENCE = 3600.0
HEARTBEAT = 1_000_000
"""Milliseconds; the desk may be silent for more than three times as long."""
ONLY_ONE_CHAT = (
    ChannelCapacity(channels=(Channel.CHAT,), slots=1),
    ChannelCapacity(channels=tuple(ch for ch in Channel if ch is not Channel.CHAT), slots=0),
)


class CallCenter:
    """Feeds an engine; time passes as it does in the log, by at most 2 s from record to record."""

    def __init__(self) -> None:
        self.engine = Engine(Workspace("main"))
        self.now = self.said = 0
        self.records = 0
        self.offers: deque[OfferMade] = deque()
        self.sessions: dict[str, dict[str, Any]] = {}
        self._beaten = 0

    def say(self, fact: Any) -> Step:
        """Put a fact into the log now; nothing may be refused, and no time may be lost."""
        self.records += 1
        self.said = self.now
        step = self.engine.apply(
            Record(
                partition=0,
                offset=self.records,
                stamp=START + self.now,
                event_id=str(self.records),
                event_type=type(fact).__name__,
                fact=fact,
            )
        )
        assert step.engine_time == START + self.now
        for decided in step.decisions:
            at = step.engine_time if decided.due_at is None else decided.due_at
            self.heard(decided.decision, at - START)
        return step

    def heard(self, decision: Any, at: int) -> None:
        """Act on a decision that was made now, or by a timer since the record before."""
        if type(decision) is OfferMade:
            self.offers.append(decision)
        assert type(decision) is not RecordRejected, decision

    def wait_until(self, instant: int) -> None:
        """Let time pass; ticks come where nothing else does, and the desk is heard of."""
        while self.said + MAX_MOVE < instant:
            self.now = self.said + MAX_MOVE
            self.say(s.ClockTicked(due_at=0))
        self.now = instant
        if self.now - self._beaten > HEARTBEAT:
            self._beaten = self.now
            self.say(a.DeskHeartbeat(desk_instance=DESK))

    def begin(self, policy: Policy, agents: list[RosterAgent]) -> None:
        """The policy counts, and all of these agents are at work."""
        self.say(s.PolicyProposed(policy=policy, base_version=0))
        for agent in agents:
            self.say(s.AgentDefined(agent=agent))
            name = agent.agent_id
            step = self.say(a.AgentSignedIn(agent_id=name, session_id=name, desk_instance=DESK))
            self.sessions[name] = {
                "agent_id": name,
                "session_number": step.step_number,
                "desk_instance": DESK,
            }
        for agent in agents:
            self.choose(agent.agent_id, Presence.AVAILABLE)

    def choose(self, name: str, presence: Presence) -> None:
        """The agent says so."""
        reason_code = "lunch" if presence is Presence.BREAK else ""
        self.say(
            a.PresenceChosen(
                **self.sessions[name], presence=presence, reason_code=reason_code, is_next=False
            )
        )

    def arrive(self, contact_id: str, queue: str, *skills: str, priority: int = 0) -> None:
        """A chat comes in and is queued at once."""
        self.say(
            c.ContactArrived(
                contact_id=contact_id,
                channel=Channel.CHAT,
                entry_point="web",
                conversation_id="",
                key_id="",
                lineage=Lineage(),
            )
        )
        self.say(
            c.QueueRequested(
                contact_id=contact_id,
                queue=queue,
                priority=priority,
                requirements=needs(*skills),
            )
        )

    def accept_all(self) -> None:
        """Every agent takes what is offered, at once."""
        while self.offers:
            offer = self.offers.popleft()
            session = self.sessions[offer.agent_id]
            self.say(a.OfferDelivered(**session, offer_id=offer.offer_id))
            self.say(a.OfferAccepted(**session, offer_id=offer.offer_id))

    def leave(self, contact_id: str) -> None:
        """The customer waits no longer."""
        self.say(c.CustomerLeft(contact_id=contact_id))

    def finish(self, contact_id: str, name: str) -> None:
        """Both are done, and so is the work after it."""
        self.say(
            c.ContactDisconnected(
                contact_id=contact_id,
                by=Party.CUSTOMER,
                agent_id="",
                session_number=0,
                desk_instance="",
            )
        )
        self.say(
            a.WrapUpFinished(
                **self.sessions[name], contact_id=contact_id, disposition="", note=None
            )
        )
        self.accept_all()


class Served(CallCenter):
    """`serve` brings customers in and tells what became of each."""

    def __init__(
        self,
        setup: Setup,
        customers: list[Customer],
        queues: tuple[str, ...] = (),
        has_limit: bool = False,
    ) -> None:
        """Either all kinds wait in one queue, or each in its own: there agents can prefer one.

        With `has_limit` the policy refuses who finds all places taken, else the customers do.
        """
        super().__init__()
        if not queues:
            queues = tuple(f"line{k}" for k in range(setup.kinds if setup.prefers_first else 1))
        self.queues = queues * setup.kinds if len(queues) == 1 else queues
        self.setup, self.customers = setup, customers
        self.waiting: set[int] = set()
        self.outcomes: dict[int, Outcome] = {}
        self.events = [(customer.arrives, ARRIVE, n) for n, customer in enumerate(customers)]
        heapify(self.events)
        policy = a_plain_policy(tuple(f"kind{kind}" for kind in range(setup.kinds)), queues)
        limit = int(setup.places) if has_limit else 0
        order = AgentOrder.BEST_SKILL if setup.prefers_first else AgentOrder.LONGEST_IDLE
        rules = (replace(queue, max_waiting=limit, order=order) for queue in policy.queues)
        self.begin(replace(policy, queues=tuple(rules)), self._agents())

    def _agents(self) -> list[RosterAgent]:
        """Who prefers a kind has a higher level of it, and takes its queue first."""
        agents = []
        for n, kinds in enumerate(self.setup.agents):
            places = {kind: self.setup.liking(n, kind) for kind in kinds}
            skills = [f"kind{kind}:{5 - place}" for kind, place in places.items()]
            first = [
                QueuePreference(queue=self.queues[kind], priority=1 + place)
                for kind, place in places.items()
            ]
            wishes = tuple(first) if self.setup.prefers_first else ()
            agents.append(a_roster_agent(_agent_id(n), *skills, preferences=wishes))
        return agents

    def serve(self) -> list[Outcome]:
        """Return what becomes of each customer, in their order."""
        while self.events:
            instant, what, number = heappop(self.events)
            if what == GIVE_UP and number not in self.waiting:
                continue
            self.wait_until(instant)
            if what == ARRIVE:
                self._bring(number)
            elif what == GIVE_UP:
                self.leave(_contact_id(number))
            else:
                self.finish(_contact_id(number), _agent_id(self.outcomes[number].agent))
        return [self.outcomes[n] for n in range(len(self.customers))]

    def heard(self, decision: Any, at: int) -> None:
        super().heard(decision, at)
        if type(decision) is ContactConnected:
            number = int(decision.contact_id)
            customer, agent = self.customers[number], int(decision.agent_id)
            self.waiting.discard(number)
            self.outcomes[number] = Outcome(Fate.ANSWERED, self.now - customer.arrives, agent)
            heappush(self.events, (self.now + customer.service, END, number))
        elif type(decision) is ContactEnded:
            self._ended(int(decision.contact_id), decision.cause is ContactCause.EJECTED)

    def _ended(self, number: int, is_ejected: bool) -> None:
        if is_ejected:
            self.outcomes[number] = Outcome(Fate.REFUSED, 0, -1)
        elif number in self.waiting:
            self.waiting.discard(number)
            wait = self.now - self.customers[number].arrives
            self.outcomes[number] = Outcome(Fate.ABANDONED, wait, -1)

    def _bring(self, number: int) -> None:
        customer = self.customers[number]
        queue = self.queues[customer.kind]
        self.arrive(_contact_id(number), queue, f"kind{customer.kind}")
        self.accept_all()
        if number in self.outcomes:
            return
        if len(self.waiting) >= self.setup.places:
            self.leave(_contact_id(number))
            self.outcomes[number] = Outcome(Fate.REFUSED, 0, -1)
            return
        self.waiting.add(number)
        if customer.patience < inf:
            heappush(self.events, (self.now + int(customer.patience), GIVE_UP, number))


def _contact_id(number: int) -> str:
    """Who comes in the same millisecond stands in line by id: ids sort like numbers."""
    return f"{number:08d}"


def _agent_id(number: int) -> str:
    return f"{number:04d}"


def a_plain_policy(skills: tuple[str, ...], queues: tuple[str, ...], **changes: Any) -> Policy:
    """One chat for each agent, queues without rules, and nothing that happens by its time."""
    return Policy(
        skills=skills,
        queues=tuple(Queue(name=name) for name in queues),
        entry_points=(EntryPoint(name="web", channel=Channel.CHAT, address="web", flow="main"),),
        capacities=ONLY_ONE_CHAT,
        break_reasons=("lunch",),
        timers=Timers(desk_silence_seconds=SILENCE),
        **changes,
    )
