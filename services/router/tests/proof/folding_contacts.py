"""How a judge folds what is decided about contacts and visits."""

from typing import Any

from .eligible import add
from .known import Contact, World

WITH_AGENT = ("connected", "on_hold")
REMEMBERED = 3_000
LONGEST_RETURN = 20.0
"""Of any policy that the contact lived under."""


class ContactFolding:
    """Mixed into the folding."""

    world: World
    fact: Any
    reassigned: str
    declared: Any
    queue: Any
    release: Any
    prefer_nobody: Any

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
                contact.attributes |= self.declared(self.fact.attributes)
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
