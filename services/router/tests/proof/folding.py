"""Folds one step after the other; what a step may not say there fails at once (I3, I4)."""

from typing import Any

from .eligible import add, barrier, could_ever, serves
from .known import ANY, Agent, Contact, World

WITH_AGENT = ("connected", "on_hold")
IN_QUEUE = ("queued", "offered", "connecting")
KEEPING = ("capacity", "supervisor")
REMEMBERED = 3_000
LONGEST_RETURN = 20.0
"""Of any policy that the contact lived under."""


class Folding:
    """`fold` takes a decision at its instant; `fact` is what the step is about."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fact: Any = None
        self.is_fact_in = True
        self.reassigned = ""

    def begin(self, step: Any, fact: Any) -> None:
        self.world.step = step.step_number
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
        world, before = self.world, self.world.policy
        world.policy = self.fact.policy
        world.memo.clear()
        for contact in world.contacts.values():
            if before is not None and contact.queue and contact.visit:
                contact.ring = min(contact.ring, len(world.policy.queue(contact.queue).rings))
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

    # Contacts and visits.

    def on_ContactOpened(self, d: Any, now: int) -> None:
        world = self.world
        assert d.contact_id not in world.contacts and d.contact_id not in world.over, "twice"
        contact = Contact(d.contact_id, str(d.channel))
        contact.asked = self.no_needs()
        world.contacts[d.contact_id] = contact
        before = world.contacts.get(d.lineage.previous_id) or world.over.get(d.lineage.previous_id)
        if d.opened_by in ("transfer", "callback", "consult", "task"):
            assert before is not None, "no lineage"
            contact.attributes = dict(before.attributes)
            contact.asked, contact.asked_priority = before.asked, before.asked_priority
            contact.places = {} if d.opened_by == "consult" else dict(before.places)
            if d.opened_by in ("transfer", "consult"):
                contact.asked = self.fact.requirements
                contact.direct = self.fact.to_agent_id
            if d.opened_by == "consult":
                contact.asks_for, before.consult = before.contact_id, contact.contact_id
                contact.asked_by = self.fact.agent_id
        elif d.opened_by == "arrival":
            contact.attributes = self.declared(self.fact.attributes)
        elif before is not None and before.state != "ended":
            contact.attributes = dict(before.attributes)
        elif before is not None:
            keeps = world.policy.returning.keeps_place_seconds * 1000
            if now - before.ended_at <= keeps:
                contact.places = dict(before.places)

    def no_needs(self) -> Any:
        from router.domain.values import NO_NEEDS

        return NO_NEEDS

    def on_CustomerBound(self, d: Any, now: int) -> None:
        self.world.contacts[d.contact_id].attributes |= self.declared((("tier", d.tier),))

    def on_VisitOpened(self, d: Any, now: int) -> None:
        world, contact = self.world, self.world.contacts[d.contact_id]
        assert contact.state in ("in_flow", "queued", *WITH_AGENT), f"I4: {contact.state}"
        assert not contact.visit, "I4: two visits at a time"
        if contact.state in WITH_AGENT:
            assert d.because in ("agent_gone", "supervisor"), d
            assert contact.queue == d.queue
            self.front(contact, d, now)
            self.release(contact, now)
        else:
            self.entering(contact, d, now)
        contact.queue, contact.visit, contact.ring = d.queue, d.visit_id, 0
        contact.entered, contact.since, contact.priority = now, d.queued_since, d.priority
        contact.prefers, contact.until = d.preferred_agent_id, d.preferred_until
        rules = world.policy.queue(d.queue)
        contact.over = 0
        if contact.prefers and contact.direct != contact.prefers:
            contact.over = 1 if rules.preferred and rules.preferred.is_over_capacity else 0
            longest = max(rules.preferred.seconds if rules.preferred else 0, LONGEST_RETURN)
            assert contact.until <= now + 1000 * longest
        assert d.requirements == add(rules.requirements, contact.ruled), "what it needs"
        world.visits[d.visit_id] = d.contact_id
        world.entered[d.queue] += 1
        world.in_queue[d.queue] += 1
        self.queue(contact)

    def entering(self, contact: Contact, d: Any, now: int) -> None:
        policy = self.world.policy
        since = contact.places.setdefault(d.queue, now)
        assert d.queued_since == since, "the place in line is kept"
        held = [r for r in policy.queue(d.queue).rules if r.holds(contact.attributes)]
        contact.ruled = contact.asked
        for rule in held:
            contact.ruled = add(contact.ruled, rule.needs)
        initial = {str(c.channel): c.priority for c in policy.channel_priorities}
        ruled = sum(rule.priority for rule in held)
        priority = contact.asked_priority + initial.get(contact.channel, 0) + ruled
        assert d.priority == priority, (d, priority)

    def front(self, contact: Contact, d: Any, now: int) -> None:
        for other in self.world.queued.values():
            if (other.queue, other.priority) == (d.queue, d.priority) and not other.prefers:
                assert d.queued_since < other.since, "at the front of its priority"

    def queue(self, contact: Contact) -> None:
        contact.state = "queued"
        self.world.queued[contact.contact_id] = contact
        self.end_misfit(contact)
        if contact.contact_id == self.reassigned:
            self.alone_for(contact)

    def alone_for(self, contact: Contact) -> None:
        """A supervisor gave it to this agent, full or not."""
        seconds = self.world.policy.timers.direct_seconds
        contact.prefers, contact.over = self.fact.agent_id, ANY
        contact.direct, contact.until = self.fact.agent_id, self.world.now + round(seconds * 1000)

    def on_RingOpened(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        rings = self.world.policy.queue(contact.queue).rings
        assert d.ring == contact.ring + 1, "the pool only grows"
        assert contact.visit == d.visit_id
        assert now - contact.entered >= rings[d.ring - 1].after_seconds * 1000
        if contact.prefers and contact.until <= now:
            self.prefer_nobody(contact)
        contact.ring = d.ring

    def on_VisitEnded(self, d: Any, now: int) -> None:
        world, contact = self.world, self.world.contacts[d.contact_id]
        assert world.visits.pop(d.visit_id) == d.contact_id
        assert contact.visit == d.visit_id and contact.queue == d.queue
        assert contact.state == ("connected" if d.exit == "answered" else "queued"), d
        contact.visit = ""
        self.prefer_nobody(contact)
        world.exits[d.queue] += 1
        world.in_queue[d.queue] -= 1
        assert world.entered[d.queue] == world.exits[d.queue] + world.in_queue[d.queue]

    def on_ContactSentToFlow(self, d: Any, now: int) -> None:
        self.leave(self.world.contacts[d.contact_id], "in_flow")

    def on_CallbackPutOff(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert d.attempts < self.world.policy.callbacks.attempts
        assert d.until >= now + self.world.policy.callbacks.gap_seconds * 1000
        self.leave(contact, "in_flow")

    def leave(self, contact: Contact, state: str) -> None:
        assert contact.state == "queued" and not contact.visit, contact
        contact.state = state
        del self.world.queued[contact.contact_id]

    def on_ContactConnecting(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert contact.state == "offered" and contact.accepted == d.offer_id
        contact.state = "connecting"

    def on_ContactConnected(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        expected = "connecting" if contact.channel in ("voice", "video") else "offered"
        assert contact.state == expected, contact
        contact.state, contact.holder = "connected", d.agent_id

    def on_ContactHeld(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert contact.state == "connected" and contact.holder == d.agent_id
        contact.state, contact.held_for = "on_hold", d.interrupted_by
        if d.interrupted_by:
            breaker = self.world.contacts[d.interrupted_by]
            assert any(
                str(i.channel) == breaker.channel and contact.channel in map(str, i.breaks_into)
                for i in self.world.policy.interrupts
            ), "the matrix does not say so"

    def on_ContactResumed(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert contact.state == "on_hold" and contact.holder == d.agent_id
        assert bool(contact.held_for) or not d.is_after_interrupt
        contact.state, contact.held_for = "connected", ""

    def on_WrapUpStarted(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert contact.state in WITH_AGENT and contact.holder == d.agent_id
        contact.state = "wrap_up"

    def on_ContactTransferred(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert contact.state in WITH_AGENT and contact.holder == d.from_agent_id
        consulted = self.world.contacts.get(d.new_contact_id)
        if consulted is None:
            self.world.agents[d.from_agent_id].restart(now)
        else:
            assert consulted.state in WITH_AGENT and consulted.holder == d.to_agent_id

    def on_ConsultStarted(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert contact.state == "on_hold" and contact.holder == d.agent_id

    def on_ConsultFinished(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        assert contact.consult == d.consult_contact_id, "I4: a consult ends once"
        contact.consult = ""
        if d.is_transfer:
            self.world.contacts[d.consult_contact_id].asks_for = ""

    def on_ConferenceOpened(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        consult = self.world.contacts[d.consult_contact_id]
        assert contact.consult == d.consult_contact_id
        assert contact.state == "connected" and consult.state in WITH_AGENT
        assert (contact.holder, consult.holder) == (d.agent_id, d.consulted_agent_id)

    def on_ContactPrioritySet(self, d: Any, now: int) -> None:
        contact = self.world.contacts[d.contact_id]
        contact.asked_priority += d.priority - contact.priority
        contact.priority = d.priority

    def on_ContactEnded(self, d: Any, now: int) -> None:
        world, contact = self.world, self.world.contacts.pop(d.contact_id)
        assert contact.state in ("in_flow", "queued", "wrap_up"), f"I4: from {contact.state}"
        assert not contact.visit, "I4: its visit is open"
        assert not contact.offers and not contact.accepted
        assert d.agent_id == contact.holder
        world.queued.pop(d.contact_id, None)
        if contact.holder:
            self.release(contact, now)
        contact.state, contact.ended_at = "ended", now
        world.over[d.contact_id] = contact
        if len(world.over) > REMEMBERED:
            del world.over[next(iter(world.over))]

    def on_CallbackTaken(self, d: Any, now: int) -> None: ...

    def on_TaskTaken(self, d: Any, now: int) -> None: ...

    def on_MessageReceived(self, d: Any, now: int) -> None:
        assert d.contact_id in self.world.contacts, "I4: the end is last"

    def on_FirstReplyMade(self, d: Any, now: int) -> None:
        assert self.world.contacts[d.contact_id].state in WITH_AGENT

    def on_WaitEstimated(self, d: Any, now: int) -> None:
        assert 0 <= d.low_seconds <= d.high_seconds

    # Offers.

    def on_OfferMade(self, d: Any, now: int) -> None:
        world = self.world
        contact, agent = world.contacts[d.contact_id], world.agents[d.agent_id]
        assert contact.state in ("queued", "offered") and contact.visit == d.visit_id
        assert not contact.accepted, "I3: offered while it is accepted"
        assert d.agent_id not in contact.offers.values(), "offered twice to one agent"
        world.queued.pop(d.contact_id, None)
        contact.state = "offered"
        contact.offers[d.offer_id] = d.agent_id
        world.live[d.offer_id] = (d.contact_id, d.agent_id)
        agent.items[d.contact_id] = (contact.channel, d.is_over_capacity)
        world.turns += 1
        agent.turn = world.turns

    def on_OfferRinging(self, d: Any, now: int) -> None:
        assert d.offer_id in self.world.live
        seconds = self.world.policy.timers.offer_ring_seconds
        assert d.rings_until >= now
        assert seconds

    def on_OfferEnded(self, d: Any, now: int) -> None:
        world = self.world
        contact_id, agent_id = world.live[d.offer_id]
        contact, agent = world.contacts[contact_id], world.agents[agent_id]
        was_accepted = contact.accepted == d.offer_id
        if d.outcome == "accepted":
            assert not contact.accepted, "I3"
            del contact.offers[d.offer_id]
            contact.accepted, contact.holder = d.offer_id, agent_id
            agent.hand[contact_id] = contact.channel
            agent.restart(now)
            return
        del world.live[d.offer_id]
        if was_accepted:
            assert d.outcome in ("connected", "failed", "withdrawn"), d
            contact.accepted = ""
            if d.outcome != "connected":
                self.release(contact, now)
        else:
            assert d.outcome in ("rejected", "timed_out", "rescinded", "withdrawn"), d
            del contact.offers[d.offer_id], agent.items[contact_id]
            is_pulled = type(self.fact).__name__ == "ContactPulledBack"
            if d.outcome in ("rejected", "timed_out") or (
                is_pulled and d.withdrawn_because == "supervisor"
            ):
                agent.restart(now)
        if d.outcome in ("connected", "rescinded"):
            return
        if not contact.offers:
            if contact.prefers == agent_id and d.withdrawn_because not in KEEPING:
                self.prefer_nobody(contact)
            self.queue(contact)

    def release(self, contact: Contact, now: int) -> None:
        agent = self.world.agents[contact.holder]
        agent.restart(now)
        del agent.items[contact.contact_id], agent.hand[contact.contact_id]
        contact.holder = contact.held_for = ""
