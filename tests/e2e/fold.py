"""An independent fold of one workspace's steps: what each contact, visit, offer and agent is.

It shares no code with the services: what it finds wrong is said as (invariant, sentence).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contact_center.v1 import policy_pb2, routing_events_pb2

R = routing_events_pb2
# The contact table of docs/glossary.md: which states a decision may find.
ALLOWED = {
    "visit_opened": {"IN_FLOW", "QUEUED", "CONNECTED", "ON_HOLD"},
    "offer_made": {"QUEUED"},
    "contact_connecting": {"OFFERED"},
    "contact_connected": {"OFFERED", "CONNECTING"},
    "contact_held": {"CONNECTED"},
    "contact_resumed": {"ON_HOLD"},
    "wrap_up_started": {"CONNECTED", "ON_HOLD"},
    "contact_ended": {"IN_FLOW", "QUEUED", "OFFERED", "CONNECTING", "WRAP_UP"},
}
BECOMES = {
    "visit_opened": "QUEUED",
    "offer_made": "OFFERED",
    "contact_connecting": "CONNECTING",
    "contact_connected": "CONNECTED",
    "contact_held": "ON_HOLD",
    "contact_resumed": "CONNECTED",
    "wrap_up_started": "WRAP_UP",
    "contact_ended": "ENDED",
}
Finding = tuple[str, str]


@dataclass(slots=True)
class Contact:
    channel: int
    state: str = "IN_FLOW"
    agent: str = ""
    visit: str = ""
    cause: str = ""


@dataclass(slots=True)
class Visit:
    contact: str
    queue: str
    requirements: dict[str, int]
    priority: int
    since: float
    opened_at: float
    preferred: str = ""
    """The agent who comes first, alone, until then (engine time)."""
    preferred_until: float = 0.0
    exit: str = ""
    ended_at: float = 0.0
    accepted: str = ""
    told: tuple[float, float, float] | None = None
    """When a wait was told, and the low and the high end in seconds."""

    def what_came_of_it(self) -> str:
        """Return what came of the wait that was told, as docs/metrics.md names it."""
        if self.told is None or not self.exit:
            return "open"
        at, low, high = self.told
        wait = round(self.ended_at - at, 3)
        if self.exit != "answered":
            return "left_later" if wait > high else "left"
        return "later" if wait > high else "sooner" if wait < low else "in_range"


@dataclass(slots=True)
class Offer:
    contact: str
    visit: str
    agent: str
    channel: int
    is_direct: bool
    """Named by whoever transferred or asked: the queue's requirements do not hold for it."""
    state: str = "PENDING"


@dataclass(slots=True)
class WorkspaceFold:
    """Apply steps in order with `apply`; read `contacts`, `visits`, `offers`, `findings`."""

    workspace: str
    steps: int = 0
    now: float = 0.0
    """Engine time of the last step."""
    contacts: dict[str, Contact] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    agents: dict[str, Any] = field(default_factory=dict)
    roster: dict[str, policy_pb2.RosterAgent] = field(default_factory=dict)
    policy: policy_pb2.Policy = field(default_factory=policy_pb2.Policy)
    rejected: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    live: set[str] = field(default_factory=set)

    def apply(self, step: Any, event: Any | None) -> None:
        """Take one step and the event that caused it (None: bytes that nobody understands)."""
        if step.step_number != self.steps + 1:
            self._find("I4", f"step {step.step_number} follows {self.steps}")
        self.steps = step.step_number
        self.now = _seconds(step.engine_time)
        touched: set[str] = set()
        for decision in step.decisions:
            kind = decision.WhichOneof("decision")
            body = getattr(decision, kind)
            self._judge_contact(kind, body, step)
            handler = getattr(self, f"_on_{kind}", None)
            if handler is not None:
                handler(body, step, event)
            if kind == "offer_made":
                touched.add(body.offer_id)
        for offer_id in touched:
            self._check_offer(self.offers[offer_id], step)
        self._check_loads(step)

    def _find(self, invariant: str, sentence: str) -> None:
        self.findings.append((invariant, f"{self.workspace} step {self.steps}: {sentence}"))

    def _judge_contact(self, kind: str, body: Any, step: Any) -> None:
        if kind not in ALLOWED:
            return
        contact = self.contacts.get(body.contact_id)
        if contact is None:
            self._find("I4", f"{kind} of a contact that was never opened: {body.contact_id}")
            return
        if contact.state not in ALLOWED[kind]:
            self._find("I4", f"{kind} finds {body.contact_id} {contact.state}")
        if kind == "visit_opened" and contact.state in ("CONNECTED", "ON_HOLD"):
            contact.agent = ""
        contact.state = BECOMES[kind]

    def _on_contact_opened(self, body: Any, step: Any, event: Any) -> None:
        if body.contact_id in self.contacts:
            self._find("I1", f"contact {body.contact_id} is opened twice")
        self.contacts[body.contact_id] = Contact(channel=body.channel)
        self.live.add(body.contact_id)

    def _on_contact_ended(self, body: Any, step: Any, event: Any) -> None:
        contact = self.contacts[body.contact_id]
        if contact.cause:
            self._find("I1", f"contact {body.contact_id} ends twice")
        contact.cause = R.ContactCause.Name(body.cause).removeprefix("CONTACT_CAUSE_").lower()
        contact.agent = ""
        self.live.discard(body.contact_id)

    def _on_visit_opened(self, body: Any, step: Any, event: Any) -> None:
        if body.visit_id in self.visits:
            self._find("law", f"visit {body.visit_id} is opened twice")
        contact = self.contacts[body.contact_id]
        contact.visit = body.visit_id
        self.waiting.add(body.visit_id)
        self.visits[body.visit_id] = Visit(
            contact=body.contact_id,
            queue=body.queue,
            requirements={r.skill: r.level for r in body.requirements},
            priority=body.priority,
            since=_seconds(body.queued_since),
            opened_at=_seconds(step.stamped_at),
            preferred=body.preferred_agent_id,
            preferred_until=_seconds(body.preferred_until),
        )

    def _on_visit_ended(self, body: Any, step: Any, event: Any) -> None:
        visit = self.visits.get(body.visit_id)
        if visit is None or visit.exit:
            self._find("law", f"visit {body.visit_id} ends twice or never began")
            return
        visit.exit = R.VisitExit.Name(body.exit).removeprefix("VISIT_EXIT_").lower()
        visit.ended_at = _seconds(step.stamped_at)
        self.waiting.discard(body.visit_id)

    def _on_wait_estimated(self, body: Any, step: Any, event: Any) -> None:
        visit = self.visits.get(body.visit_id)
        if visit is None or visit.exit or visit.contact != body.contact_id:
            self._find("wait", f"a wait is told for {body.visit_id}, which does not wait")
            return
        if not 0 <= body.low_seconds <= body.high_seconds or not 0 < body.coverage < 1:
            self._find("wait", f"no range: {body.low_seconds} to {body.high_seconds}")
        if visit.told is None:
            visit.told = (_seconds(step.stamped_at), body.low_seconds, body.high_seconds)

    def _on_offer_made(self, body: Any, step: Any, event: Any) -> None:
        if body.offer_id in self.offers:
            self._find("I3", f"offer {body.offer_id} is made twice")
        self.offers[body.offer_id] = Offer(
            contact=body.contact_id,
            visit=body.visit_id,
            agent=body.agent_id,
            channel=body.channel,
            is_direct=body.is_direct,
        )
        self.contacts[body.contact_id].agent = body.agent_id

    def _on_offer_ended(self, body: Any, step: Any, event: Any) -> None:
        offer = self.offers[body.offer_id]
        outcome = R.OfferOutcome.Name(body.outcome).removeprefix("OFFER_OUTCOME_")
        allowed = {"ACCEPTED": {"PENDING"}, "CONNECTED": {"ACCEPTED"}, "FAILED": {"ACCEPTED"}}
        live = allowed.get(outcome, {"PENDING", "ACCEPTED"})
        if offer.state not in live:
            self._find("I3", f"offer {body.offer_id} is {offer.state} and becomes {outcome}")
        offer.state = outcome
        visit = self.visits[offer.visit]
        contact = self.contacts[offer.contact]
        if outcome == "ACCEPTED":
            if visit.accepted:
                self._find("I3", f"two accepted offers for visit {offer.visit}")
            visit.accepted = body.offer_id
        elif outcome != "CONNECTED":
            visit.accepted = "" if visit.accepted == body.offer_id else visit.accepted
            contact.agent = ""
            if contact.state in ("OFFERED", "CONNECTING"):
                contact.state = "QUEUED"

    def _on_agent_session_started(self, body: Any, step: Any, event: Any) -> None:
        before = self.agents.get(body.agent.agent_id)
        if before is not None and body.agent.session_number <= before.session_number:
            self._find("I4", f"session of {body.agent.agent_id} goes back")
        self.agents[body.agent.agent_id] = body.agent

    def _on_agent_state_changed(self, body: Any, step: Any, event: Any) -> None:
        self.agents[body.agent.agent_id] = body.agent

    def _on_policy_activated(self, body: Any, step: Any, event: Any) -> None:
        self.policy = event.policy_proposed.policy

    def _on_roster_changed(self, body: Any, step: Any, event: Any) -> None:
        if body.is_removed:
            self.roster.pop(body.agent_id, None)
        elif event.WhichOneof("fact") == "agent_defined":
            self.roster[body.agent_id] = event.agent_defined.agent

    def _on_record_rejected(self, body: Any, step: Any, event: Any) -> None:
        name = R.RejectedBecause.Name(body.because).removeprefix("REJECTED_BECAUSE_").lower()
        self.rejected[name] += 1

    def _check_offer(self, offer: Offer, step: Any) -> None:
        agent = self.agents.get(offer.agent)
        visit = self.visits[offer.visit]
        if agent is None or agent.connection != R.CONNECTION_CONNECTED or agent.presence != 2:
            self._find("I5", f"offer to {offer.agent}, who is not available and connected")
        rostered = self.roster.get(offer.agent)
        skills = {s.skill: s.level for s in rostered.skills} if rostered else {}
        needs = {} if offer.is_direct else visit.requirements
        lacking = [k for k, level in needs.items() if skills.get(k, 0) < level]
        if lacking or rostered is None:
            self._find("I5", f"offer to {offer.agent}, who lacks {lacking or 'a roster entry'}")
        queues = () if rostered is None or offer.is_direct else rostered.queues
        if queues and visit.queue not in queues:
            self._find("I5", f"offer to {offer.agent}, who does not serve {visit.queue}")

    def loads(self) -> dict[str, Counter[int]]:
        """Return what each agent holds now, live offers counted, by channel."""
        held: dict[str, Counter[int]] = {}
        for contact_id in self.live:
            contact = self.contacts[contact_id]
            if contact.agent:
                held.setdefault(contact.agent, Counter())[contact.channel] += 1
        return held

    def slots(self, agent_id: str) -> Iterator[tuple[tuple[int, ...], int]]:
        """Yield the agent's channel groups with their slots: the roster's before the policy's."""
        rostered = self.roster.get(agent_id)
        own = list(rostered.capacities) if rostered else []
        said = {c for group in own for c in group.channels}
        for group in own:
            yield tuple(group.channels), group.slots
        for group in self.policy.capacities:
            channels = tuple(c for c in group.channels if c not in said)
            if channels:
                yield channels, group.slots

    def _check_loads(self, step: Any) -> None:
        for agent_id, load in self.loads().items():
            for channels, slots in self.slots(agent_id):
                total = sum(load[c] for c in channels)
                if total > slots:
                    self._find("I2", f"{agent_id} holds {total} of {slots} on {channels}")
            if load[1] and load[2]:
                self._find("I2", f"{agent_id} holds voice and video")


def _seconds(stamp: Any) -> float:
    return float(stamp.seconds) + stamp.nanos / 1e9
