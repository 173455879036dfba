"""Stays of a contact in a queue, and the end of a contact."""

from router.domain.agent import Agent
from router.domain.contact import Contact, EndedContact
from router.domain.contact_decisions import ContactEnded, VisitEnded, VisitOpened, WrapUpStarted
from router.domain.interrupts import resume_interrupted
from router.domain.preferring import prefer
from router.domain.reasons import ContactCause, VisitExit
from router.domain.timers import TimerKind
from router.domain.values import Sealed, together
from router.domain.waiting import back_in_line, end_preference, set_pool
from router.domain.words import ContactState, Party, QueuedBy
from router.domain.workspace import Workspace, milliseconds


def open_visit(ws: Workspace, contact: Contact, on: str, queue: str, because: QueuedBy) -> None:
    """The contact waits in the queue; a queue it waited in before keeps its place."""
    rules = ws.queues[queue]
    since = contact.places.setdefault(queue, ws.now)
    held = [rule for rule in rules.rules if rule.holds(contact.attributes)]
    contact.queue, contact.because = queue, because
    contact.asked_here = together(contact.asked, *(rule.needs for rule in held))
    contact.priority = (
        contact.asked_priority
        + ws.channel_priorities.get(contact.channel, 0)
        + sum(rule.priority for rule in held)
    )
    _begin(ws, contact, on, since)


def reopen_visit(ws: Workspace, contact: Contact) -> None:
    """The agent is gone: a new visit of the same queue, at the front of its priority."""
    set_pool(ws, contact)
    bucket = ws.market.bucket_of(contact, ws.agents, ws.queues[contact.queue])
    first = bucket.lines.first_of_priority(contact.priority)
    since = contact.queued_since if first is None else min(contact.queued_since, first.since - 1)
    contact.because = QueuedBy.AGENT_GONE
    _begin(ws, contact, "AgentGone", since)


def _begin(ws: Workspace, contact: Contact, on: str, since: int) -> None:
    rules = ws.queues[contact.queue]
    contact.visit_id = ws.new_id("visit")
    contact.is_visit_open = True
    contact.entered_at, contact.queued_since = ws.now, since
    contact.ring = contact.sleep_at = contact.overflow_at = 0
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
        waiting = ws.market.waiting_in.get(contact.queue, 0)
        ws.estimator_of(contact.queue).started(contact.visit_id, ws.now, waiting)
    else:
        ws.estimator_of(contact.queue).left(contact.visit_id)
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


def start_wrap_up(
    ws: Workspace,
    contact: Contact,
    on: str,
    by: Party,
    *,
    is_transfer: bool = False,
    is_failure: bool = False,
) -> None:
    """The conversation is over; the agent's slot stays taken until the work after it is done."""
    ws.move(contact, on, ContactState.WRAP_UP)
    ws.give_contact(contact, ws.rules.timers.wrap_up_seconds)
    contact.sleep_at = 0
    contact.is_failed = is_failure
    forget_conversation(ws, contact)
    ws.say(
        WrapUpStarted(
            contact_id=contact.contact_id,
            agent_id=contact.agent_id,
            ended_by=by,
            is_transfer=is_transfer,
            is_failure=is_failure,
            limit_at=contact.deadline_at,
        )
    )
    ws.touch(ws.agents[contact.agent_id], "contact")


def end_contact(
    ws: Workspace,
    contact: Contact,
    on: str,
    cause: ContactCause,
    disposition: str = "",
    note: Sealed | None = None,
) -> None:
    """The contact is over: exactly once, its last decision."""
    ws.move(contact, on, ContactState.ENDED)
    agent_id = contact.agent_id
    if agent_id:
        release(ws, contact)
    forget_conversation(ws, contact)
    del ws.contacts[contact.contact_id]
    initial_id = contact.lineage.initial_id or contact.contact_id
    kept = EndedContact(
        cause,
        initial_id,
        contact.customer_id,
        agent_id or contact.last_agent_id,
        disposition,
        contact.queue,
        contact.queued_since,
    )
    ws.ended_contacts.keep(contact.contact_id, kept, ws.now)
    ws.say(
        ContactEnded(
            contact_id=contact.contact_id,
            cause=cause,
            agent_id=agent_id,
            disposition=disposition,
            channel=contact.channel,
            conversation_id=contact.conversation_id,
            note=note,
        )
    )


def release(ws: Workspace, contact: Contact) -> Agent:
    """Take the contact out of its agent's hands."""
    agent = ws.agents[contact.agent_id]
    contact.last_agent_id = contact.agent_id
    contact.agent_id = contact.offer_id = contact.interrupted_by = ""
    del agent.contacts[contact.contact_id]
    agent.slots.give_back(contact.channel)
    agent.slots.hold(contact.channel, -1)
    agent.restart_idle_time(ws.now)
    ws.touch(agent, "contact")
    resume_interrupted(ws, agent, contact)
    if agent.next_presence is not None and not agent.contacts:
        agent.presence, agent.reason_code = agent.next_presence, agent.next_reason_code
        agent.next_presence, agent.next_reason_code = None, ""
    return agent


def forget_conversation(ws: Workspace, contact: Contact) -> None:
    """The next message of the conversation belongs to another contact."""
    if ws.conversations.get(contact.conversation_id) == contact.contact_id:
        del ws.conversations[contact.conversation_id]
