"""Stays of a contact in a queue, and the end of a contact."""

from router.domain.clock import milliseconds
from router.domain.contact import Contact
from router.domain.estimating import estimator_of
from router.domain.preferring import prefer
from router.domain.reasons import VisitExit
from router.domain.timers import TimerKind
from router.domain.values import together
from router.domain.versions import BEHAVIOURS
from router.domain.visit_decisions import VisitEnded, VisitOpened
from router.domain.waiting import back_in_line, end_preference, set_pool
from router.domain.words import QueuedBy
from router.domain.workspace import Workspace


def open_visit(ws: Workspace, contact: Contact, on: str, queue: str, because: QueuedBy) -> None:
    """The contact waits in the queue; a queue it waited in before keeps its place."""
    rules = ws.queues[queue]
    since = contact.places.setdefault(queue, ws.now)
    held = [rule for rule in rules.rules if rule.holds(contact.attributes)] if rules.rules else []
    contact.queue, contact.because = queue, because
    contact.asked_here = contact.asked
    contact.priority = contact.asked_priority + ws.channel_priorities.get(contact.channel, 0)
    if held:
        contact.asked_here = together(contact.asked, *[rule.needs for rule in held])
        contact.priority += sum([rule.priority for rule in held])
    _begin(ws, contact, on, since)


def reopen_visit(ws: Workspace, contact: Contact, because: QueuedBy = QueuedBy.AGENT_GONE) -> None:
    """No agent has it any more: a new visit of the same queue, at the front of its priority."""
    with_own = BEHAVIOURS[ws.engine_version].is_before_own_lines
    first = ws.market.first_since(contact.queue, contact.priority, with_own=with_own)
    since = contact.queued_since if first is None else min(contact.queued_since, first - 1)
    contact.because = because
    _begin(ws, contact, "AgentGone", since)


def _begin(ws: Workspace, contact: Contact, on: str, since: int) -> None:
    rules = ws.queues[contact.queue]
    contact.visit_id = ws.new_id("visit")
    contact.is_visit_open = True
    contact.entered_at, contact.queued_since = ws.now, since
    contact.ring = contact.sleep_at = contact.overflow_at = contact.call_at = 0
    contact.call_on = 0
    contact.is_overflow_due = False
    set_pool(ws, contact)
    prefer(ws, contact, rules)
    ws.give_contact(contact, ws.rules.timers.queue_limit_seconds)
    ws.say(
        VisitOpened(
            visit_id=contact.visit_id,
            contact_id=contact.contact_id,
            queue=contact.queue,
            channel=contact.channel,
            priority=contact.priority,
            requirements=contact.requirements,
            queued_since=since,
            because=contact.because,
            preferred_agent_id=contact.preferred_agent_id,
            preferred_until=contact.preferred_until,
        )
    )
    if rules.overflow_seconds:
        due = ws.now + milliseconds(rules.overflow_seconds)
        contact.overflow_at = ws.arm(due, TimerKind.OVERFLOW, contact.contact_id)
    back_in_line(ws, contact, on)


def end_visit(ws: Workspace, contact: Contact, how: VisitExit) -> None:
    """The contact leaves the queue."""
    contact.is_visit_open = False
    contact.grow_at = contact.overflow_at = 0
    end_preference(contact)
    if how is VisitExit.ANSWERED:
        estimator_of(ws, contact.queue).started(contact.visit_id, ws.now)
    else:
        estimator_of(ws, contact.queue).left(contact.visit_id, ws.now)
    ws.say(
        VisitEnded(
            visit_id=contact.visit_id,
            contact_id=contact.contact_id,
            queue=contact.queue,
            channel=contact.channel,
            exit=how,
            agent_id=contact.agent_id if how is VisitExit.ANSWERED else "",
        )
    )
