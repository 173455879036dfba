"""Who comes when, how long each can wait, and how long each takes: seeded, in milliseconds."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import inf
from random import Random

from .formulas import erlang_a_law


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A call center; times are means, in milliseconds. Each agent serves the kinds it names.

    With `prefers_first` the kinds are in order of preference: a customer goes to the agent who
    names their kind first, before the one who is idle longest, and an agent takes the kind that
    they name first, before who came first.
    """

    name: str
    agents: tuple[tuple[int, ...], ...]
    gap: float
    service: float
    patience: float = inf
    places: float = inf
    prefers_first: bool = False

    def liking(self, agent: int, kind: int) -> int:
        """Return how the agent stands to the kind; lower comes first."""
        return self.agents[agent].index(kind) if self.prefers_first else 0

    @property
    def kinds(self) -> int:
        return 1 + max(kind for served in self.agents for kind in served)


@dataclass(frozen=True, slots=True)
class Customer:
    """One who comes; `patience` is infinite where nobody gives up."""

    arrives: int
    kind: int
    service: int
    patience: float


class Fate(StrEnum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a customer; `agent` is the number of the agent who answered, or −1."""

    fate: Fate
    wait: int
    agent: int


def pool(name: str, agents: int, **times: float) -> Setup:
    """Return a call center where everybody does everything."""
    return Setup(name=name, agents=((0,),) * agents, **times)


def come(setup: Setup, seed: int, count: int, there: tuple[int, ...] = ()) -> list[Customer]:
    """Return customers in order of arrival: first those who are there at 0, then `count` more.

    All times are exponential, so who is there already is like one who begins at 0.
    """
    chance = Random(f"{setup.name}/{seed}")
    gaps = [chance.expovariate(1 / setup.gap) for _ in range(count)]
    instants = [0.0] * len(there) + list(accumulate(gaps))
    kinds = [*there, *(chance.randrange(setup.kinds) for _ in range(count))]
    return [
        Customer(
            arrives=round(instant),
            kind=kind,
            service=round(chance.expovariate(1 / setup.service)),
            patience=_patience(setup, chance),
        )
        for instant, kind in zip(instants, kinds, strict=True)
    ]


def there_in_a_pool(setup: Setup, seed: int) -> tuple[int, ...]:
    """Return who is there at an instant of the stationary call center of one kind."""
    patience_rate = 0.0 if setup.patience == inf else 1 / setup.patience
    law = erlang_a_law(len(setup.agents), 1 / setup.gap, 1 / setup.service, patience_rate)
    chance = Random(f"{setup.name}/there/{seed}")
    return (0,) * chance.choices(range(len(law)), law)[0]


def there_in_a_shared_room(setup: Setup, seed: int) -> tuple[int, ...]:
    """Return the same for equal groups with one room: independent groups that fit it together."""
    chance, servers = Random(f"{setup.name}/there/{seed}"), len(setup.agents) // setup.kinds
    load = setup.service / (setup.gap * setup.kinds)
    most = servers + int(setup.places)
    weights = [1.0]
    for count in range(1, most + 1):
        weights.append(weights[-1] * load / min(count, servers))
    while True:
        counts = chance.choices(range(most + 1), weights, k=setup.kinds)
        if sum(max(count - servers, 0) for count in counts) <= setup.places:
            return tuple(kind for kind, count in enumerate(counts) for _ in range(count))


def _patience(setup: Setup, chance: Random) -> float:
    return inf if setup.patience == inf else round(chance.expovariate(1 / setup.patience))
