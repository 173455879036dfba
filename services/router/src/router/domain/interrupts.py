"""A contact that breaks into others: they go on hold meanwhile, and are booked so."""

from router.domain.agent import Agent
from router.domain.contact import Contact
from router.domain.contact_decisions import ContactHeld, ContactResumed
from router.domain.words import Channel, ContactState
from router.domain.workspace import Workspace


def interrupt_others(ws: Workspace, agent: Agent, breaker: Contact) -> None:
    """The agent takes a contact that breaks into some of those in hand."""
    for contact in _in_hand(ws, agent, ContactState.CONNECTED):
        if breaker.channel in ws.breakers.get(contact.channel, ()):
            ws.move(contact, "Interrupted", ContactState.ON_HOLD)
            contact.interrupted_by = breaker.contact_id
            ws.say(
                ContactHeld(
                    contact_id=contact.contact_id,
                    agent_id=agent.agent_id,
                    interrupted_by=breaker.contact_id,
                )
            )


def resume_interrupted(ws: Workspace, agent: Agent, breaker: Contact) -> None:
    """The contact that broke in is out of hand; another may still stand in the way."""
    for contact in _in_hand(ws, agent, ContactState.ON_HOLD):
        if contact.interrupted_by != breaker.contact_id:
            continue
        contact.interrupted_by = _still(ws, agent, contact.channel)
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


def _still(ws: Workspace, agent: Agent, channel: Channel) -> str:
    breakers = ws.breakers.get(channel, ())
    for contact_id in agent.contacts:
        if ws.contacts[contact_id].channel in breakers:
            return contact_id
    return ""
