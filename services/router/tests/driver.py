"""A seeded crowd: customers, agents, desks and supervisors who do likely and unlikely things."""

import random
from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain.engine import Engine
from router.domain.policy import ChannelCapacity, Timers
from router.domain.reasons import Because
from router.domain.values import NO_NEEDS, Lineage, Position
from router.domain.words import Channel, FlowOutcome, Party, Presence

from .workspaces import SKILLS, a_policy, a_roster_agent, needs

AGENTS = [f"a{number:02d}" for number in range(10)]
DESKS = ("desk1", "desk2", "desk3")
QUEUES = ("billing", "sales", "anyone")
CHANNELS = (Channel.VOICE, Channel.CHAT, Channel.EMAIL, Channel.VIDEO, Channel.SMS)
TIMERS = Timers(
    offer_ring_seconds=15,
    agent_grace_seconds=10,
    wrap_up_seconds=30,
    flow_limit_seconds=60,
    queue_limit_seconds=120,
    connected_limit_seconds=200,
    text_sleep_seconds=90,
)


class Crowd:
    """`next` makes up the next fact from what it sees of the engine, and sometimes despite it."""

    def __init__(self, seed: int, engine: Engine) -> None:
        self.chance = random.Random(seed)
        self.ws = engine.workspace
        self.made = 0
        self.policies = 0
        self.old_offers: list[tuple[str, str]] = []
        self.said: list[Any] = []

    def beginning(self) -> list[Any]:
        """A policy, and everybody at work."""
        policy = a_policy(timers=TIMERS)
        return [
            s.PolicyProposed(policy=policy, base_version=0),
            *(s.AgentDefined(agent=self._agent(name)) for name in AGENTS),
        ]

    def next(self) -> Any:
        """Return a fact; sometimes one that was said before."""
        if self.said and self.chance.random() < 0.03:
            return self.chance.choice(self.said[-200:])
        weights = {
            self._arrive: 14,
            self._flow: 16,
            self._answer: 30,
            self._work: 22,
            self._agent_fact: 10,
            self._desk: 8,
            self._write: 4,
            self._leave: 4,
            self._steer: 0.6,
            self._nonsense: 0.6,
            self._tick: 6,
        }
        fact = self.chance.choices(list(weights), list(weights.values()))[0]()
        self.said.append(fact)
        return fact

    def gap(self) -> int:
        """Return the milliseconds until the next record; sometimes long, sometimes back."""
        if self.chance.random() < 0.01:
            return self.chance.choice([-300_000, 60_000, 4_000_000])
        return int(self.chance.expovariate(1 / 250))

    def _arrive(self) -> Any:
        self.made += 1
        if len(self.ws.contacts) > 60:
            return self._leave()
        return c.ContactArrived(
            contact_id=f"c{self.made}",
            channel=self.chance.choice(CHANNELS),
            entry_point=self.chance.choice(["main", "web", "main", "nowhere"]),
            conversation_id=f"v{self.made}",
            key_id="k",
            lineage=Lineage(),
        )

    def _flow(self) -> Any:
        contact_id = self._contact(("in_flow",))
        if self.chance.random() < 0.05:
            return c.FlowFinished(contact_id=contact_id, outcome=FlowOutcome.RESOLVED)
        wanted = self.chance.sample(SKILLS, self.chance.choice([0, 0, 0, 1]))
        return c.QueueRequested(
            contact_id=contact_id,
            queue=self.chance.choice((*QUEUES, *QUEUES, "nowhere")),
            priority=self.chance.choice([0, 0, 0, 1, 5]),
            requirements=needs(*(f"{skill}:{self.chance.randint(1, 3)}" for skill in wanted)),
        )

    def _answer(self) -> Any:
        if not self.ws.offers:
            return self._flow()
        offer = self.chance.choice(list(self.ws.offers.values()))
        self.old_offers.append((offer.offer_id, offer.agent_id))
        offer_id, agent_id = offer.offer_id, offer.agent_id
        if self.chance.random() < 0.08:
            offer_id, agent_id = self.chance.choice(self.old_offers[-100:])
        session = self._session(agent_id)
        given = {"contact_id": offer.contact_id, "offer_id": offer_id, "agent_id": agent_id}
        if offer.is_accepted:
            if self.chance.random() < 0.2:
                return c.AgentLegFailed(**given, reason="busy")
            return c.AgentConnected(**given)
        if not offer.rings_until and self.chance.random() < 0.8:
            return a.OfferDelivered(**session, offer_id=offer_id)
        if self.chance.random() < 0.15:
            return a.OfferRejected(**session, offer_id=offer_id, reason_code="")
        return a.OfferAccepted(**session, offer_id=offer_id)

    def _work(self) -> Any:
        contact_id = self._contact(("connected", "on_hold", "wrap_up"))
        contact = self.ws.contacts.get(contact_id)
        name = contact.agent_id if contact and contact.agent_id else self.chance.choice(AGENTS)
        session = self._session(name)
        if contact is not None and contact.state == "wrap_up" and self.chance.random() < 0.8:
            return a.WrapUpFinished(
                **session, contact_id=contact_id, disposition="solved", note=None
            )
        kind = self.chance.choice([a.HoldStarted, a.HoldEnded, "end", "end", "move", "reply"])
        if kind == "end":
            by_agent = self.chance.random() < 0.5
            given = session if by_agent else {**session, "agent_id": ""}
            party = Party.AGENT if by_agent else Party.CUSTOMER
            return c.ContactDisconnected(contact_id=contact_id, by=party, **given)
        if kind == "move":
            queue = self.chance.choice(QUEUES)
            return a.TransferRequested(
                **session, contact_id=contact_id, queue=queue, requirements=NO_NEEDS
            )
        if kind == "reply":
            return c.AgentFirstReplied(contact_id=contact_id, agent_id=name)
        return kind(**session, contact_id=contact_id)

    def _agent_fact(self) -> Any:
        name = self.chance.choice(AGENTS)
        agent = self.ws.agents.get(name)
        if agent is None or agent.connection == "gone" or self.chance.random() < 0.05:
            self.made += 1
            desk = self.chance.choice(DESKS)
            return a.AgentSignedIn(agent_id=name, session_id=f"s{self.made}", desk_instance=desk)
        session = self._session(name)
        if agent.presence != "available" or self.chance.random() < 0.3:
            return a.PresenceChosen(
                **session,
                presence=self.chance.choice([*Presence, Presence.AVAILABLE, Presence.AVAILABLE]),
                reason_code="lunch",
                is_next=self.chance.random() < 0.2,
            )
        if self.chance.random() < 0.15:
            return a.AgentSignedOut(**session)
        return a.AgentConnectionLost(**session)

    def _desk(self) -> Any:
        return a.DeskHeartbeat(desk_instance=self.chance.choice(DESKS))

    def _write(self) -> Any:
        self.made += 1
        contact_id = self._contact(("in_flow", "queued", "connected", "wrap_up"))
        contact = self.ws.contacts.get(contact_id)
        return c.CustomerMessaged(
            contact_id=contact_id,
            conversation_id=contact.conversation_id if contact else "v0",
            message_id=f"m{self.made}",
            position=Position(partition=0, offset=self.made),
            new_contact_id=f"n{self.made}",
            channel=Channel.CHAT,
            entry_point="web",
            key_id="k",
            addresses=(),
        )

    def _leave(self) -> Any:
        contact_id = self._contact(("in_flow", "queued", "offered", "connecting"))
        if self.chance.random() < 0.15:
            return c.ChannelFailed(contact_id=contact_id, reason="crash")
        return c.CustomerLeft(contact_id=contact_id)

    def _steer(self) -> Any:
        name = self.chance.choice(AGENTS)
        match self.chance.randint(0, 3):
            case 0:
                return s.AgentRemoved(agent_id=name)
            case 1 | 2:
                return s.AgentDefined(agent=self._agent(name))
        slots = self.chance.randint(1, 3)
        chats = ChannelCapacity(channels=(Channel.CHAT, Channel.SMS), slots=slots)
        calls = ChannelCapacity(channels=(Channel.VOICE, Channel.VIDEO), slots=1)
        mails = ChannelCapacity(channels=(Channel.EMAIL,), slots=1)
        policy = a_policy(timers=TIMERS, capacities=(calls, chats, mails))
        version = self.ws.policy.version if self.ws.policy else 0
        return s.PolicyProposed(policy=policy, base_version=version)

    def _nonsense(self) -> Any:
        return s.Malformed(because=Because.NOT_UNDERSTOOD, detail="nonsense")

    def _tick(self) -> Any:
        return s.ClockTicked(due_at=0)

    def _agent(self, name: str) -> Any:
        skills = self.chance.sample(SKILLS, self.chance.randint(1, 4))
        levels = [f"{skill}:{self.chance.randint(1, 4)}" for skill in skills]
        queues = self.chance.choice([(), (), (), ("billing",), ("sales", "anyone")])
        phone = self.chance.choice(["", f"sip:{name}@127.0.0.1", f"sip:{name}@127.0.0.1"])
        own = ChannelCapacity(channels=(Channel.CHAT,), slots=self.chance.randint(0, 2))
        capacities = self.chance.choice([(), (), (own,)])
        return a_roster_agent(
            name, *levels, queues=queues, voice_address=phone, capacities=capacities
        )

    def _contact(self, states: tuple[str, ...]) -> str:
        fitting = [contact.contact_id for contact in self.ws.contacts.values()]
        if self.chance.random() < 0.95:
            fitting = [id for id in fitting if self.ws.contacts[id].state in states] or fitting
        return self.chance.choice(fitting) if fitting else f"c{self.chance.randint(1, 50)}"

    def _session(self, name: str) -> dict[str, Any]:
        agent = self.ws.agents.get(name)
        number = agent.session_number if agent else 1
        if self.chance.random() < 0.03:
            number -= 1
        desk = agent.desk_instance if agent else "desk1"
        return {"agent_id": name, "session_number": max(number, 0), "desk_instance": desk}
