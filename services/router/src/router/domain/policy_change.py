"""What a new policy changes at once for those who wait and those who work."""

from router.domain.adjusting import redefine
from router.domain.agent import Agent
from router.domain.contact import Contact
from router.domain.offer_ends import end_offer
from router.domain.policy import Policy
from router.domain.reasons import OfferOutcome, WithdrawnBecause
from router.domain.versions import BEHAVIOURS
from router.domain.waiting import arm_growth, follow_rules, may_wait_for, set_pool
from router.domain.words import ContactState
from router.domain.workspace import Workspace

OF_AGENTS = ("capacities", "team_capacities", "brands", "interrupts")


def follow_policy(ws: Workspace, before: Policy) -> None:
    """Those who wait in a changed queue wait by its new rules, at their places."""
    changed = {
        name
        for name in {queue.name for queue in (*before.queues, *ws.rules.queues)}
        if before.queue(name) != ws.queues.get(name)
    }
    waiting = [
        contact
        for contact in ws.contacts.values()
        if contact.queue in changed and contact.state is ContactState.QUEUED
    ]
    for contact in waiting:
        ws.market.leave(contact.contact_id)
    for name in sorted(changed):
        ws.market.forget_queue(name)
    for contact in waiting:
        follow_rules(ws, contact)
        ws.line_up(contact)
        arm_growth(ws, contact)
    if any(getattr(before, name) != getattr(ws.rules, name) for name in OF_AGENTS):
        for agent in list(ws.agents.values()):
            redefine(ws, agent, agent.defined, "policy")
    if BEHAVIOURS[ws.engine_version].is_offer_withdrawn_by_policy:
        _withdraw_misfits(ws)


def _withdraw_misfits(ws: Workspace) -> None:
    """What is offered is taken back from whom the new rules do not admit."""
    for contact in [contact for contact in ws.contacts.values() if contact.offers]:
        set_pool(ws, contact)
        for offer in [ws.offers[offer_id] for offer_id in contact.offers]:
            if not _is_admitted(ws, contact, ws.agents[offer.agent_id]):
                end_offer(ws, offer, OfferOutcome.WITHDRAWN, WithdrawnBecause.POLICY)


def _is_admitted(ws: Workspace, contact: Contact, agent: Agent) -> bool:
    if contact.preferred_agent_id == agent.agent_id:
        return may_wait_for(agent, contact)
    return not ws.market.bucket_of(contact, ws.queues[contact.queue]).unfit(agent)
