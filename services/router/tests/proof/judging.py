"""A naive judge: looks at everybody and everything after each step (I2, I5, I6)."""

from typing import Any

from .eligible import (
    barrier,
    could_ever,
    groups,
    has_room,
    is_free_for,
    is_interrupted,
    order_key,
    preference,
    rank,
    ring_of,
    serves,
)
from .folding import Folding
from .known import ANY, CALLS, Agent, Contact, World
from .reacting import Reacting


class Judge:
    """`judge` asserts what must hold; it knows the steps and the facts, and nothing of the engine.

    Beside the invariants: each choice is the best by the rules.
    """

    def __init__(self) -> None:
        self.world = World()
        self.folding = Folding(self.world)
        self.reacting = Reacting(self.world)
        self.made = 0
        self.agents_chosen = self.contacts_chosen = self.over = 0
        self.unsteady: set[str] = set()
        self.left: list[Contact] = []

    def judge(self, step: Any, fact: Any) -> None:
        """Take the step and what it answers to."""
        world, before = self.world, self.world.policy
        assert step.step_number == world.step + 1, "I4: no gap"
        self.folding.begin(step, fact)
        self.look_through(step)
        taken: list[Any] = []
        for decided in step.decisions:
            decision = decided.decision
            now = step.engine_time if decided.due_at is None else decided.due_at
            kind = type(decision).__name__
            if kind == "OfferMade":
                world.now = now
                if decided.due_at is None:
                    self.folding.take_fact()
                self.weigh(decision, now)
            elif kind == "OfferEnded" and decision.outcome in ("accepted", "connected"):
                taken.append(decision)
            self.folding.fold(decision, decided.due_at, now)
        self.folding.end(step.engine_time)
        self.reacting.judge(step, fact)
        for agent in world.agents.values():
            if agent.state is not None:
                self.told_the_truth(agent)
        for offer in taken:
            self.others_are_on_hold(offer)
        self.nobody_is_left_alone()
        self.rings_are_open()
        if step.engine_version >= 3 and world.policy is not before:
            self.offers_follow_the_policy()

    def look_through(self, step: Any) -> None:
        """Note who changed by more than an offer."""
        self.unsteady = set()
        for decided in step.decisions:
            decision = decided.decision
            match type(decision).__name__:
                case "AgentStateChanged":
                    if decision.because != "offer":
                        self.unsteady.add(decision.agent.agent_id)
                case "AgentSessionStarted":
                    self.unsteady.add(decision.agent.agent_id)
                case "OfferEnded" | "RosterChanged":
                    self.unsteady.add(decision.agent_id)

    def weigh(self, d: Any, now: int) -> None:
        """Is the offer allowed, and the best?"""
        self.made += 1
        world = self.world
        contact, agent = world.contacts[d.contact_id], world.agents[d.agent_id]
        assert not barrier(agent), f"I5: offered to one who is {barrier(agent)}"
        assert agent.state.session_number == d.session_number, "I5"
        assert contact.queue not in world.paused, "offered from a paused queue"
        assert serves(world, agent, contact.channel), "I5: the channel"
        alone = contact.prefers and contact.until > now
        if alone and contact.prefers != d.agent_id:
            aim = world.agents[contact.prefers]
            # Before version 3 a contact could be reassigned to who is offline, until a next look.
            is_late = self.folding.version < 3 and barrier(aim) == "offline"
            assert is_late or contact.prefers in self.unsteady, "it waits for another alone"
            self.folding.prefer_nobody(contact)
            alone = False
        over = contact.over if alone else 0
        assert has_room(world, agent, contact.channel, over), "I2: above capacity"
        assert d.is_over_capacity == (not has_room(world, agent, contact.channel)), "I2: marked"
        assert over == ANY or not is_interrupted(world, agent, contact.channel), "interrupted"
        if contact.direct != d.agent_id:
            assert could_ever(world, agent, contact), "I5: skill, queue"
        self.over += d.is_over_capacity
        if alone:
            return
        assert is_free_for(world, agent, contact), "I5: not eligible yet"
        assert d.ring == ring_of(world, agent, contact), "admitted by another ring"
        if d.explanation.question == "agent_for_contact":
            self.is_best_agent(contact, agent)
        elif not contact.offers:
            self.is_best_contact(contact, agent, now)

    def is_best_agent(self, contact: Contact, agent: Agent) -> None:
        """Of those who were free before, the first by the queue's rule."""
        self.agents_chosen += 1
        world, chosen = self.world, order_key(self.world, agent, contact)
        for other in world.agents.values():
            if other is agent or other.agent_id in self.unsteady:
                continue
            if other.agent_id in contact.offers.values() or other.state is None:
                continue
            if is_free_for(world, other, contact):
                better = order_key(world, other, contact)
                assert chosen < better, f"{other.agent_id} {better} before {chosen}"

    def is_best_contact(self, contact: Contact, agent: Agent, now: int) -> None:
        """Of those who wait, the first for this agent."""
        self.contacts_chosen += 1
        world, chosen = self.world, self.place(agent, contact, now)
        for other in world.queued.values():
            if other is not contact and is_free_for(world, agent, other):
                better = self.place(agent, other, now)
                assert chosen < better, f"I6: {better} before {chosen}"

    def place(self, agent: Agent, contact: Contact, now: int) -> tuple[Any, ...]:
        return (preference(agent, contact)[0], *rank(self.world, contact, now))

    def told_the_truth(self, agent: Agent) -> None:
        """What the desk heard last is so still; nobody holds more than may be held (I2)."""
        state, world = agent.state, self.world
        told = {h.contact_id for h in state.contacts}
        assert told == set(agent.hand), f"in hand: {told} and {set(agent.hand)}"
        assert {h.contact_id for h in state.offers} == set(agent.items) - told
        for held in state.contacts:
            contact = world.contacts[held.contact_id]
            assert str(held.state) == contact.state
            if contact.state == "on_hold" and contact.held_for:
                assert contact.held_for in agent.hand, "held for nobody"
        assert agent.load(CALLS) <= 1, "I2: one call at most"
        for channels, slots in groups(world, agent):
            mine = [i for i, (c, is_over) in agent.items.items() if c in channels and not is_over]
            # A policy that allows less withdraws offers, and cuts no contact.
            if any(item not in agent.hand for item in mine):
                assert len(mine) <= slots, "I2"
        assert state.not_routable_because == self.why_not(agent)

    def others_are_on_hold(self, d: Any) -> None:
        """What the contact just taken breaks into is on hold."""
        agent = self.world.agents[d.agent_id]
        channel = agent.hand.get(d.contact_id)
        broken = {
            c for i in self.world.policy.interrupts if i.channel == channel for c in i.breaks_into
        }
        for contact_id, other in agent.hand.items():
            if d.outcome == "accepted" and contact_id != d.contact_id and other in broken:
                assert self.world.contacts[contact_id].state != "connected", "not interrupted"
        taken = self.world.contacts.get(d.contact_id)
        if taken is not None and taken.state == "connected":
            matrix = self.world.policy.interrupts
            breakers = {str(i.channel) for i in matrix if taken.channel in i.breaks_into}
            for contact_id, other in agent.hand.items():
                if contact_id != d.contact_id and other in breakers:
                    is_held = self.world.contacts[contact_id].held_for == d.contact_id
                    assert is_held, "taken while one is in hand that breaks into it"

    def why_not(self, agent: Agent) -> str:
        stands = barrier(agent)
        if stands:
            return stands
        world = self.world
        served = {c for channels, _ in groups(world, agent) for c in channels}
        served = {channel for channel in served if serves(world, agent, channel)}
        is_free = {c for c in served if has_room(world, agent, c)}
        broken = {c for c in served if is_interrupted(world, agent, c)}
        if is_free - broken:
            return ""
        return "interrupted" if served and served <= broken else "full"

    def nobody_is_left_alone(self) -> None:
        """No eligible free agent while a contact waits (I6)."""
        world = self.world
        if not world.queued:
            return
        free = [
            agent
            for agent in world.agents.values()
            if agent.state is not None and not agent.state.not_routable_because
        ]
        for contact in world.queued.values():
            is_alone = contact.prefers and contact.until > world.now
            if is_alone:
                aim = world.agents.get(contact.prefers)
                assert aim is not None, f"{contact.contact_id} waits for one who left"
                if aim.state is not None:
                    assert not is_free_for(world, aim, contact), f"I6: {aim.agent_id} could take it"
                continue
            for agent in free:
                if is_free_for(world, agent, contact):
                    raise AssertionError(
                        f"I6: {agent.agent_id} is free and {contact.contact_id} waits"
                    )

    def rings_are_open(self) -> None:
        """Each ring opens after its wait, unless the contact waits for one agent alone."""
        world = self.world
        for contact in world.queued.values():
            if contact.prefers and contact.until > world.now:
                continue
            waited = (world.now - contact.entered) / 1000
            rings = world.policy.queue(contact.queue).rings
            if contact.ring < len(rings):
                assert waited < rings[contact.ring].after_seconds, "a ring is late"

    def offers_follow_the_policy(self) -> None:
        """Nothing goes on being offered to one whom the new rules do not admit."""
        world = self.world
        for offer_id, (contact_id, agent_id) in world.live.items():
            contact, agent = world.contacts[contact_id], world.agents[agent_id]
            if contact.accepted != offer_id and contact.direct != agent_id:
                assert could_ever(world, agent, contact), "offered against the new policy"
