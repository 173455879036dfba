"""A contact in line: who may get it grows with time, and its time in the queue may be over."""

from router.domain.agent import Agent
from router.domain.bucket import missing
from router.domain.clock import milliseconds
from router.domain.contact import Contact
from router.domain.queues import Queue
from router.domain.timers import TimerKind
from router.domain.values import Needs, together, without
from router.domain.visit_decisions import RingOpened
from router.domain.words import ContactState
from router.domain.workspace import Workspace


def pool_of(queue: Queue, asked: Needs, ring: int) -> tuple[Needs, ...]:
    """Return what each open ring needs, the queue's own first: the place is the ring's number."""
    inner = together(queue.requirements, asked)
    pools = [inner]
    for outer in queue.rings[:ring]:
        needs = together(outer.needs, asked)
        pools.append(without(needs, outer.without))
    return tuple(pools)


def follow_rules(ws: Workspace, contact: Contact) -> None:
    """The same, and wait no longer for an agent who does not meet them (any more)."""
    set_pool(ws, contact)
    agent = ws.agents.get(contact.preferred_agent_id)
    if agent is None or not may_wait_for(agent, contact):
        end_preference(contact)


def may_wait_for(agent: Agent, contact: Contact) -> bool:
    """Tell whether the agent is one to wait for; who was named directly need not have skills."""
    if contact.channel not in agent.kind_of:
        return False
    if contact.is_direct:
        return True
    is_in_queue = not agent.defined.queues or contact.queue in agent.defined.queues
    return is_in_queue and not missing(agent, contact.requirements)


def set_pool(ws: Workspace, contact: Contact) -> None:
    """Follow the queue's rules as they are now; the contact is not in line."""
    queue = ws.queues[contact.queue]
    contact.ring = min(contact.ring, len(queue.rings))
    contact.pool = pool_of(queue, contact.asked_here, contact.ring)
    contact.requirements = contact.pool[0]


def grow(ws: Workspace, contact: Contact) -> None:
    """Do what is due by now: a preference is over, rings open; then wait for the next."""
    queue = ws.queues[contact.queue]
    before = (contact.ring, contact.preferred_agent_id)
    if contact.preferred_until and contact.preferred_until <= ws.now:
        end_preference(contact)
    if not contact.preferred_agent_id:
        waited = ws.now - contact.entered_at
        for number, ring in enumerate(queue.rings[contact.ring :], contact.ring + 1):
            if milliseconds(ring.after_seconds) > waited:
                break
            contact.ring = number
            said = RingOpened(contact_id=contact.contact_id, visit_id=contact.visit_id, ring=number)
            ws.say(said)
    if before != (contact.ring, contact.preferred_agent_id):
        line_up_again(ws, contact)
    ws.eligible[contact.contact_id] = None
    arm_growth(ws, contact)


def line_up_again(ws: Workspace, contact: Contact) -> None:
    """Something that decides where it waits changed."""
    ws.market.leave(contact.contact_id)
    follow_rules(ws, contact)
    ws.line_up(contact)


def arm_growth(ws: Workspace, contact: Contact) -> None:
    """Wake when the next agents may get it: a preference ends, a ring opens, a delay is over."""
    due = _next_growth(ws, contact)
    contact.grow_at = ws.arm(due, TimerKind.GROWTH, contact.contact_id) if due else 0


def stop_waiting_for(ws: Workspace, contact: Contact) -> None:
    """The agent whom it waited for will not come: everybody may have it."""
    contact.preferred_until = ws.now
    grow(ws, contact)


def end_preference(contact: Contact) -> None:
    """It waits for nobody alone."""
    contact.preferred_agent_id = ""
    contact.preferred_until = contact.over = 0
    contact.is_direct = False


def back_in_line(ws: Workspace, contact: Contact, on: str) -> None:
    """Back to QUEUED, at its place; what came due meanwhile is done."""
    follow_rules(ws, contact)
    ws.move(contact, on, ContactState.QUEUED)
    if contact.is_overflow_due:
        contact.is_overflow_due = False
        contact.overflow_at = ws.arm(ws.now, TimerKind.OVERFLOW, contact.contact_id)
    grow(ws, contact)


def _next_growth(ws: Workspace, contact: Contact) -> int:
    if contact.preferred_agent_id:
        return contact.preferred_until
    queue, now = ws.queues[contact.queue], ws.now
    due = [
        contact.queued_since + delay
        for delay in ws.delays(contact.queue)
        if contact.queued_since + delay > now
    ]
    if contact.ring < len(queue.rings):
        due.append(contact.entered_at + milliseconds(queue.rings[contact.ring].after_seconds))
    return min(due, default=0)
