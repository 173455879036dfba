"""A naive judge: folds the decisions, and looks at everybody and everything after each step."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from router.domain.policy import Policy, RosterAgent
from router.domain.record import Step

CALLS = {"voice", "video"}


@dataclass
class Waiting:
    contact_id: str
    channel: str
    queue: str
    needs: dict[str, int]
    priority: int
    since: int
    state: str = "queued"

    @property
    def rank(self) -> tuple[int, int, str]:
        return (-self.priority, self.since, self.contact_id)


@dataclass
class Oracle:
    """`judge` asserts I2 to I6 and the conservation law."""

    policy: Policy | None = None
    roster: dict[str, RosterAgent] = field(default_factory=dict)
    agents: dict[str, Any] = field(default_factory=dict)
    idle: dict[str, list[int]] = field(default_factory=dict)  # gathered, running since or -1
    visits: dict[str, Waiting] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    offers: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    live_offers: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    entered: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)
    holders: dict[str, str] = field(default_factory=dict)
    idle_then: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    offers_made: int = 0

    def judge(self, step: Step, fact: Any) -> None:
        assert step.step_number == self.steps + 1
        self.steps = step.step_number
        free = {agent_id for agent_id in self.agents if self._is_routable(agent_id)}
        loads = self._loads()
        made = []
        for decided in step.decisions:
            decision, now = decided.decision, decided.due_at or step.engine_time
            kind = type(decision).__name__
            getattr(self, f"on_{kind}", self._ignore)(decision, now, fact)
            if kind == "OfferMade":
                made.append(decision)
        self._loads_fit()
        self._nobody_is_left_alone()
        if len(made) == 1 and not any(d.due_at for d in step.decisions):
            self._choice_is_right(made[0], free, loads)

    # What happens.

    def _ignore(self, decision: Any, now: int, fact: Any) -> None: ...

    def on_PolicyActivated(self, d: Any, now: int, fact: Any) -> None:
        self.policy = fact.policy

    def on_RosterChanged(self, d: Any, now: int, fact: Any) -> None:
        if d.is_removed:
            del self.roster[d.agent_id], self.agents[d.agent_id], self.idle[d.agent_id]
        else:
            self.roster[d.agent_id] = fact.agent

    def on_AgentSessionStarted(self, d: Any, now: int, fact: Any) -> None:
        self.on_AgentStateChanged(d, now, fact)

    def on_AgentStateChanged(self, d: Any, now: int, fact: Any) -> None:
        agent = d.agent
        self.agents[agent.agent_id] = agent
        gathered = self.idle.setdefault(agent.agent_id, [0, -1])
        if not agent.not_routable_because and gathered[1] < 0:
            gathered[1] = now
        elif agent.not_routable_because and gathered[1] >= 0:
            gathered[:] = [gathered[0] + now - gathered[1], -1]

    def on_ContactOpened(self, d: Any, now: int, fact: Any) -> None:
        assert d.contact_id not in self.states, "opened twice"
        self.states[d.contact_id] = "in_flow"
        self.channels[d.contact_id] = d.channel

    def on_VisitOpened(self, d: Any, now: int, fact: Any) -> None:
        assert self.states[d.contact_id] in ("in_flow", "connected", "on_hold")
        needs = {need.skill: need.level for need in d.requirements.skills}
        self.visits[d.visit_id] = Waiting(
            d.contact_id, d.channel, d.queue, needs, d.priority, d.queued_since
        )
        if self.states[d.contact_id] in ("connected", "on_hold"):
            self._restart(self.holders.pop(d.contact_id), now)
        self.states[d.contact_id] = "queued"
        self.entered[d.queue] += 1

    def on_VisitEnded(self, d: Any, now: int, fact: Any) -> None:
        del self.visits[d.visit_id]
        self.exits[d.queue] += 1
        waiting = Counter(visit.queue for visit in self.visits.values())
        assert self.entered[d.queue] == self.exits[d.queue] + waiting[d.queue]

    def on_OfferMade(self, d: Any, now: int, fact: Any) -> None:
        self.offers_made += 1
        assert self.states[d.contact_id] == "queued"
        self.states[d.contact_id] = "offered"
        agent, visit = self.agents[d.agent_id], self.visits[d.visit_id]
        assert (agent.presence, agent.connection) == ("available", "connected"), "I5"
        assert agent.session_number == d.session_number
        assert self._serves(d.agent_id, visit), "I5"
        for other in self.visits.values():
            is_equal = (other.queue, other.needs, other.priority, other.channel) == (
                *(visit.queue, visit.needs, visit.priority, visit.channel),
            )
            if is_equal and self.states[other.contact_id] == "queued":
                assert other.since >= visit.since, "I6: an earlier equal was passed"
        self.idle_then = {agent_id: self._idle_since(agent_id) for agent_id in self.agents}
        self.offers[d.offer_id] = (d.contact_id, d.agent_id, d.visit_id)
        self.live_offers[d.offer_id] = "pending"

    def on_OfferEnded(self, d: Any, now: int, fact: Any) -> None:
        contact_id, agent_id, visit_id = self.offers[d.offer_id]
        was = self.live_offers[d.offer_id]
        if d.outcome == "accepted":
            assert self.live_offers[d.offer_id] == "pending"
            assert visit_id not in self.accepted, "I3"
            self.accepted[visit_id] = d.offer_id
            self.live_offers[d.offer_id] = "accepted"
        else:
            del self.live_offers[d.offer_id]
            if d.outcome != "connected":
                self.accepted.pop(visit_id, None)
                self.states[contact_id] = "queued"
        is_handled = d.outcome in ("accepted", "rejected", "timed_out", "failed")
        if is_handled or (was == "accepted" and d.outcome == "withdrawn"):
            self._restart(agent_id, now)

    def on_ContactConnecting(self, d: Any, now: int, fact: Any) -> None:
        self.states[d.contact_id] = "connecting"

    def on_ContactConnected(self, d: Any, now: int, fact: Any) -> None:
        assert self.states[d.contact_id] in ("offered", "connecting")
        self.states[d.contact_id] = "connected"
        self.holders[d.contact_id] = d.agent_id

    def on_ContactHeld(self, d: Any, now: int, fact: Any) -> None:
        assert self.states[d.contact_id] == "connected"
        self.states[d.contact_id] = "on_hold"

    def on_ContactResumed(self, d: Any, now: int, fact: Any) -> None:
        assert self.states[d.contact_id] == "on_hold"
        self.states[d.contact_id] = "connected"

    def on_WrapUpStarted(self, d: Any, now: int, fact: Any) -> None:
        assert self.states[d.contact_id] in ("connected", "on_hold")
        self.states[d.contact_id] = "wrap_up"

    def on_ContactTransferred(self, d: Any, now: int, fact: Any) -> None:
        self._restart(d.from_agent_id, now)

    def on_ContactEnded(self, d: Any, now: int, fact: Any) -> None:
        if d.contact_id in self.holders:
            self._restart(self.holders.pop(d.contact_id), now)
        assert self.states[d.contact_id] in ("in_flow", "queued", "wrap_up"), "ended from there"
        self.states[d.contact_id] = "ended"
        assert not any(visit.contact_id == d.contact_id for visit in self.visits.values())

    # What must hold.

    def _loads(self) -> dict[str, Counter[str]]:
        loads: dict[str, Counter[str]] = {}
        for agent_id, agent in self.agents.items():
            loads[agent_id] = Counter(held.channel for held in (*agent.contacts, *agent.offers))
        return loads

    def _loads_fit(self) -> None:
        assert self.policy is not None or not self.agents
        for agent_id, load in self._loads().items():
            assert load["voice"] + load["video"] <= 1, "I2: one call at most"
            for channels, slots in self._groups(agent_id):
                # A policy that allows less withdraws offers, and cuts no contact.
                if any(offer.channel in channels for offer in self.agents[agent_id].offers):
                    assert sum(load[c] for c in channels) <= slots, "I2"

    def _nobody_is_left_alone(self) -> None:
        loads = self._loads()
        queued = [v for v in self.visits.values() if self.states[v.contact_id] == "queued"]
        for agent_id in self.agents:
            if not self._is_routable(agent_id):
                continue
            for visit in queued:
                is_match = self._serves(agent_id, visit) and self._has_room(
                    agent_id, visit.channel, loads[agent_id]
                )
                assert not is_match, f"I6: {agent_id} is free and {visit.contact_id} waits"

    def _choice_is_right(self, made: Any, free: set[str], loads: dict[str, Counter[str]]) -> None:
        visit = self.visits[made.visit_id]
        if made.explanation.question == "agent_for_contact":
            fitting = [
                agent_id
                for agent_id in free & set(self.agents)
                if (agent_id == made.agent_id or self._is_routable(agent_id))
                and self._serves(agent_id, visit)
                and self._has_room(agent_id, visit.channel, loads[agent_id])
            ]
            if made.agent_id in fitting:
                best = min(fitting, key=lambda agent_id: (self.idle_then[agent_id], agent_id))
                assert made.agent_id == best, "the longest idle comes first"
            return
        for other in self.visits.values():
            if self.states[other.contact_id] != "queued":
                continue
            load = self._loads()[made.agent_id] - Counter([visit.channel])
            if self._serves(made.agent_id, other) and self._has_room(
                made.agent_id, other.channel, load
            ):
                assert visit.priority >= other.priority, "the higher priority comes first"
        is_best = made.explanation.best[0].id == made.contact_id
        assert is_best

    def _serves(self, agent_id: str, visit: Waiting) -> bool:
        agent = self.roster[agent_id]
        skills = {skill.skill: skill.level for skill in agent.skills}
        if agent.queues and visit.queue not in agent.queues:
            return False
        if visit.channel == "voice" and not agent.voice_address:
            return False
        return all(skills.get(skill, 0) >= level for skill, level in visit.needs.items())

    def _groups(self, agent_id: str) -> list[tuple[set[str], int]]:
        assert self.policy is not None
        own = self.roster[agent_id].capacities
        said = {c for group in own for c in group.channels}
        groups = [(set(map(str, group.channels)), group.slots) for group in own]
        for group in self.policy.capacities:
            groups.append(({str(c) for c in group.channels if c not in said}, group.slots))
        return groups

    def _has_room(self, agent_id: str, channel: str, load: Counter[str]) -> bool:
        if channel in CALLS and load["voice"] + load["video"]:
            return False
        return any(
            channel in channels and sum(load[c] for c in channels) < slots
            for channels, slots in self._groups(agent_id)
        )

    def _is_routable(self, agent_id: str) -> bool:
        return not self.agents[agent_id].not_routable_because

    def _idle_since(self, agent_id: str) -> int:
        """Lower is longer idle; only comparable among those whose time runs."""
        gathered, since = self.idle.get(agent_id, [0, -1])
        return since - gathered

    def _restart(self, agent_id: str, now: int) -> None:
        running = self.idle[agent_id][1]
        self.idle[agent_id] = [0, now if running >= 0 else -1]
