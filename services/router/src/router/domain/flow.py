"""What flows ask for, and how customers and channels leave before an agent is connected."""

from router.domain.asked import bounded_priority, known_attributes, known_needs
from router.domain.chain import enter_queue
from router.domain.contact import Contact
from router.domain.contact_facts import ChannelFailed, CustomerLeft, FlowFinished, QueueRequested
from router.domain.endings import end_contact, start_wrap_up
from router.domain.lookup import contact_of, repeated, require
from router.domain.offer_ends import withdraw_offers
from router.domain.reasons import (
    Because,
    ContactCause,
    Refused,
    VisitExit,
    WithdrawnBecause,
)
from router.domain.transitions import WITH_AGENT
from router.domain.visits import end_visit
from router.domain.words import ContactState, FlowOutcome, Party, QueuedBy
from router.domain.workspace import Workspace

FLOW_CAUSES = {
    FlowOutcome.RESOLVED: ContactCause.RESOLVED_BY_FLOW,
    FlowOutcome.MESSAGE_TAKEN: ContactCause.MESSAGE_TAKEN,
}


def queue_requested(ws: Workspace, fact: QueueRequested) -> None:
    """IN_FLOW → QUEUED: a visit opens."""
    contact = contact_of(ws, fact.contact_id)
    if contact.state is not ContactState.IN_FLOW and contact.queue == fact.queue:
        raise repeated(contact, f"the contact is {contact.state}")
    require(contact, "QueueRequested")
    check_queue(ws, fact.queue, fact.contact_id)
    needs = known_needs(ws, fact.requirements, fact.contact_id)
    priority = bounded_priority(fact.priority, fact.contact_id)
    contact.asked, contact.asked_priority = needs, priority
    contact.attributes |= known_attributes(ws, fact.attributes)
    contact.preferred_agent_id = fact.preferred_agent_id
    enter_queue(ws, contact, "QueueRequested", fact.queue, QueuedBy.FLOW)


def flow_finished(ws: Workspace, fact: FlowFinished) -> None:
    """IN_FLOW → ENDED."""
    contact = contact_of(ws, fact.contact_id)
    require(contact, "FlowFinished")
    end_contact(ws, contact, "FlowFinished", FLOW_CAUSES[fact.outcome])


def customer_left(ws: Workspace, fact: CustomerLeft) -> None:
    """Before an agent was connected: it is nobody's miss."""
    contact = contact_of(ws, fact.contact_id)
    require(contact, "CustomerLeft")
    if contact.state is ContactState.IN_FLOW:
        end_contact(ws, contact, "CustomerLeft", ContactCause.LEFT_IN_FLOW)
        return
    leave_queue(ws, contact, VisitExit.ABANDONED, WithdrawnBecause.CUSTOMER_LEFT)
    end_contact(ws, contact, "CustomerLeft", ContactCause.ABANDONED)


def channel_failed(ws: Workspace, fact: ChannelFailed) -> None:
    """The connection is lost: ENDED failed, by way of WRAP_UP when an agent was on it.

    In WRAP_UP it stays until the agent's work is done, and ends failed then.
    """
    contact = contact_of(ws, fact.contact_id)
    if contact.state is ContactState.WRAP_UP:
        if contact.is_failed:
            raise repeated(contact, "the channel failed already")
        contact.is_failed = True
        return
    if contact.state in WITH_AGENT:
        start_wrap_up(ws, contact, "ChannelFailed", Party.SYSTEM, is_failure=True)
        return
    if contact.is_visit_open:
        leave_queue(ws, contact, VisitExit.FAILED, WithdrawnBecause.CHANNEL_FAILED)
    end_contact(ws, contact, "ChannelFailed", ContactCause.FAILED)


def expire(ws: Workspace, contact: Contact) -> None:
    """Its deadline came before an agent was connected."""
    if contact.is_visit_open:
        leave_queue(ws, contact, VisitExit.EXPIRED, WithdrawnBecause.EXPIRED)
    end_contact(ws, contact, "Deadline", ContactCause.EXPIRED)


def leave_queue(ws: Workspace, contact: Contact, how: VisitExit, because: WithdrawnBecause) -> None:
    """Withdraw the live offers, and end the visit."""
    withdraw_offers(ws, contact, because)
    end_visit(ws, contact, how)


def check_queue(ws: Workspace, queue: str, contact_id: str) -> None:
    """Refuse a queue that the policy does not have."""
    if queue not in ws.queues:
        raise Refused(Because.UNKNOWN_QUEUE, f"queue {queue!r}", contact_id=contact_id)
