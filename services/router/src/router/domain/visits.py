"""Stays of a contact in a queue, and the end of a contact."""

from router.domain.agent import Agent
from router.domain.contact import Contact, EndedContact
from router.domain.contact_decisions import ContactEnded, VisitEnded, VisitOpened, WrapUpStarted
from router.domain.reasons import ContactCause, VisitExit
from router.domain.values import Needs, Sealed, together
from router.domain.words import ContactState, Party
from router.domain.workspace import Workspace


def open_visit(ws: Workspace, contact: Contact, on: str, queue: str, needs: Needs) -> None:
    """The contact waits in the queue; a queue it waited in before keeps its place."""
    since = contact.places.setdefault(queue, ws.now)
    known = ws.queues.get(queue)
    contact.queue = queue
    contact.requirements = together(known.requirements if known else (), needs)
    _begin(ws, contact, on, since)


def reopen_visit(ws: Workspace, contact: Contact) -> None:
    """The agent is gone: a new visit of the same queue, at the front of its priority."""
    bucket = ws.market.bucket_of(contact, ws.agents)
    first = bucket.line.first_of_priority(contact.priority)
    since = contact.queued_since if first is None else min(contact.queued_since, first[1] - 1)
    _begin(ws, contact, "AgentGone", since)


def _begin(ws: Workspace, contact: Contact, on: str, since: int) -> None:
    contact.visit_id = ws.new_id("visit")
    contact.is_visit_open = True
    contact.queued_since = since
    contact.sleep_at = 0
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
        )
    )
    ws.move(contact, on, ContactState.QUEUED)


def end_visit(ws: Workspace, contact: Contact, how: VisitExit) -> None:
    """The contact leaves the queue."""
    contact.is_visit_open = False
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
    kept = EndedContact(cause, initial_id, contact.customer_id, agent_id, disposition)
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
    contact.agent_id = contact.offer_id = ""
    del agent.contacts[contact.contact_id]
    agent.slots.give_back(contact.channel)
    agent.restart_idle_time(ws.now)
    ws.touch(agent, "contact")
    if agent.next_presence is not None and not agent.contacts:
        agent.presence, agent.reason_code = agent.next_presence, agent.next_reason_code
        agent.next_presence, agent.next_reason_code = None, ""
    return agent


def forget_conversation(ws: Workspace, contact: Contact) -> None:
    """The next message of the conversation belongs to another contact."""
    if ws.conversations.get(contact.conversation_id) == contact.contact_id:
        del ws.conversations[contact.conversation_id]
