"""How a judge folds what is decided about offers."""

from typing import Any

from .known import World

KEEPING = ("capacity", "supervisor")


class OfferFolding:
    """Mixed into the folding."""

    world: World
    fact: Any
    queue: Any
    release: Any
    prefer_nobody: Any

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
