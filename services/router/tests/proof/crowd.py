"""A seeded crowd: customers, agents, desks and supervisors who do likely and unlikely things."""

import random
from collections.abc import Callable
from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain.engine import Engine
from router.domain.reasons import Because
from router.domain.values import Lineage, Position
from router.domain.versions import NEWEST
from router.domain.words import Channel, FlowOutcome

from .rules import CHANNELS, QUEUES, Rules
from .work import Work

TEXT = (Channel.CHAT, Channel.SMS, Channel.EMAIL)


class Crowd(Work):
    """`next` makes up the next fact from what it sees of the engine, and sometimes despite it."""

    def __init__(
        self,
        chance: random.Random | int,
        engine: Engine,
        *,
        agents: int = 8,
        most: int = 30,
        steering: float = 0.8,
    ) -> None:
        """`chance` is a seed, or what throws the dice; `steering` how often the rules change."""
        self.chance = random.Random(chance) if isinstance(chance, int) else chance
        self.engine = engine
        self.rules = Rules(self.chance, agents)
        self.most = most
        self.made = 0
        self.old_offers: list[tuple[str, str]] = []
        self.said: list[Any] = []
        weights: dict[Callable[[], Any], float] = {
            self._arrive: 14,
            self._flow: 16,
            self.answer: 32,
            self.work: 18,
            self.consult: 5,
            self.agent_fact: 9,
            self._desk: 7,
            self._write: 5,
            self._leave: 4,
            self.supervise: 4,
            self._steer: steering,
            self._nonsense: 0.4,
            self._tick: 6,
        }
        self._ways, self._weights = list(weights), list(weights.values())

    def beginning(self) -> list[Any]:
        """A policy, and everybody at work."""
        policy, version = self.rules.policy(), self.chance.choice([1, NEWEST, NEWEST])
        return [
            s.PolicyProposed(policy=policy, base_version=0),
            s.EngineVersionActivated(engine_version=version),
            *(s.AgentDefined(agent=self.rules.agent(name)) for name in self.rules.names),
        ]

    def next(self) -> Any:
        """Return a fact; sometimes one that was said before."""
        if self.said and self.chance.random() < 0.03:
            return self.chance.choice(self.said)
        fact = self.chance.choices(self._ways, self._weights)[0]()
        self.said.append(fact)
        if len(self.said) > 300:
            del self.said[:150]
        return fact

    def gap(self) -> int:
        """Return the milliseconds until the next record; sometimes long, sometimes back."""
        if self.chance.random() < 0.01:
            return self.chance.choice([-300_000, 60_000, 4_000_000])
        return int(min(self.chance.expovariate(1 / 250), 10_000))

    def _arrive(self) -> Any:
        self.made += 1
        if len(self.ws.contacts) > self.most:
            return self._leave()
        return c.ContactArrived(
            contact_id=f"c{self.made}",
            channel=self.chance.choice(CHANNELS),
            entry_point=self.chance.choice(["main", "web", "main", "main", "nowhere"]),
            conversation_id=f"v{self.made}",
            key_id="k",
            lineage=Lineage(),
            attributes=self.rules.attributes(),
        )

    def _flow(self) -> Any:
        contact_id = self.contact("in_flow")
        match self.chance.randint(0, 19):
            case 0:
                return c.FlowFinished(contact_id=contact_id, outcome=FlowOutcome.RESOLVED)
            case 1 | 2:
                return self._identified(contact_id)
        return c.QueueRequested(
            contact_id=contact_id,
            queue=self.chance.choice((*QUEUES, *QUEUES, *QUEUES, "nowhere")),
            priority=self.chance.choice([0, 0, 0, 0, 1, 5, 9_999]),
            requirements=self.rules.needs(0.3),
            attributes=self.rules.attributes(),
            preferred_agent_id=self.chance.choice(["", "", self.name(), "nobody"]),
        )

    def _identified(self, contact_id: str) -> Any:
        return c.CustomerIdentified(
            contact_id=contact_id,
            customer_id=f"u{self.chance.randint(1, 9)}",
            is_new=False,
            tier=self.chance.choice(["gold", "silver", "tin", ""]),
            last_agent_id=self.chance.choice(["", self.name()]),
            contact_count=1,
        )

    def _desk(self) -> Any:
        return a.DeskHeartbeat(desk_instance=self.chance.choice(["desk1", "desk2", "desk3"]))

    def _write(self) -> Any:
        self.made += 1
        contact_id = self.contact("in_flow", "queued", "connected", "wrap_up", channels=TEXT)
        contact = self.ws.contacts.get(contact_id)
        if contact is None and self.said and self.chance.random() < 0.5:
            ended = [id for id, _, _ in self.ws.ended_contacts.items()]
            contact_id = self.chance.choice(ended[-20:]) if ended else contact_id
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
        contact_id = self.contact("in_flow", "queued", "offered", "connecting")
        match self.chance.randint(0, 9):
            case 0:
                return c.ChannelFailed(contact_id=self.contact(), reason="crash")
            case 1 | 2:
                after = self.chance.choice([0, 0, 20_000, 90_000, 10**12])
                at = self.engine.workspace.clock.last_stamp + after if after else 0
                return c.CallbackRequested(
                    contact_id=self.contact("queued", "offered"), scheduled_at=at
                )
            case 3:
                queue = self.chance.choice(["", "", *QUEUES, "nowhere"])
                return c.MessageTaken(contact_id=self.contact("queued"), queue=queue)
        return c.CustomerLeft(contact_id=contact_id)

    def _steer(self) -> Any:
        name = self.name()
        match self.chance.randint(0, 7):
            case 0:
                return s.AgentRemoved(agent_id=name)
            case 7 if self.chance.random() < 0.3:
                count = self.chance.randint(0, len(self.rules.names))
                some = self.chance.sample(self.rules.names, count)
                return s.RosterDeclared(agent_ids=tuple(some))
            case 1:
                version = self.chance.choice([1, NEWEST, NEWEST, 99])
                return s.EngineVersionActivated(engine_version=version)
            case 2 | 3 | 4:
                return s.AgentDefined(agent=self.rules.agent(name))
        version = self.ws.policy.version if self.ws.policy else 0
        return s.PolicyProposed(policy=self.rules.policy(), base_version=version)

    def _nonsense(self) -> Any:
        return s.Malformed(because=Because.NOT_UNDERSTOOD, detail="nonsense")

    def _tick(self) -> Any:
        """The router may be behind: then a tick shows less than was decided."""
        behind = self.chance.choice([0, 0, 0, 5, 60, -3])
        return s.ClockTicked(due_at=0, applied_step=max(self.ws.step_number - behind, 0))
