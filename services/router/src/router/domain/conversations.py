"""What happens between the answer and the end: hold, transfer, disconnect, wrap-up."""

from router.domain.agent_facts import HoldEnded, HoldStarted, WrapUpFinished
from router.domain.consult_ends import hand_over
from router.domain.contact import Contact
from router.domain.contact_decisions import (
    ContactHeld,
    ContactResumed,
    FirstReplyMade,
)
from router.domain.contact_facts import AgentFirstReplied, ContactDisconnected
from router.domain.endings import end_contact, start_wrap_up
from router.domain.lookup import (
    acting,
    agent_of,
    contact_of,
    own_contact,
    repeated,
    require,
)
from router.domain.reasons import Because, ContactCause, Refused
from router.domain.words import ContactState, Party
from router.domain.workspace import Workspace


def hold_started(ws: Workspace, fact: HoldStarted) -> None:
    """CONNECTED → ON_HOLD."""
    agent = acting(ws, fact)
    contact = own_contact(ws, agent, fact.contact_id)
    if contact.state is ContactState.ON_HOLD:
        raise repeated(contact, "the contact is on hold")
    require(contact, "HoldStarted")
    ws.move(contact, "HoldStarted", ContactState.ON_HOLD)
    ws.say(ContactHeld(contact_id=contact.contact_id, agent_id=agent.agent_id))
    ws.touch(agent, "contact")


def hold_ended(ws: Workspace, fact: HoldEnded) -> None:
    """ON_HOLD → CONNECTED."""
    agent = acting(ws, fact)
    contact = own_contact(ws, agent, fact.contact_id)
    if contact.state is ContactState.CONNECTED:
        raise repeated(contact, "the contact is not on hold")
    require(contact, "HoldEnded")
    contact.interrupted_by = ""
    ws.move(contact, "HoldEnded", ContactState.CONNECTED)
    ws.say(ContactResumed(contact_id=contact.contact_id, agent_id=agent.agent_id))
    ws.touch(agent, "contact")


def agent_first_replied(ws: Workspace, fact: AgentFirstReplied) -> None:
    """The first answer of a text contact; the agent responds."""
    agent = agent_of(ws, fact.agent_id)
    contact = own_contact(ws, agent, fact.contact_id)
    if contact.is_first_reply_made:
        raise repeated(contact, "the first reply was made")
    require(contact, "ContactDisconnected")
    contact.is_first_reply_made = True
    if contact.sleep_at:
        ws.let_sleep(contact, ws.rules.timers.text_sleep_seconds)
    ws.say(FirstReplyMade(contact_id=contact.contact_id, agent_id=agent.agent_id))


def contact_disconnected(ws: Workspace, fact: ContactDisconnected) -> None:
    """CONNECTED, ON_HOLD → WRAP_UP: a leg went, or the agent says so."""
    contact = contact_of(ws, fact.contact_id)
    if fact.agent_id:
        contact = own_contact(ws, acting(ws, fact), fact.contact_id)
    if contact.state is ContactState.WRAP_UP:
        raise repeated(contact, "the contact is in wrap-up")
    require(contact, "ContactDisconnected")
    if contact.is_conference and fact.by is Party.AGENT and contact.consult_id:
        hand_over(ws, contact)
        return
    start_wrap_up(ws, contact, "ContactDisconnected", fact.by)


def wrap_up_finished(ws: Workspace, fact: WrapUpFinished) -> None:
    """WRAP_UP → ENDED."""
    agent = acting(ws, fact)
    ended = ws.ended_contacts.get(fact.contact_id)
    if ended is not None and (ended.agent_id, ended.disposition) == (
        agent.agent_id,
        fact.disposition,
    ):
        raise Refused(Because.REPEATED, "the contact is completed", contact_id=fact.contact_id)
    contact = own_contact(ws, agent, fact.contact_id)
    require(contact, "WrapUpFinished")
    if fact.disposition and fact.disposition not in ws.rules.dispositions:
        detail = f"disposition {fact.disposition!r}"
        raise Refused(Because.UNKNOWN_DISPOSITION, detail, contact_id=fact.contact_id)
    complete(ws, contact, "WrapUpFinished", fact)


def complete(ws: Workspace, contact: Contact, on: str, said: WrapUpFinished | None = None) -> None:
    """The work after the contact is done, by word or because its time is over."""
    cause = ContactCause.FAILED if contact.is_failed else ContactCause.COMPLETED
    if said is None:
        end_contact(ws, contact, on, cause)
    else:
        end_contact(ws, contact, on, cause, said.disposition, said.note)
