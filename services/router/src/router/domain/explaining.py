"""Why this agent and this contact: bounded, and the same in every replay."""

from collections.abc import Iterable

from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket
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
    counts = bucket.counts
    dropped = {reason: n for reason, n in counts.items() if n and reason != FREE}
    not_yet = bucket.not_yet(waited)
    if not_yet:
        dropped["delay"] = not_yet
    free = counts[FREE] - not_yet
    first = best[0]
    inner = "" if len(bucket.key.pool) == 1 else f" of ring {first.ring}"
    return Explanation(
        question="agent_for_contact",
        candidate_count=len(ws.agents),
        dropped=tuple(sorted(dropped.items())),
        best=tuple(
            Candidate(fit.agent.agent_id, compared_agent(fit, bucket, ws.now))
            for fit in best[:BEST]
        ),
        sentence=f"{first.agent.agent_id}{inner} {FIRST_BY[bucket.order]} {free} free agents"
        if free > 1
        else f"{first.agent.agent_id} is the only free agent",
    )


def why_contact(
    ws: Workspace, agent: Agent, best: Iterable[tuple[Contact, int, int]]
) -> Explanation:
    """Explain a contact chosen for an agent who became free; `best` has the chosen one first.

    Each with its effective priority and the agent's preference for its queue.
    """
    first, *rest = best
    fits, full = ws.market.waiting_for(agent, ws.now)
    unfit = ws.market.waiting - fits - full
    dropped = (("full", full), ("not_eligible", unfit))
    return Explanation(
        question="contact_for_agent",
        candidate_count=ws.market.waiting,
        dropped=tuple((reason, count) for reason, count in dropped if count > 0),
        best=tuple(Candidate(one[0].contact_id, compared_contact(*one)) for one in (first, *rest)),
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
