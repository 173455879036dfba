"""How a consult ends, and what then becomes of the customer's contact."""

from router.domain.consult_decisions import ConsultFinished
from router.domain.contact import Contact
from router.domain.contact_decisions import ContactTransferred
from router.domain.endings import start_wrap_up
from router.domain.words import Party
from router.domain.workspace import Workspace


def hand_over(ws: Workspace, contact: Contact) -> None:
    """The agent who asked leaves: the customer goes on with the consulted, on that contact."""
    consult = ws.contacts[contact.consult_id]
    contact.consult_id, contact.transferred_to = "", consult.agent_id
    contact.is_conference = consult.is_conference = False
    consult.consults_for = consult.asked_by = ""
    ws.say(
        ContactTransferred(
            contact_id=contact.contact_id,
            new_contact_id=consult.contact_id,
            from_agent_id=contact.agent_id,
            queue=consult.queue,
            to_agent_id=consult.agent_id,
        )
    )
    ws.say(
        ConsultFinished(
            contact_id=contact.contact_id,
            consult_contact_id=consult.contact_id,
            is_transfer=True,
            agent_id=contact.agent_id,
            consulted_agent_id=consult.agent_id,
        )
    )
    if contact.conversation_id:
        consult.conversation_id = contact.conversation_id
        ws.conversations[contact.conversation_id] = consult.contact_id
    start_wrap_up(ws, contact, "TransferRequested", Party.AGENT, is_transfer=True)
    contact.told = consult.told = None
    ws.touch(ws.agents[consult.agent_id], "contact")
