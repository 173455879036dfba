"""Why this agent and this contact: bounded, and the same in every replay."""

from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket
from router.domain.choosing import waiting_for
from router.domain.contact import ANY, Contact
from router.domain.offer_decisions import Candidate, Explanation
from router.domain.pool import Fit
from router.domain.queues import AgentOrder
from router.domain.workspace import Workspace

BEST = 5
FIRST_BY = {
    AgentOrder.LONGEST_IDLE: "has been idle longest of",
    AgentOrder.BEST_SKILL: "has the best skills of",
    AgentOrder.LEAST_LOADED: "has the least in hand of",
    AgentOrder.ROUND_ROBIN: "comes next in turn of",
}


def why_agent(ws: Workspace, bucket: Bucket, best: list[Fit], waited: int) -> Explanation:
    """Explain an agent chosen for a contact; `best` has the chosen one first."""
    counts, fits = bucket.count_unfit(), bucket.fits
    standings = ws.market.standings.by_status(bucket.key.channel)
    for reason, agents in standings.items():
        counts[reason] += (agents & fits).bit_count()
    counts["delay"] = (standings.get(FREE, 0) & bucket.late(waited)).bit_count()
    free = counts.pop(FREE, 0) - counts["delay"]
    first = best[0]
    inner = "" if len(bucket.key.pool) == 1 else f" of ring {first.ring}"
    return Explanation(
        question="agent_for_contact",
        candidate_count=len(ws.agents),
        dropped=tuple(sorted((reason, n) for reason, n in counts.items() if n)),
        best=tuple(
            Candidate(fit.agent.agent_id, compared_agent(fit, bucket, ws.now))
            for fit in best[:BEST]
        ),
        sentence=f"{first.agent.agent_id}{inner} {FIRST_BY[bucket.order]} {free} free agents"
        if free > 1
        else f"{first.agent.agent_id} is the only free agent",
    )


def why_contact(ws: Workspace, agent: Agent, best: list[tuple[Contact, int, int]]) -> Explanation:
    """Explain a contact chosen for an agent who became free; `best` has the chosen one first.

    Each with its effective priority and the agent's preference for its queue.
    """
    first = best[0]
    fits, full = waiting_for(ws.market, agent, ws.now)
    dropped = (("full", full), ("not_eligible", ws.market.waiting - fits - full))
    return Explanation(
        question="contact_for_agent",
        candidate_count=ws.market.waiting,
        dropped=tuple([entry for entry in dropped if entry[1] > 0]),
        best=tuple([_shown(*one) for one in best]),
        sentence=f"{first[0].contact_id} comes first of {fits} contacts that wait for"
        f" {agent.agent_id}",
    )


def why_own(ws: Workspace, contact: Contact, agent: Agent) -> Explanation:
    """Explain a contact that waits for this agent alone."""
    if contact.over == ANY:
        why = "a supervisor said so"
    else:
        why = "it was transferred to them" if contact.is_direct else "they are preferred"
    until = str(contact.preferred_until)
    return Explanation(
        question="agent_for_contact",
        candidate_count=1,
        dropped=(),
        best=(Candidate(agent.agent_id, (("alone_until", until),)),),
        sentence=f"{contact.contact_id} waits for {agent.agent_id} alone: {why}",
    )


def compared_agent(fit: Fit, bucket: Bucket, now: int) -> tuple[tuple[str, str], ...]:
    """Return what is compared of an agent, by the queue's rule."""
    agent = fit.agent
    compared = [("idle_seconds", f"{(now - agent.idle_since) / 1000:.3f}")]
    match bucket.order:
        case AgentOrder.BEST_SKILL:
            compared.insert(0, ("levels", str(fit.score)))
        case AgentOrder.LEAST_LOADED:
            compared.insert(0, ("load", f"{agent.slots.load() / 1000:.3f}"))
        case AgentOrder.ROUND_ROBIN:
            compared = [("last_offer", str(agent.turn))]
    if len(bucket.key.pool) > 1:
        compared.insert(0, ("ring", str(fit.ring)))
    return tuple(compared)


def compared_contact(
    contact: Contact, priority: int, preference: int
) -> tuple[tuple[str, str], ...]:
    """Return what is compared of a contact; `priority` is the effective one."""
    compared = [("priority", str(priority)), ("queued_since", str(contact.queued_since))]
    if preference != 1:
        compared.insert(0, ("preference", str(preference)))
    return tuple(compared)


def _shown(contact: Contact, priority: int, preference: int) -> Candidate:
    """Return the candidate: most are among the best many times before they are chosen."""
    compared = (priority, preference, contact.queued_since)
    if contact.shown is None or contact.shown[0] != compared:
        one = Candidate(contact.contact_id, compared_contact(contact, priority, preference))
        contact.shown = compared, one
    return contact.shown[1]
