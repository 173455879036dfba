"""Agents who sign in and out, are lost and gone, and choose their presence."""

from router.domain.agent import Agent
from router.domain.agent_decisions import AgentSessionStarted
from router.domain.agent_facts import (
    AgentConnectionLost,
    AgentSignedIn,
    AgentSignedOut,
    PresenceChosen,
)
from router.domain.clock import milliseconds
from router.domain.consult_ends import hand_over
from router.domain.desks import heard_of_desk, heard_of_session, join, leave
from router.domain.endings import release
from router.domain.lookup import agent_of, session_of
from router.domain.offer_ends import end_offer, withdraw_pending
from router.domain.reasons import Because, OfferOutcome, Refused, WithdrawnBecause
from router.domain.telling import state_of
from router.domain.timers import TimerKind
from router.domain.transitions import WITH_AGENT
from router.domain.visits import reopen_visit
from router.domain.words import Connection, Presence
from router.domain.workspace import Workspace

FORMER_SESSIONS = 4


def agent_signed_in(ws: Workspace, fact: AgentSignedIn) -> None:
    """A session starts: this step's number is its number, and the higher one wins."""
    agent = agent_of(ws, fact.agent_id)
    if not fact.session_id or not fact.desk_instance:
        detail = "session_id or desk_instance is empty"
        raise Refused(Because.INVALID_FIELD, detail, agent_id=fact.agent_id)
    if fact.session_id in (agent.session_id, *agent.former_sessions):
        raise Refused(Because.REPEATED, "the session is known", agent_id=fact.agent_id)
    if agent.connection is Connection.GONE:
        choose(agent, Presence.OFFLINE, "")
        agent.is_not_responding = False
    former = (agent.session_id, *agent.former_sessions) if agent.session_id else ()
    agent.former_sessions = former[:FORMER_SESSIONS]
    agent.session_id = fact.session_id
    agent.session_number = ws.step_number
    agent.connection = Connection.CONNECTED
    agent.is_lost_with_desk = agent.is_undelivered = False
    agent.grace_until = 0
    join(ws, agent, fact.desk_instance)
    ws.say(AgentSessionStarted(session_id=fact.session_id, agent=state_of(ws, agent)))
    ws.stale[agent.agent_id] = None


def agent_signed_out(ws: Workspace, fact: AgentSignedOut) -> None:
    """Signed out by word: nobody waits for the agent to come back."""
    agent = session_of(ws, fact)
    heard_of_desk(ws, agent.desk_instance)
    choose(agent, Presence.OFFLINE, "")
    be_gone(ws, agent, WithdrawnBecause.AGENT_LOST)


def agent_connection_lost(ws: Workspace, fact: AgentConnectionLost) -> None:
    """The stream broke: the grace begins."""
    agent = session_of(ws, fact)
    if agent.connection is Connection.LOST:
        agent.is_lost_with_desk = False
        raise Refused(Because.REPEATED, "the agent is lost", agent_id=agent.agent_id)
    be_lost(ws, agent, is_lost_with_desk=False)


def presence_chosen(ws: Workspace, fact: PresenceChosen) -> None:
    """Applies to new offers and never cuts a contact."""
    agent = session_of(ws, fact)
    before = chosen(agent)
    heard_of_session(ws, agent)
    reason_code = known_reason(ws, agent, fact.presence, fact.reason_code)
    agent.is_not_responding = False
    if fact.is_next and agent.contacts:
        agent.next_presence, agent.next_reason_code = fact.presence, reason_code
    else:
        choose(agent, fact.presence, reason_code)
    if chosen(agent) == before and agent.agent_id not in ws.changed:
        raise Refused(Because.REPEATED, "it is chosen already", agent_id=agent.agent_id)
    ws.touch(agent, "presence")


def be_lost(ws: Workspace, agent: Agent, *, is_lost_with_desk: bool) -> None:
    """Keeps the contacts, gets no offers, may come back within the grace."""
    agent.connection = Connection.LOST
    agent.is_lost_with_desk = is_lost_with_desk
    agent.grace_until = ws.now + milliseconds(ws.rules.timers.agent_grace_seconds)
    ws.timers.arm(agent.grace_until, TimerKind.GRACE, agent.agent_id)
    ws.touch(agent, "connection")
    withdraw_pending(ws, agent, WithdrawnBecause.AGENT_LOST)


def be_gone(ws: Workspace, agent: Agent, because: WithdrawnBecause) -> None:
    """The contacts in hand wait again; wrap-up goes on until its limit."""
    agent.connection = Connection.GONE
    agent.is_lost_with_desk = agent.is_undelivered = False
    agent.grace_until = 0
    leave(ws, agent)
    ws.touch(agent, "connection")
    withdraw_pending(ws, agent, because)
    # The last first: each goes to the front, so that they keep their order among themselves.
    for contact in [ws.contacts[contact_id] for contact_id in reversed(agent.contacts)]:
        if contact.offer_id in ws.offers:
            end_offer(ws, ws.offers[contact.offer_id], OfferOutcome.WITHDRAWN, because)
        elif contact.is_conference and contact.consult_id:
            hand_over(ws, contact)
        elif contact.state in WITH_AGENT:
            release(ws, contact)
            reopen_visit(ws, contact)


def choose(agent: Agent, presence: Presence, reason_code: str) -> None:
    """The presence counts at once; what was to follow is forgotten."""
    agent.presence, agent.reason_code = presence, reason_code
    agent.next_presence, agent.next_reason_code = None, ""


def known_reason(ws: Workspace, agent: Agent, presence: Presence, reason_code: str) -> str:
    """Return the reason of a break, which is one of the policy's; other presences have none."""
    if presence is not Presence.BREAK:
        return ""
    if reason_code not in (ws.rules.break_reasons or ("",)):
        detail = f"break reason {reason_code!r}"
        raise Refused(Because.UNKNOWN_REASON, detail, agent_id=agent.agent_id)
    return reason_code


def chosen(agent: Agent) -> tuple[object, ...]:
    """Return presence and reason, what follows them, and whether the agent does not respond."""
    return (
        agent.presence,
        agent.reason_code,
        agent.next_presence,
        agent.next_reason_code,
        agent.is_not_responding,
    )
