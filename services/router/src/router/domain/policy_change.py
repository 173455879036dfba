"""What a new policy changes at once for those who wait and those who work."""

from router.domain.adjusting import redefine
from router.domain.policy import Policy
from router.domain.waiting import arm_growth, follow_rules
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
