"""How contacts come to their end: wrap-up, the end itself, and who lets go of them."""

from router.domain.agent import Agent
from router.domain.consult_decisions import ConsultFinished
from router.domain.contact import Contact, EndedContact
from router.domain.contact_decisions import ContactEnded, WrapUpStarted
from router.domain.interrupts import resume_interrupted
from router.domain.reasons import ContactCause
from router.domain.transitions import WITH_AGENT
from router.domain.values import Sealed
from router.domain.words import ContactState, Party
from router.domain.workspace import Workspace


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
    part_consult(ws, contact)
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
    reason: str = "",
) -> None:
    """The contact is over: exactly once, its last decision."""
    ws.move(contact, on, ContactState.ENDED)
    part_consult(ws, contact)
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
        tuple(contact.places.items()),
        ws.now,
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
            reason=reason,
        )
    )


def release(ws: Workspace, contact: Contact) -> Agent:
    """Take the contact out of its agent's hands."""
    agent = ws.agents[contact.agent_id]
    if contact.state in WITH_AGENT:
        part_consult(ws, contact)
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
    """The next message of the conversation belongs to another contact.

    A written consult that took a customer over has two: its own, and the customer's.
    """
    for name in (contact.conversation_id, contact.contact_id):
        if ws.conversations.get(name) == contact.contact_id:
            del ws.conversations[name]


def part_consult(ws: Workspace, contact: Contact) -> None:
    """A consult is over for the customer's contact; or the other way round, and it ends next."""
    contact.is_conference, contact.told = False, None
    if contact.consult_id:
        ws.parted[contact.consult_id] = None
        contact.consult_id = ""
    asking = ws.contacts.get(contact.consults_for)
    if asking is None or asking.consult_id != contact.contact_id:
        return
    asking.consult_id, asking.is_conference, asking.told = "", False, None
    ws.parted[contact.contact_id] = None
    ws.say(
        ConsultFinished(
            contact_id=asking.contact_id,
            consult_contact_id=contact.contact_id,
            is_transfer=False,
            agent_id=asking.agent_id,
            consulted_agent_id=contact.agent_id,
        )
    )
    if asking.agent_id:
        ws.touch(ws.agents[asking.agent_id], "contact")
