"""An agent asks another while the customer waits: a contact of its own, with lineage."""

from router.domain.agent_facts import (
    ConferenceStarted,
    ConsultEnded,
    ConsultRequested,
    ConsultTransferRequested,
)
from router.domain.asked import known_attributes, known_needs
from router.domain.chain import enter_queue
from router.domain.consult_decisions import ConferenceOpened, ConsultStarted
from router.domain.consult_ends import hand_over
from router.domain.contact import Contact
from router.domain.contact_decisions import ContactHeld, ContactResumed
from router.domain.ending_consults import end_consult
from router.domain.lookup import acting, contact_of, own_contact, repeated, require
from router.domain.opening import open_contact, successor
from router.domain.reasons import Because, Refused
from router.domain.transfers import aim_of, wait_for
from router.domain.transitions import WITH_AGENT
from router.domain.words import CALLS, ContactState, OpenedBy, QueuedBy
from router.domain.workspace import Workspace


def consult_requested(ws: Workspace, fact: ConsultRequested) -> None:
    """The customer's contact goes on hold; the consult waits in the queue, or for the agent."""
    agent = acting(ws, fact)
    contact = own_contact(ws, agent, fact.contact_id)
    if contact.consult_id:
        raise repeated(contact, "a consult goes on about it")
    require(contact, "TransferRequested")
    if contact.consults_for:
        detail = "a consult is consulted about no further"
        raise Refused(Because.NOT_IN_THIS_STATE, detail, contact_id=fact.contact_id)
    queue = aim_of(ws, contact, fact.queue, fact.to_agent_id, agent.agent_id)
    needs = known_needs(ws, fact.requirements, fact.contact_id)
    if contact.state is ContactState.CONNECTED:
        ws.move(contact, "HoldStarted", ContactState.ON_HOLD)
        ws.say(ContactHeld(contact_id=contact.contact_id, agent_id=agent.agent_id))
    consult = successor(ws, contact, contact.channel, "")
    if contact.channel not in CALLS:
        consult.conversation_id = consult.contact_id
    consult.asked, consult.places, consult.last_agent_id = needs, {}, ""
    consult.attributes |= known_attributes(ws, fact.attributes)
    consult.consults_for, consult.asked_by = contact.contact_id, agent.agent_id
    contact.consult_id, contact.told = consult.contact_id, None
    ws.say(
        ConsultStarted(
            contact_id=contact.contact_id,
            consult_contact_id=consult.contact_id,
            agent_id=agent.agent_id,
        )
    )
    ws.touch(agent, "contact")
    open_contact(ws, consult, OpenedBy.CONSULT, "")
    wait_for(ws, consult, fact.to_agent_id)
    enter_queue(ws, consult, "QueueRequested", queue, QueuedBy.CONSULT)


def consult_ended(ws: Workspace, fact: ConsultEnded) -> None:
    """Either side leaves; the customer's contact stays with the agent who asked."""
    agent = acting(ws, fact)
    consult = contact_of(ws, fact.contact_id)
    if not consult.consults_for or agent.agent_id not in (consult.asked_by, consult.agent_id):
        raise _no_consult(consult, agent.agent_id)
    end_consult(ws, consult)


def conference_started(ws: Workspace, fact: ConferenceStarted) -> None:
    """The customer's contact is off hold: all three speak together."""
    contact, consult = _joined(ws, fact)
    if contact.is_conference:
        raise repeated(contact, "it is a conference")
    if contact.state is ContactState.ON_HOLD:
        contact.interrupted_by = ""
        ws.move(contact, "HoldEnded", ContactState.CONNECTED)
        ws.say(ContactResumed(contact_id=contact.contact_id, agent_id=contact.agent_id))
    contact.is_conference = consult.is_conference = True
    contact.told = consult.told = None
    ws.say(
        ConferenceOpened(
            contact_id=contact.contact_id,
            consult_contact_id=consult.contact_id,
            agent_id=contact.agent_id,
            consulted_agent_id=consult.agent_id,
        )
    )
    ws.touch(ws.agents[contact.agent_id], "contact")
    ws.touch(ws.agents[consult.agent_id], "contact")


def consult_transfer_requested(ws: Workspace, fact: ConsultTransferRequested) -> None:
    """The customer goes on with the consulted agent."""
    contact, _ = _joined(ws, fact)
    hand_over(ws, contact)


def _joined(
    ws: Workspace, fact: ConferenceStarted | ConsultTransferRequested
) -> tuple[Contact, Contact]:
    """Return the customer's contact and the consult, which is answered."""
    agent = acting(ws, fact)
    consult = contact_of(ws, fact.contact_id)
    if consult.asked_by != agent.agent_id:
        raise _no_consult(consult, agent.agent_id)
    contact = own_contact(ws, agent, consult.consults_for)
    if consult.state not in WITH_AGENT or contact.state not in WITH_AGENT:
        detail = f"the consult is {consult.state}, the contact {contact.state}"
        raise Refused(Because.NOT_IN_THIS_STATE, detail, contact_id=fact.contact_id)
    return contact, consult


def _no_consult(contact: Contact, agent_id: str) -> Refused:
    detail = "it is no consult of this agent"
    return Refused(Because.NO_CONSULT, detail, contact_id=contact.contact_id, agent_id=agent_id)
