"""A contact that goes on elsewhere: with another agent, in another queue, in a flow."""

from router.domain.agent_facts import TransferRequested
from router.domain.asked import known_attributes, known_needs
from router.domain.chain import enter_queue
from router.domain.clock import milliseconds
from router.domain.contact import Contact
from router.domain.contact_decisions import ContactTransferred
from router.domain.endings import start_wrap_up
from router.domain.flow import check_queue
from router.domain.lookup import acting, agent_of, own_contact, repeated, require
from router.domain.opening import open_contact, successor
from router.domain.reasons import Because, Refused
from router.domain.words import OpenedBy, Party, QueuedBy
from router.domain.workspace import Workspace


def transfer_requested(ws: Workspace, fact: TransferRequested) -> None:
    """The old contact goes to WRAP_UP; a new one with lineage waits, or is in the flow."""
    agent = acting(ws, fact)
    old = own_contact(ws, agent, fact.contact_id)
    aim = fact.flow or fact.to_agent_id or fact.queue
    if old.transferred_to and old.transferred_to == aim:
        raise repeated(old, f"it was transferred to {aim!r}")
    require(old, "TransferRequested")
    queue = "" if fact.flow else aim_of(ws, old, fact.queue, fact.to_agent_id, agent.agent_id)
    needs = known_needs(ws, fact.requirements, fact.contact_id)
    new = successor(ws, old, old.channel, old.conversation_id)
    new.asked, new.last_agent_id = needs, ""
    new.attributes |= known_attributes(ws, fact.attributes)
    old.transferred_to = aim
    ws.say(
        ContactTransferred(
            contact_id=old.contact_id,
            new_contact_id=new.contact_id,
            from_agent_id=agent.agent_id,
            queue=queue,
            to_agent_id=fact.to_agent_id,
            flow=fact.flow,
        )
    )
    start_wrap_up(ws, old, "TransferRequested", Party.AGENT, is_transfer=True)
    agent.restart_idle_time(ws.now)
    open_contact(ws, new, OpenedBy.TRANSFER, fact.flow)
    if fact.flow:
        ws.give_contact(new, ws.rules.timers.flow_limit_seconds)
        return
    wait_for(ws, new, fact.to_agent_id)
    enter_queue(ws, new, "QueueRequested", queue, QueuedBy.TRANSFER)


def aim_of(ws: Workspace, contact: Contact, queue: str, to_agent_id: str, from_id: str) -> str:
    """Return the queue where the new contact waits; refused when it names nothing, or itself."""
    if to_agent_id:
        agent_of(ws, to_agent_id)
        if to_agent_id == from_id:
            detail = "the agent has it already"
            raise Refused(Because.INVALID_FIELD, detail, contact_id=contact.contact_id)
    queue = queue or (contact.queue if to_agent_id else "")
    check_queue(ws, queue, contact.contact_id)
    return queue


def wait_for(ws: Workspace, contact: Contact, agent_id: str) -> None:
    """It waits for this agent alone at first, whatever the queue needs."""
    if not agent_id:
        return
    contact.preferred_agent_id, contact.is_direct = agent_id, True
    contact.preferred_until = ws.now + milliseconds(ws.rules.timers.direct_seconds)
