"""Which agent gets a contact, and which contact an agent: at once, whenever either is free."""

from collections.abc import Iterable

from router.domain.agent import FREE, Agent
from router.domain.choosing import candidates, free_agents
from router.domain.contact import Contact
from router.domain.estimating import estimate
from router.domain.explaining import BEST, why_agent, why_contact, why_own
from router.domain.line import Rank
from router.domain.offer_decisions import Explanation
from router.domain.offers import make_offer
from router.domain.own_lines import may_take
from router.domain.roster import Agents
from router.domain.telling import tell
from router.domain.waiting import stop_waiting_for
from router.domain.workspace import Workspace


def settle(ws: Workspace) -> None:
    """Bring together what became eligible and free, and tell what changed of agents.

    What made an agent free is told before the offer that follows from it.
    """
    _refresh(ws)
    if ws.eligible or ws.freed:
        ws.untold = dict(ws.changed)
        while ws.eligible or ws.freed:
            _serve_contacts(ws)
            _serve_agents(ws)
    if ws.entered:
        estimate(ws)
    for agent_id, because in ws.changed.items():
        tell(ws, ws.agents[agent_id], because)
    ws.changed.clear()


def _refresh(ws: Workspace) -> None:
    market, own = ws.market, ws.market.own
    for agent_id in ws.stale:
        agent = ws.agents[agent_id]
        if market.refresh(agent, ws.now):
            ws.freed[agent_id] = None
        if agent_id in own.by_agent and agent.barrier() in ("offline", "gone"):
            for contact_id in own.contacts(agent_id):
                stop_waiting_for(ws, ws.contacts[contact_id])
    ws.stale.clear()


def _serve_contacts(ws: Workspace) -> None:
    """Give newly waiting contacts to agents who were free before, the first in line first.

    An agent who became free in this very step chooses afterwards, among all who wait: so an
    agent who refuses a contact gets it back only when nobody else is free.
    """
    waiting = sorted(ws.market.rank_of(contact_id, ws.now) for contact_id in ws.eligible)
    ws.eligible.clear()
    for _, _, contact_id in waiting:
        contact = ws.contacts[contact_id]
        if contact.queue in ws.market.paused:
            continue
        if contact.preferred_agent_id:
            _serve_own(ws, contact)
            continue
        queue = ws.queues[contact.queue]
        bucket = ws.market.bucket_of(contact, queue)
        if not ws.market.standings.free(contact.channel) & bucket.fits:
            continue
        waited = ws.now - contact.queued_since
        count, passing = max(BEST, queue.offer_to), _bits(ws, (*ws.freed, contact.asked_by))
        best = free_agents(ws.market, bucket, count, waited, passing)
        if best:
            why = why_agent(ws, bucket, best, waited)
            for fit in best[: queue.offer_to]:
                _offer(ws, contact, fit.agent, why, fit.ring)


def _serve_own(ws: Workspace, contact: Contact) -> None:
    agent = ws.agents[contact.preferred_agent_id]
    if agent.agent_id not in ws.freed and may_take(agent, contact.channel, contact.over):
        _offer(ws, contact, agent, why_own(ws, contact, agent), 0)


def _serve_agents(ws: Workspace) -> None:
    """Let the agents who became free choose, the longest idle first."""
    free = sorted((ws.agents[agent_id] for agent_id in ws.freed), key=_idle)
    ws.freed.clear()
    for agent in free:
        while found := _candidates(ws, agent):
            best = [(ws.contacts[rank[2]], -rank[0], preference) for preference, rank in found]
            contact = best[0][0]
            if contact.preferred_agent_id:
                why = why_own(ws, contact, agent)
            else:
                why = why_contact(ws, agent, best)
            _offer(ws, contact, agent, why, _ring(ws, contact, agent))
            _offer_to_others(ws, contact, agent, why)


def _candidates(ws: Workspace, agent: Agent) -> list[tuple[int, Rank]]:
    """Return whom the agent could take: nobody consults themselves."""
    if FREE not in agent.status.values() and agent.agent_id not in ws.market.own.by_agent:
        return []
    asking = sum([1 for contact in agent.contacts.values() if contact.consult_id])
    found = candidates(ws.market, agent, ws.now, BEST + asking)
    if asking:
        found = [f for f in found if ws.contacts[f[1][2]].asked_by != agent.agent_id]
    return found[:BEST]


def _bits(ws: Workspace, agent_ids: Iterable[str]) -> Agents:
    """Return the set of those who are agents."""
    found = 0
    for agent_id in agent_ids:
        if agent_id in ws.agents:
            found |= 1 << ws.agents[agent_id].number
    return found


def _offer_to_others(ws: Workspace, contact: Contact, first: Agent, why: Explanation) -> None:
    """A queue that offers to several agents does so, whoever came first."""
    more = ws.queues[contact.queue].offer_to - 1
    if more < 1 or contact.preferred_agent_id:
        return
    bucket = ws.market.bucket_of(contact, ws.queues[contact.queue])
    waited, passing = ws.now - contact.queued_since, _bits(ws, (first.agent_id, contact.asked_by))
    for fit in free_agents(ws.market, bucket, more, waited, passing):
        _offer(ws, contact, fit.agent, why, fit.ring)


def _ring(ws: Workspace, contact: Contact, agent: Agent) -> int:
    if contact.preferred_agent_id or len(contact.pool) == 1:
        return 0
    fit = ws.market.bucket_of(contact, ws.queues[contact.queue]).fit_of(agent)
    assert fit is not None
    return fit.ring


def _offer(ws: Workspace, contact: Contact, agent: Agent, why: Explanation, ring: int) -> None:
    because = ws.untold.pop(agent.agent_id, None)
    if because is not None:
        del ws.changed[agent.agent_id]
        tell(ws, agent, because)
    make_offer(ws, contact, agent, why, ring)
    _refresh(ws)


def _idle(agent: Agent) -> tuple[int, str]:
    return (agent.idle_since, agent.agent_id)
