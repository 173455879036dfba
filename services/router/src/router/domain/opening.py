"""A new contact, and what it takes over from those before it."""

from router.domain.contact import Contact
from router.domain.contact_decisions import ContactOpened
from router.domain.values import AddressToken, Lineage
from router.domain.words import OpenedBy
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
