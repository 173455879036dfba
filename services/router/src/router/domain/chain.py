"""A contact that comes to a queue: it stays, or goes where the queue's rules send it."""

from router.domain.choosing import free_agents
from router.domain.contact import Contact
from router.domain.endings import end_contact
from router.domain.hours import is_open
from router.domain.own_lines import may_take
from router.domain.queues import Exit, Queue
from router.domain.reasons import ContactCause, VisitExit
from router.domain.timers import TimerKind
from router.domain.visit_decisions import ContactSentToFlow
from router.domain.visits import end_visit, open_visit
from router.domain.words import ContactState, QueuedBy
from router.domain.workspace import Workspace

AWAY = Exit()
MOST_FLOWS = 10
"""A flow may ask for the queue that sent the contact to it: that must come to an end."""


def enter_queue(ws: Workspace, contact: Contact, on: str, queue: str, because: QueuedBy) -> None:
    """Open a visit; go on along the chain, which has no circle, while a queue cannot keep it."""
    open_visit(ws, contact, on, queue, because)
    while (found := _obstacle(ws, contact)) is not None:
        if not take_exit(ws, contact, *found):
            return
    ws.entered[contact.contact_id] = None


def take_exit(ws: Workspace, contact: Contact, because: QueuedBy, way: Exit) -> bool:
    """Leave the queue by this exit; return whether the contact is in another queue now."""
    if way.queue:
        end_visit(ws, contact, VisitExit.MOVED)
        open_visit(ws, contact, "Moved", way.queue, because)
        return True
    if way.flow and contact.sent_to_flows < MOST_FLOWS:
        _send_to_flow(ws, contact, because, way.flow)
        return False
    end_visit(ws, contact, VisitExit.EJECTED)
    end_contact(ws, contact, "Ejected", ContactCause.EJECTED)
    return False


def _send_to_flow(ws: Workspace, contact: Contact, because: QueuedBy, flow: str) -> None:
    end_visit(ws, contact, VisitExit.MOVED)
    ws.move(contact, "Moved", ContactState.IN_FLOW)
    contact.sent_to_flows += 1
    ws.give_contact(contact, ws.rules.timers.flow_limit_seconds)
    ws.say(
        ContactSentToFlow(
            contact_id=contact.contact_id,
            flow=flow,
            because=because,
            channel=contact.channel,
            conversation_id=contact.conversation_id,
            key_id=contact.key_id,
            entry_point=contact.entry_point,
            customer_id=contact.customer_id,
        )
    )


def overflow(ws: Workspace, contact: Contact) -> None:
    """It waited too long; one that is offered or meant for one agent is left its time."""
    contact.overflow_at = 0
    if contact.state is not ContactState.QUEUED:
        contact.is_overflow_due = True
        return
    if contact.is_direct:
        contact.overflow_at = ws.arm(
            contact.preferred_until, TimerKind.OVERFLOW, contact.contact_id
        )
        return
    way = ws.queues[contact.queue].on_overflow
    if way is None:
        return
    if way.queue:
        end_visit(ws, contact, VisitExit.MOVED)
        enter_queue(ws, contact, "Moved", way.queue, QueuedBy.OVERFLOW)
    else:
        take_exit(ws, contact, QueuedBy.OVERFLOW, way)


def _obstacle(ws: Workspace, contact: Contact) -> tuple[QueuedBy, Exit] | None:
    """Return why the queue cannot keep the contact, and where it goes."""
    if contact.preferred_agent_id and contact.is_direct:
        return None
    queue = ws.queues[contact.queue]
    schedule = ws.schedules.get(queue.schedule)
    if schedule is not None and not is_open(schedule, ws.clock.last_stamp):
        return QueuedBy.CLOSED, queue.on_closed or AWAY
    if queue.on_nobody is not None and not _is_anybody_there(ws, contact, queue):
        return QueuedBy.NOBODY, queue.on_nobody
    is_full = queue.max_waiting and ws.market.waiting_in[queue.name] > queue.max_waiting
    if is_full and not _is_served_at_once(ws, contact, queue):
        return QueuedBy.FULL, queue.on_full or AWAY
    return None


def _is_served_at_once(ws: Workspace, contact: Contact, queue: Queue) -> bool:
    """Tell whether an agent is free for it now: then it takes no place among those who wait."""
    if queue.name in ws.market.paused:
        return False
    if contact.preferred_agent_id:
        preferred = ws.agents[contact.preferred_agent_id]
        return may_take(preferred, contact.channel, contact.over)
    bucket = ws.market.bucket_of(contact, queue)
    waited, asking = ws.now - contact.queued_since, ws.agents.get(contact.asked_by)
    passing = 1 << asking.number if asking else 0
    return bool(free_agents(ws.market, bucket, 1, waited, passing))


def _is_anybody_there(ws: Workspace, contact: Contact, queue: Queue) -> bool:
    bucket = ws.market.bucket_of(contact, queue)
    standing = ws.market.standings.by_status(contact.channel)
    away = standing.get("offline", 0) | standing.get("gone", 0)
    return bucket.fits & ~away != 0
