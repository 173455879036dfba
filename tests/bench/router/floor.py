"""A busy floor, seeded: what agents and customers say to an engine, and what comes of it."""

import random
import time
from typing import Any

from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import policy_pb2 as policies
from contact_center.v1 import routing_events_pb2
from router.adapters.codec import decode, encode_step
from router.domain.record import Step
from router.domain.workspace import Workspace
from router.handlers.partition import Decision, Partition, Raw

START = 1_700_000_000_000
HOUR = 3_600.0
DISPOSITION = "solved"
SKILLS_OF_AGENT = 8
EXTRA_SKILLS = 5
HEARTBEAT_EVERY = 1_000
TO_DO_OF = {
    "OfferMade": ("offer_delivered",),
    "OfferRinging": ("offer_accepted",),
    "ContactConnecting": ("agent_connected",),
    "ContactConnected": ("contact_disconnected",),
    "WrapUpStarted": ("wrap_up_finished",),
}
CHANNELS = (
    common.CHANNEL_CHAT,
    common.CHANNEL_CHAT,
    common.CHANNEL_VOICE,
    common.CHANNEL_EMAIL,
)


class Floor:
    """Speaks the contract's bytes to a partition, so that they can be said again to a router.

    Every offer is delivered and accepted, every contact handled to its end, and `drive` keeps as
    many waiting as is asked for, all agents busy. `extra_skills` is the share of contacts that ask
    for one skill more than their queue does. `spent` has nanoseconds of processor time: reading,
    deciding, writing; it counts from the last `reset`.
    """

    def __init__(
        self,
        agents: int,
        *,
        skills: int = 200,
        extra_skills: float = 0.0,
        workspace: str = "main",
        seed: int = 7,
        gap_milliseconds: int = 1,
        is_encoding: bool = False,
    ) -> None:
        self.workspace_name = workspace
        self.tape: list[tuple[int, bytes]] | None = None
        self.mark = 0
        self.last: Step | None = None
        self.sizes: list[int] = []
        self.spent = {"reading": 0, "deciding": 0, "writing": 0}
        self.events: list[int] = []
        self.contacts = self.visits = self.offers = self.said = self.refused = 0
        self.agents = [f"agent-{n:05d}" for n in range(agents)]
        self._skills = [f"skill-{n:03d}" for n in range(skills)]
        self._extra_skills = extra_skills
        self._gap = gap_milliseconds
        self._is_encoding = is_encoding
        self._chance = random.Random(seed)
        self._stamp = START
        self._decoding = 0
        self._to_do: list[tuple[str, dict[str, Any]]] = []
        self._sessions: dict[str, dict[str, Any]] = {}
        self._partition = Partition(0, self._decode, lambda key: True)

    @property
    def state(self) -> Workspace:
        """The engine's state."""
        return self._partition.engines[self.workspace_name].workspace

    @property
    def waiting(self) -> int:
        """How many contacts wait: nobody refuses an offer here, and nobody leaves."""
        return self.visits - self.offers

    @property
    def last_said(self) -> list[bytes]:
        """The decisions of the last step, as a router says them."""
        assert self.last is not None
        step = routing_events_pb2.RoutingStep.FromString(encode_step(self.last))
        return [decision.SerializeToString() for decision in step.decisions]

    def open(self) -> None:
        """Define the rules and the roster; everybody signs in and is available."""
        self.say("policy_proposed", policy=_policy(self._skills))
        for name in self.agents:
            self.say("agent_defined", agent=self._roster_agent(name))
        for name in self.agents:
            self.say("agent_signed_in", agent_id=name, session_id=name, desk_instance="desk")
            self._sessions[name] = {
                "agent_id": name,
                "session_number": self.state.step_number,
                "desk_instance": "desk",
            }
            self.say("presence_chosen", **self._sessions[name], presence=common.PRESENCE_AVAILABLE)

    def fill(self, waiting: int) -> None:
        """Let contacts arrive until so many wait."""
        while self.waiting < waiting:
            self.arrive()

    def drive(self, count: int, waiting: int) -> None:
        """Say about `count` things; contacts arrive when fewer than `waiting` wait."""
        until = self.said + count
        while self.said < until:
            if self._to_do and self.waiting >= waiting:
                index = self._chance.randrange(len(self._to_do))
                last = self._to_do.pop()
                if index < len(self._to_do):
                    last, self._to_do[index] = self._to_do[index], last
                self.say(last[0], **last[1])
            else:
                self.arrive()

    def arrive(self) -> None:
        """One more contact comes, and asks for a queue."""
        self.contacts += 1
        chance, contact_id = self._chance, f"contact-{self.contacts:08d}"
        self.say(
            "contact_arrived",
            contact_id=contact_id,
            channel=chance.choice(CHANNELS),
            entry_point="main",
            conversation_id=f"conversation-{self.contacts:08d}",
            key_id=f"key-{self.contacts:08d}",
        )
        requirements = []
        if chance.random() < self._extra_skills:
            requirements = [_need(chance.choice(self._skills[:EXTRA_SKILLS]), 1)]
        self.say(
            "queue_requested",
            contact_id=contact_id,
            queue=f"queue-{chance.randrange(len(self._skills)):03d}",
            priority=chance.choice((0, 0, 0, 1, 2)),
            requirements=requirements,
        )

    def say(self, name: str, **fields: Any) -> None:
        """Say one fact, and put into the list what agents and customers do next."""
        if self.said % HEARTBEAT_EVERY == HEARTBEAT_EVERY - 1 and self._sessions:
            self.said += 1
            self._apply("desk_heartbeat", {"desk_instance": "desk"})
        self.said += 1
        self._follow(self._apply(name, fields))

    def reset(self) -> None:
        """Begin to measure."""
        self.spent = dict.fromkeys(self.spent, 0)
        self.events, self.sizes = [], []

    def _apply(self, name: str, fields: dict[str, Any]) -> Decision:
        self._stamp += self._gap
        value = events.ContactEvent(
            event_id=f"event-{self.said:08d}",
            workspace=self.workspace_name,
            source="bench",
            **{name: fields},
        ).SerializeToString()
        if self.tape is not None:
            self.tape.append((self._stamp, value))
        offset = self._partition.position + 1
        raw = Raw(offset, self._stamp, self.workspace_name.encode(), value)
        began = time.thread_time_ns()
        decision = self._partition.take(raw)
        taken = time.thread_time_ns() - began
        assert isinstance(decision, Decision)
        self.last = decision.step
        self.spent["reading"] += self._decoding
        self.spent["deciding"] += taken - self._decoding
        self.events.append(taken - self._decoding)
        if self._is_encoding:
            began = time.thread_time_ns()
            self.sizes.append(len(encode_step(decision.step)))
            self.spent["writing"] += time.thread_time_ns() - began
        return decision

    def _decode(self, value: bytes, workspace: str) -> Any:
        began = time.thread_time_ns()
        decoded = decode(value, workspace)
        self._decoding = time.thread_time_ns() - began
        return decoded

    def _follow(self, decision: Decision) -> None:
        for decided in decision.step.decisions:
            said: Any = decided.decision
            kind = type(said).__name__
            self.visits += kind == "VisitOpened"
            self.offers += kind == "OfferMade"
            self.refused += kind == "RecordRejected"
            for name in TO_DO_OF.get(kind, ()):
                self._to_do.append((name, self._next(name, said)))

    def _next(self, name: str, said: Any) -> dict[str, Any]:
        if name == "contact_disconnected":
            return {"contact_id": said.contact_id, "by": events.PARTY_CUSTOMER}
        if name == "agent_connected":
            return {
                "contact_id": said.contact_id,
                "offer_id": said.offer_id,
                "agent_id": said.agent_id,
            }
        session = self._sessions[said.agent_id]
        if name == "wrap_up_finished":
            return {**session, "contact_id": said.contact_id, "disposition": DISPOSITION}
        return {**session, "offer_id": said.offer_id}

    def _roster_agent(self, name: str) -> policies.RosterAgent:
        chance = self._chance
        known = chance.sample(self._skills, min(SKILLS_OF_AGENT, len(self._skills)))
        return policies.RosterAgent(
            agent_id=name,
            skills=[_need(skill, chance.randint(1, 5)) for skill in known],
            voice_address=f"sip:{name}@127.0.0.1",
        )


def _need(skill: str, level: int) -> common.Requirement:
    return common.Requirement(skill=skill, level=level)


def _policy(skills: list[str]) -> policies.Policy:
    """Return a queue for each skill, and timers that nobody meets."""
    queues = [
        policies.Queue(name=f"queue-{n:03d}", requirements=[_need(skill, 1 + n % 3)])
        for n, skill in enumerate(skills)
    ]
    return policies.Policy(
        skills=[policies.Skill(name=skill) for skill in skills],
        queues=queues,
        entry_points=[
            policies.EntryPoint(
                name="main", channel=common.CHANNEL_CHAT, address="main", flow="main"
            )
        ],
        capacities=[
            policies.ChannelCapacity(
                channels=[common.CHANNEL_VOICE, common.CHANNEL_VIDEO], slots=1
            ),
            policies.ChannelCapacity(channels=[common.CHANNEL_CHAT], slots=2),
            policies.ChannelCapacity(channels=[common.CHANNEL_EMAIL], slots=1),
        ],
        dispositions=[DISPOSITION],
        timers=policies.Timers(
            offer_delivery_seconds=HOUR,
            offer_ring_seconds=HOUR,
            connect_seconds=HOUR,
            wrap_up_seconds=HOUR,
            flow_limit_seconds=10 * HOUR,
            queue_limit_seconds=24 * HOUR,
            connected_limit_seconds=24 * HOUR,
            text_sleep_seconds=24 * HOUR,
            desk_silence_seconds=HOUR,
            agent_grace_seconds=HOUR,
        ),
    )
