"""Which agent gets a contact, and which contact an agent: at once, whenever either is free."""

from router.domain.agent import Agent
from router.domain.contact import Contact, Rank
from router.domain.explaining import BEST, why_agent, why_contact
from router.domain.market import best_of
from router.domain.offer_decisions import Explanation
from router.domain.offers import make_offer
from router.domain.telling import tell
from router.domain.workspace import Workspace


def settle(ws: Workspace) -> None:
    """Bring together what became eligible and free, and tell what changed of agents.

    What made an agent free is told before the offer that follows from it.
    """
    _refresh(ws)
    ws.untold = dict(ws.changed)
    while ws.eligible or ws.freed:
        _serve_contacts(ws)
        _serve_agents(ws)
    for agent_id, because in ws.changed.items():
        tell(ws, ws.agents[agent_id], because)
    ws.changed.clear()


def _refresh(ws: Workspace) -> None:
    for agent_id in ws.stale:
        if ws.market.refresh(ws.agents[agent_id], ws.now):
            ws.freed[agent_id] = None
    ws.stale.clear()


def _serve_contacts(ws: Workspace) -> None:
    """Give newly waiting contacts to agents who were free before, the first in line first.

    An agent who became free in this very step chooses afterwards, among all who wait: so an
    agent who refuses a contact gets it back only when nobody else is free.
    """
    waiting = sorted((ws.contacts[contact_id] for contact_id in ws.eligible), key=_rank)
    ws.eligible.clear()
    for contact in waiting:
        bucket = ws.market.bucket_of(contact, ws.agents)
        best = bucket.free_agents(ws.agents, BEST, ws.freed)
        if best:
            _offer(ws, contact, best[0], why_agent(ws, bucket, best))


def _serve_agents(ws: Workspace) -> None:
    """Let the agents who became free choose, the longest idle first."""
    free = sorted((ws.agents[agent_id] for agent_id in ws.freed), key=_idle)
    ws.freed.clear()
    for agent in free:
        while lines := ws.market.open_lines(agent):
            best = [ws.contacts[rank[2]] for rank in best_of(lines, BEST)]
            _offer(ws, best[0], agent, why_contact(ws, agent, best))


def _offer(ws: Workspace, contact: Contact, agent: Agent, why: Explanation) -> None:
    because = ws.untold.pop(agent.agent_id, None)
    if because is not None:
        del ws.changed[agent.agent_id]
        tell(ws, agent, because)
    make_offer(ws, contact, agent, why)
    _refresh(ws)


def _rank(contact: Contact) -> Rank:
    return contact.rank


def _idle(agent: Agent) -> tuple[int, str]:
    return (agent.idle_since, agent.agent_id)
