"""Why this agent and this contact: bounded, and the same in every replay."""

from collections.abc import Iterable

from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket
from router.domain.contact import Contact
from router.domain.offer_decisions import Candidate, Explanation
from router.domain.workspace import Workspace

BEST = 5


def why_agent(ws: Workspace, bucket: Bucket, best: list[Agent]) -> Explanation:
    """Explain an agent chosen for a contact; `best` has the chosen one first."""
    counts = bucket.counts
    dropped = sorted((reason, n) for reason, n in counts.items() if n and reason != FREE)
    free = counts[FREE]
    return Explanation(
        question="agent_for_contact",
        candidate_count=len(ws.agents),
        dropped=tuple(dropped),
        best=tuple(_agent(agent, ws.now) for agent in best),
        sentence=f"{best[0].agent_id} has been idle longest of {free} free agents"
        if free > 1
        else f"{best[0].agent_id} is the only free agent",
    )


def why_contact(ws: Workspace, agent: Agent, best: Iterable[Contact]) -> Explanation:
    """Explain a contact chosen for an agent who became free; `best` has the chosen one first."""
    first, *rest = best
    fits, full = ws.market.waiting_for(agent)
    unfit = ws.market.waiting - fits - full
    dropped = (("full", full), ("not_eligible", unfit))
    return Explanation(
        question="contact_for_agent",
        candidate_count=ws.market.waiting,
        dropped=tuple((reason, count) for reason, count in dropped if count),
        best=tuple(_contact(contact) for contact in (first, *rest)),
        sentence=f"{first.contact_id} comes first of {fits} contacts that wait for"
        f" {agent.agent_id}",
    )


def _agent(agent: Agent, now: int) -> Candidate:
    idle = (now - agent.idle_since) / 1000
    return Candidate(agent.agent_id, (("idle_seconds", f"{idle:.3f}"),))


def _contact(contact: Contact) -> Candidate:
    priority, since = str(contact.priority), str(contact.queued_since)
    return Candidate(contact.contact_id, (("priority", priority), ("queued_since", since)))
