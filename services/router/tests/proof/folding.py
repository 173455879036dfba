"""Folds one step after the other; what a step may not say there fails at once (I3, I4)."""

from typing import Any

from .eligible import barrier, could_ever, serves
from .folding_contacts import ContactFolding
from .folding_offers import OfferFolding
from .known import ANY, Agent, Contact, World


class Folding(ContactFolding, OfferFolding):
    """`fold` takes a decision at its instant; `fact` is what the step is about."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fact: Any = None
        self.is_fact_in = True
        self.reassigned = ""
        self.version = 1

    def begin(self, step: Any, fact: Any) -> None:
        self.world.step = step.step_number
        self.version = step.engine_version
        self.fact = fact
        kinds = {type(d.decision).__name__ for d in step.decisions}
        self.is_fact_in = "RecordRejected" in kinds
        self.reassigned = ""

    def fold(self, decision: Any, due_at: int | None, now: int) -> None:
        self.world.now = now
        if due_at is None:
            self.take_fact()
        getattr(self, f"on_{type(decision).__name__}")(decision, now)

    def take_fact(self) -> None:
        """What the fact says that no decision repeats, once the fact is not refused."""
        if self.is_fact_in:
            return
        self.is_fact_in = True
        fact, world = self.fact, self.world
        match type(fact).__name__:
            case "QueueRequested":
                contact = world.contacts[fact.contact_id]
                contact.asked, contact.asked_priority = fact.requirements, fact.priority
                contact.attributes |= self.declared(fact.attributes)
            case "ContactReassigned":
                self.reassigned = fact.contact_id
                if fact.contact_id in world.queued:
                    self.alone_for(world.contacts[fact.contact_id])
            case "AgentDefined":
                agent = world.agents.get(fact.agent.agent_id)
                if agent is None:
                    world.agents[fact.agent.agent_id] = Agent(fact.agent.agent_id, fact.agent)
                else:
                    agent.roster = fact.agent
            case "AgentAdjusted":
                agent = world.agents[fact.agent.agent_id]
                agent.adjustment, agent.adjusted = fact.agent, fact.fields
        if type(fact).__name__ in ("AgentDefined", "AgentAdjusted"):
            world.memo.clear()

    def end(self, now: int) -> None:
        """What holds from the step's end on."""
        self.world.now = now
        self.take_fact()

    def declared(self, attributes: Any) -> dict[str, Any]:
        known = {a.name: a.enum_values for a in self.world.policy.attributes}
        return {
            name: value
            for name, value in attributes
            if name in known
            and (value in known[name] if isinstance(value, str) else not known[name])
        }

    # Rules and roster.

    def on_PolicyActivated(self, d: Any, now: int) -> None:
        world = self.world
        world.policy = self.fact.policy
        world.memo.clear()
        for contact in world.contacts.values():
            is_offered = bool(contact.offers) and not contact.accepted
            if contact.state == "queued" or (is_offered and self.version >= 3):
                self.keep_rings(contact)
        self.end_misfits()

    def on_RosterChanged(self, d: Any, now: int) -> None:
        world = self.world
        world.memo.clear()
        if d.is_removed:
            agent = world.agents.pop(d.agent_id)
            assert not agent.state.contacts and not agent.state.offers, "removed with contacts"
            return
        agent = world.agents[d.agent_id]
        assert agent.adjusted == d.adjusted_fields or not d.adjusted_fields
        agent.adjusted, agent.adjusted_until = d.adjusted_fields, d.adjusted_until
        self.end_misfits()

    def on_QueueStateChanged(self, d: Any, now: int) -> None:
        if d.is_paused:
            self.world.paused[d.queue] = d.until
        else:
            del self.world.paused[d.queue]

    def on_PolicyRefused(self, d: Any, now: int) -> None: ...

    def on_EngineActivated(self, d: Any, now: int) -> None: ...

    def on_RecordRejected(self, d: Any, now: int) -> None: ...

    # Agents.

    def on_AgentSessionStarted(self, d: Any, now: int) -> None:
        self.on_AgentStateChanged(d, now)

    def on_AgentStateChanged(self, d: Any, now: int) -> None:
        agent = self.world.agents[d.agent.agent_id]
        agent.state = d.agent
        is_routable = not d.agent.not_routable_because
        if is_routable and agent.since < 0:
            agent.since = now
        elif not is_routable and agent.since >= 0:
            agent.gathered, agent.since = agent.gathered + now - agent.since, -1
        if barrier(agent) in ("offline", "gone"):
            for contact in self.world.queued.values():
                if contact.prefers == agent.agent_id:
                    self.prefer_nobody(contact)

    def end_misfits(self) -> None:
        """Nobody waits alone for an agent who may not have it any more."""
        for contact in self.world.queued.values():
            self.end_misfit(contact)

    def end_misfit(self, contact: Contact) -> None:
        agent = self.world.agents.get(contact.prefers)
        if agent is None:
            return
        is_fit = serves(self.world, agent, contact.channel)
        if contact.direct != contact.prefers:
            is_fit = is_fit and could_ever(self.world, agent, contact)
        if not is_fit:
            self.prefer_nobody(contact)

    def prefer_nobody(self, contact: Contact) -> None:
        contact.prefers = contact.direct = ""
        contact.until = contact.over = 0

    def keep_rings(self, contact: Contact) -> None:
        """Who is in line has no more rings open than their queue has."""
        if contact.visit:
            contact.ring = min(contact.ring, len(self.world.policy.queue(contact.queue).rings))

    def queue(self, contact: Contact) -> None:
        contact.state = "queued"
        self.keep_rings(contact)
        self.world.queued[contact.contact_id] = contact
        self.end_misfit(contact)
        if contact.contact_id == self.reassigned:
            self.alone_for(contact)

    def alone_for(self, contact: Contact) -> None:
        """A supervisor gave it to this agent, full or not."""
        seconds = self.world.policy.timers.direct_seconds
        contact.prefers, contact.over = self.fact.agent_id, ANY
        contact.direct, contact.until = self.fact.agent_id, self.world.now + round(seconds * 1000)

    def release(self, contact: Contact, now: int) -> None:
        agent = self.world.agents[contact.holder]
        agent.restart(now)
        del agent.items[contact.contact_id], agent.hand[contact.contact_id]
        contact.holder = contact.held_for = ""
