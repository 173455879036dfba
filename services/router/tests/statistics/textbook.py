"""First come, first served by whoever is idle longest: as plain as it can be said."""

from heapq import heappop, heappush

from .customers import Customer, Fate, Outcome, Setup

END, GIVE_UP, ARRIVE = range(3)
"""What happens at the same instant happens in this order, then by the customer's number."""


def serve(setup: Setup, customers: list[Customer]) -> list[Outcome]:
    """Return what becomes of each customer, in their order."""
    idle = dict.fromkeys(range(len(setup.agents)), -1)
    waiting: dict[int, None] = {}
    outcomes: dict[int, Outcome] = {}
    events = [(customer.arrives, ARRIVE, n) for n, customer in enumerate(customers)]

    def answer(number: int, agent: int, now: int) -> None:
        customer = customers[number]
        outcomes[number] = Outcome(Fate.ANSWERED, now - customer.arrives, agent)
        heappush(events, (now + customer.service, END, number))

    while events:
        now, what, number = heappop(events)
        customer = customers[number]
        if what == ARRIVE:
            able = [agent for agent in idle if customer.kind in setup.agents[agent]]
            if able:
                agent = min(able, key=lambda a: (setup.liking(a, customer.kind), idle[a], a))
                del idle[agent]
                answer(number, agent, now)
            elif len(waiting) >= setup.places:
                outcomes[number] = Outcome(Fate.REFUSED, 0, -1)
            else:
                waiting[number] = None
                heappush(events, (now + customer.patience, GIVE_UP, number))
        elif what == GIVE_UP and number in waiting:
            del waiting[number]
            outcomes[number] = Outcome(Fate.ABANDONED, now - customer.arrives, -1)
        elif what == END:
            agent = outcomes[number].agent
            mine = (n for n in waiting if customers[n].kind in setup.agents[agent])
            if setup.prefers_first:
                mine = iter(sorted(mine, key=lambda n: setup.liking(agent, customers[n].kind)))
            if (first := next(mine, None)) is None:
                idle[agent] = now
            else:
                del waiting[first]
                answer(first, agent, now)
    return [outcomes[n] for n in range(len(customers))]
