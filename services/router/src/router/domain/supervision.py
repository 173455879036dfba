"""What supervisors decide about contacts and agents."""

from router.domain.agent import Agent
from router.domain.asked import bounded_priority
from router.domain.chain import enter_queue
from router.domain.contact import ANY, Contact
from router.domain.endings import release
from router.domain.flow import check_queue
from router.domain.lookup import agent_of, contact_of, repeated
from router.domain.offer_ends import withdraw_offers
from router.domain.reasons import Because, Refused, VisitExit, WithdrawnBecause
from router.domain.sessions import choose, chosen, known_reason
from router.domain.supervisor_facts import (
    ContactMoved,
    ContactPrioritised,
    ContactPulledBack,
    ContactReassigned,
    PresenceForced,
)
from router.domain.transfers import wait_for
from router.domain.transitions import WITH_AGENT
from router.domain.versions import BEHAVIOURS
from router.domain.visit_decisions import ContactPrioritySet
from router.domain.visits import end_visit, reopen_visit
from router.domain.waiting import arm_growth, line_up_again
from router.domain.words import Connection, ContactState, Presence, QueuedBy
from router.domain.workspace import Workspace

IN_QUEUE = (ContactState.QUEUED, ContactState.OFFERED, ContactState.CONNECTING)


def presence_forced(ws: Workspace, fact: PresenceForced) -> None:
    """As if the agent had chosen it."""
    agent = agent_of(ws, fact.agent_id)
    if agent.connection is Connection.GONE:
        detail = "the agent is not signed in"
        raise Refused(Because.NOT_IN_THIS_STATE, detail, agent_id=fact.agent_id)
    before, reason_code = chosen(agent), fact.reason_code
    if BEHAVIOURS[ws.engine_version].is_forced_as_chosen:
        reason_code = known_reason(ws, agent, fact.presence, reason_code)
    elif before[:2] == (fact.presence, reason_code):
        raise Refused(Because.REPEATED, "it is so already", agent_id=fact.agent_id)
    agent.is_not_responding = False
    choose(agent, fact.presence, reason_code)
    if chosen(agent) == before:
        raise Refused(Because.REPEATED, "it is so already", agent_id=fact.agent_id)
    ws.touch(agent, "supervisor")


def contact_moved(ws: Workspace, fact: ContactMoved) -> None:
    """QUEUED → QUEUED: the visit ends moved, another opens."""
    contact = _in_queue(ws, fact.contact_id)
    check_queue(ws, fact.queue, fact.contact_id)
    if contact.queue == fact.queue:
        raise repeated(contact, "it waits there already")
    withdraw_offers(ws, contact, WithdrawnBecause.SUPERVISOR)
    end_visit(ws, contact, VisitExit.MOVED)
    enter_queue(ws, contact, "Moved", fact.queue, QueuedBy.SUPERVISOR)


def contact_prioritised(ws: Workspace, fact: ContactPrioritised) -> None:
    """It counts where it waits, and wherever it will wait."""
    contact = contact_of(ws, fact.contact_id)
    priority = bounded_priority(fact.priority, fact.contact_id)
    if contact.priority == priority:
        raise repeated(contact, f"its priority is {priority}")
    contact.asked_priority += priority - contact.priority
    is_waiting = contact.state is ContactState.QUEUED
    contact.priority = priority
    if is_waiting:
        line_up_again(ws, contact)
    ws.say(ContactPrioritySet(contact_id=contact.contact_id, priority=priority, by=fact.by))


def contact_reassigned(ws: Workspace, fact: ContactReassigned) -> None:
    """The contact waits for this agent alone, full or not."""
    contact = contact_of(ws, fact.contact_id)
    agent = agent_of(ws, fact.agent_id)
    if agent.agent_id == contact.agent_id:
        raise repeated(contact, "the agent has it")
    is_away = agent.connection is Connection.GONE
    if BEHAVIOURS[ws.engine_version].is_offline_refused:
        is_away = is_away or agent.presence is Presence.OFFLINE
    if is_away or contact.channel not in agent.kind_of:
        detail = "the agent is not signed in, or does not serve the channel"
        raise Refused(Because.NOT_IN_THIS_STATE, detail, agent_id=fact.agent_id)
    _take_back(ws, contact)
    wait_for(ws, contact, agent.agent_id)
    contact.over = ANY
    line_up_again(ws, contact)
    arm_growth(ws, contact)


def contact_pulled_back(ws: Workspace, fact: ContactPulledBack) -> None:
    """From an offer or an agent: it waits again, at its place."""
    contact = contact_of(ws, fact.contact_id)
    if contact.state is ContactState.QUEUED:
        raise repeated(contact, "it waits already")
    held = [ws.offers[id].agent_id for id in contact.offers] + [contact.agent_id]
    _take_back(ws, contact)
    for agent_id in filter(None, held):
        _to_the_end(ws, ws.agents[agent_id])


def _take_back(ws: Workspace, contact: Contact) -> None:
    if contact.state in WITH_AGENT:
        release(ws, contact)
        contact.last_agent_id = ""
        reopen_visit(ws, contact, QueuedBy.SUPERVISOR)
        return
    _in_queue(ws, contact.contact_id)
    withdraw_offers(ws, contact, WithdrawnBecause.SUPERVISOR)


def _to_the_end(ws: Workspace, agent: Agent) -> None:
    """Who just had it is the last to get it again."""
    agent.restart_idle_time(ws.now)


def _in_queue(ws: Workspace, contact_id: str) -> Contact:
    contact = contact_of(ws, contact_id)
    if contact.state not in IN_QUEUE:
        detail = f"the contact is {contact.state}"
        raise Refused(Because.NOT_IN_THIS_STATE, detail, contact_id=contact_id)
    return contact
