"""For whom a contact waits alone, at first: the last agent, the account owner, a transfer's aim."""

from router.domain.agent import Agent
from router.domain.clock import milliseconds
from router.domain.contact import Contact
from router.domain.queues import Queue
from router.domain.waiting import end_preference, may_wait_for
from router.domain.words import Connection, Presence
from router.domain.workspace import Workspace


def prefer(ws: Workspace, contact: Contact, queue: Queue) -> None:
    """Decide at the beginning of a visit; who was named directly stays so."""
    agent_id = contact.preferred_agent_id or contact.last_agent_id
    agent = ws.agents.get(agent_id)
    if agent is not None and not is_worth_waiting(agent, contact):
        agent = None
    if contact.is_direct and agent is not None:
        return
    end_preference(contact)
    rules = queue.preferred
    seconds = max(rules.seconds if rules else 0.0, contact.returning_seconds)
    if not seconds or agent is None or not may_wait_for(agent, contact):
        return
    contact.preferred_agent_id = agent_id
    contact.preferred_until = ws.now + milliseconds(seconds)
    contact.over = 1 if rules and rules.is_over_capacity else 0


def is_worth_waiting(agent: Agent, contact: Contact) -> bool:
    """Tell whether the agent is signed in and could be offered the channel at all."""
    return (
        agent.connection is not Connection.GONE
        and agent.presence is not Presence.OFFLINE
        and contact.channel in agent.kind_of
    )
