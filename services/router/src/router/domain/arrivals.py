"""Contacts that come in, messages that belong to them or open another, and who the customer is."""

from router.domain.asked import known_attributes
from router.domain.contact import Contact
from router.domain.contact_decisions import CustomerBound, MessageReceived
from router.domain.contact_facts import ContactArrived, CustomerIdentified, CustomerMessaged
from router.domain.lookup import contact_of, repeated
from router.domain.opening import come_back, customer_of, lineage_after, open_contact
from router.domain.reasons import Because, Refused
from router.domain.telling import forget_told
from router.domain.values import Lineage
from router.domain.words import ContactState, OpenedBy
from router.domain.workspace import Workspace


def contact_arrived(ws: Workspace, fact: ContactArrived) -> None:
    """– → IN_FLOW."""
    _open(ws, fact, fact.contact_id, fact.lineage, OpenedBy.ARRIVAL)


def customer_messaged(ws: Workspace, fact: CustomerMessaged) -> None:
    """The message belongs to the open contact of its conversation, or opens a new one."""
    if not fact.message_id:
        raise Refused(Because.INVALID_FIELD, "message_id is empty")
    if fact.message_id in ws.messages:
        raise Refused(Because.REPEATED, "the message is known", contact_id=fact.contact_id)
    contact = _open_contact_of(ws, fact)
    if contact is None:
        lineage = lineage_after(ws, fact.contact_id)
        contact = _open(ws, fact, fact.new_contact_id, lineage, OpenedBy.MESSAGE)
    ws.messages.keep(fact.message_id, contact.contact_id, ws.now)
    if contact.sleep_at:
        ws.let_sleep(contact, ws.rules.timers.text_sleep_seconds)
    ws.say(
        MessageReceived(
            contact_id=contact.contact_id,
            conversation_id=contact.conversation_id,
            message_id=fact.message_id,
            position=fact.position,
        )
    )


def customer_identified(ws: Workspace, fact: CustomerIdentified) -> None:
    """crm knows who it is."""
    contact = contact_of(ws, fact.contact_id)
    if not fact.customer_id:
        raise Refused(Because.INVALID_FIELD, "customer_id is empty", contact_id=fact.contact_id)
    if contact.customer_id == fact.customer_id and contact.is_identified:
        raise repeated(contact, "the customer is known")
    contact.customer_id = fact.customer_id
    contact.is_identified = True
    forget_told(ws, contact)
    contact.last_agent_id = contact.last_agent_id or fact.last_agent_id
    contact.attributes |= known_attributes(ws, (("tier", fact.tier),))
    ws.say(
        CustomerBound(
            contact_id=fact.contact_id,
            customer_id=fact.customer_id,
            is_new=fact.is_new,
            tier=fact.tier,
            last_agent_id=fact.last_agent_id,
            contact_count=fact.contact_count,
        )
    )


def _open(
    ws: Workspace,
    fact: ContactArrived | CustomerMessaged,
    contact_id: str,
    lineage: Lineage,
    opened_by: OpenedBy,
) -> Contact:
    if not contact_id:
        raise Refused(Because.INVALID_FIELD, "the contact's id is empty")
    if contact_id in ws.contacts or contact_id in ws.ended_contacts:
        raise Refused(Because.REPEATED, "the contact is known", contact_id=contact_id)
    point = ws.entry_points.get(fact.entry_point)
    if point is None:
        detail = f"entry point {fact.entry_point!r}"
        raise Refused(Because.UNKNOWN_ENTRY_POINT, detail, contact_id=contact_id)
    contact = Contact(
        contact_id=contact_id,
        channel=fact.channel,
        entry_point=point.name,
        conversation_id=fact.conversation_id,
        key_id=fact.key_id,
        lineage=lineage,
        state=ContactState.IN_FLOW,
        since=ws.now,
        deadline_at=0,
        customer_id=customer_of(ws, lineage.previous_id),
    )
    if isinstance(fact, ContactArrived):
        contact.attributes |= known_attributes(ws, fact.attributes)
    else:
        come_back(ws, contact)
    addresses = fact.addresses if isinstance(fact, CustomerMessaged) else ()
    open_contact(ws, contact, opened_by, point.flow, addresses)
    ws.give_contact(contact, ws.rules.timers.flow_limit_seconds)
    return contact


def _open_contact_of(ws: Workspace, fact: CustomerMessaged) -> Contact | None:
    for contact_id in (fact.contact_id, ws.conversations.get(fact.conversation_id, "")):
        contact = ws.contacts.get(contact_id)
        if contact is not None and contact.state is not ContactState.WRAP_UP:
            return contact
    return None
