"""A new contact, and what it takes over from those before it."""

from uuid import NAMESPACE_URL, uuid5

from router.domain.contact import Contact
from router.domain.contact_decisions import ContactOpened
from router.domain.values import AddressToken, Lineage
from router.domain.words import Channel, ContactState, OpenedBy
from router.domain.workspace import Workspace


def open_contact(
    ws: Workspace,
    contact: Contact,
    opened_by: OpenedBy,
    flow: str,
    addresses: tuple[AddressToken, ...] = (),
) -> None:
    """The contact is there; its conversation's messages belong to it from now on."""
    ws.contacts[contact.contact_id] = contact
    if contact.conversation_id:
        ws.conversations[contact.conversation_id] = contact.contact_id
    ws.say(
        ContactOpened(
            contact_id=contact.contact_id,
            channel=contact.channel,
            entry_point=contact.entry_point,
            flow=flow,
            conversation_id=contact.conversation_id,
            key_id=contact.key_id,
            lineage=contact.lineage,
            opened_by=opened_by,
            customer_id=contact.customer_id,
            addresses=addresses,
        )
    )


def successor(ws: Workspace, old: Contact, channel: Channel, conversation_id: str) -> Contact:
    """Return a contact that follows this one; what was identified, asked, waited goes with it."""
    # A step makes one at most; the last number is there as ids of recorded logs have it.
    name = f"{ws.name}/{old.contact_id}/{ws.step_number}/1"
    return Contact(
        contact_id=str(uuid5(NAMESPACE_URL, name)),
        channel=channel,
        entry_point=old.entry_point,
        conversation_id=conversation_id,
        key_id=old.key_id,
        lineage=lineage_after(ws, old.contact_id),
        state=ContactState.IN_FLOW,
        since=ws.now,
        deadline_at=0,
        customer_id=old.customer_id,
        is_identified=old.is_identified,
        attributes=dict(old.attributes),
        last_agent_id=old.last_agent_id,
        asked=old.asked,
        asked_priority=old.asked_priority,
        places=dict(old.places),
    )


def come_back(ws: Workspace, contact: Contact) -> None:
    """The customer writes again: the agent who had it comes first, and the place may be kept."""
    rules = ws.rules.returning
    before = contact.lineage.previous_id
    live, ended = ws.contacts.get(before), ws.ended_contacts.get(before)
    if live is not None:
        contact.last_agent_id = live.agent_id
        contact.attributes = dict(live.attributes)
    elif ended is not None:
        contact.last_agent_id = ended.agent_id
        if ws.now - ended.ended_at <= rules.keeps_place_seconds * 1000:
            contact.places = dict(ended.places)
    else:
        return
    contact.returning_seconds = rules.preferred_seconds


def lineage_after(ws: Workspace, contact_id: str) -> Lineage:
    """Return the lineage of a contact that follows this one; none after an empty id."""
    if not contact_id:
        return Lineage()
    live = ws.contacts.get(contact_id)
    ended = ws.ended_contacts.get(contact_id)
    initial_id = live.lineage.initial_id if live else ended.initial_id if ended else ""
    return Lineage(initial_id=initial_id or contact_id, previous_id=contact_id)


def customer_of(ws: Workspace, contact_id: str) -> str:
    """Return the customer of a contact that is live or remembered; empty when not known."""
    live = ws.contacts.get(contact_id)
    if live is not None:
        return live.customer_id
    ended = ws.ended_contacts.get(contact_id)
    return "" if ended is None else ended.customer_id
