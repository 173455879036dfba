"""A contact that breaks into others: they go on hold meanwhile, and are booked so."""

from router.domain.agent import Agent
from router.domain.contact import Contact
from router.domain.contact_decisions import ContactHeld, ContactResumed
from router.domain.words import ContactState
from router.domain.workspace import Workspace


def interrupt_others(ws: Workspace, agent: Agent, breaker: Contact) -> None:
    """The agent takes a contact that breaks into some of those in hand."""
    for contact in _in_hand(ws, agent, ContactState.CONNECTED) if ws.breakers else ():
        if breaker.channel in ws.breakers.get(contact.channel, ()):
            _hold(ws, contact, breaker.contact_id)


def be_interrupted(ws: Workspace, agent: Agent, contact: Contact) -> None:
    """It rang already when one came that breaks into it: connected, it goes on hold at once."""
    breaker = _still(ws, agent, contact)
    if breaker:
        _hold(ws, contact, breaker)


def resume_interrupted(ws: Workspace, agent: Agent, breaker: Contact) -> None:
    """The contact that broke in is out of hand; another may still stand in the way."""
    for contact in _in_hand(ws, agent, ContactState.ON_HOLD):
        if contact.interrupted_by != breaker.contact_id:
            continue
        contact.interrupted_by = _still(ws, agent, contact)
        if contact.interrupted_by:
            continue
        ws.move(contact, "InterruptEnded", ContactState.CONNECTED)
        ws.say(
            ContactResumed(
                contact_id=contact.contact_id, agent_id=agent.agent_id, is_after_interrupt=True
            )
        )


def _in_hand(ws: Workspace, agent: Agent, state: ContactState) -> list[Contact]:
    found = (ws.contacts[contact_id] for contact_id in agent.contacts)
    return [contact for contact in found if contact.state is state]


def _hold(ws: Workspace, contact: Contact, breaker_id: str) -> None:
    ws.move(contact, "Interrupted", ContactState.ON_HOLD)
    contact.interrupted_by = breaker_id
    ws.say(
        ContactHeld(
            contact_id=contact.contact_id, agent_id=contact.agent_id, interrupted_by=breaker_id
        )
    )


def _still(ws: Workspace, agent: Agent, contact: Contact) -> str:
    """Return which contact in hand breaks into this one, and is not on hold for it itself."""
    breakers = ws.breakers.get(contact.channel, ())
    for contact_id, other in agent.contacts.items() if breakers else ():
        if other.channel in breakers and other.interrupted_by != contact.contact_id:
            return contact_id
    return ""
