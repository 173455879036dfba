"""Who comes first: of the free agents for a contact, of those who wait for an agent."""

from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket
from router.domain.line import Rank
from router.domain.market import Market
from router.domain.offered import Head
from router.domain.pool import Fit
from router.domain.queues import AgentOrder
from router.domain.roster import Agents, numbers

FEW = 16
"""So many are sorted each time; of more, those who come first are sought in a pool."""


def free_agents(
    market: Market, bucket: Bucket, count: int, waited: int, passing: Agents
) -> list[Fit]:
    """Return the free agents who come first: inner rings, then the queue's order."""
    free = market.standings.free(bucket.key.channel) & bucket.fits
    if free:
        free &= ~(bucket.late(waited) | passing)
    found: list[Fit] = []
    for ring, agents in enumerate(bucket.rings):
        if len(found) == count:
            break
        found += _first(market, bucket, ring, free & agents, count - len(found))
    return found


def candidates(market: Market, agent: Agent, now: int, count: int) -> list[tuple[int, Rank]]:
    """Return whom the agent could take now: best first, with the agent's preference.

    The best of all lie in the lines with the best heads; of the others no more is seen.
    """
    status, paused = agent.status, market.paused
    heads: list[Head] = []
    for kind, offered in market.lists_of(agent).items():
        if status[kind] == FREE:
            heads += offered.heads(now, paused)
    heads.sort()
    found: list[tuple[int, Rank]] = []
    # Behind each better head there is room for one less.
    for room, (preference, rank, delay, lines) in zip(range(count, 0, -1), heads, strict=False):
        if room == 1 or lines.count == 1:
            found.append((preference, rank))
        else:
            found += [(preference, each) for each in lines.best(room, now, now - delay)]
    if agent.agent_id in market.own.by_agent:
        found += market.own.candidates(agent, now, count, paused)
    found.sort()
    return found[:count]


def waiting_for(market: Market, agent: Agent, now: int) -> tuple[int, int]:
    """Return how many waiting contacts the agent could take now, and how many when not full."""
    open_count, full_count = 0, 0
    if agent.agent_id in market.own.by_agent:
        open_count = market.own.count(agent)
    for kind, offered in market.lists_of(agent).items():
        if agent.status[kind] == FREE:
            open_count += offered.count(now, is_open=True)
        else:
            full_count += offered.count(now, is_open=False)
    return open_count, full_count


def _first(market: Market, bucket: Bucket, ring: int, agents: Agents, count: int) -> list[Fit]:
    """Return those of one ring who come first by the queue's order."""
    key_of, order, agent_of = market.standings.key_of, bucket.order, market.roster.agent
    if agents.bit_count() <= FEW:
        fits = [bucket.fit(agent_of(number), ring) for number in numbers(agents)]
        fits.sort(key=lambda fit: key_of(fit, order))
        return fits[:count]
    equals = [agents]
    if order is AgentOrder.BEST_SKILL:
        equals = market.roster.by_score(agents, bucket.key.pool[ring].skills)
    found: list[Fit] = []
    for some in equals:
        if len(found) == count:
            break
        first = market.standings.first(count - len(found), some, bucket.key.channel, order)
        found += [bucket.fit(agent, ring) for agent in first]
    return found
