"""An independent simulation, `ciw`, says the same as the formulas, and as the engine.

Ciw (G. Palmer, V. Knight, P. Harper, A. Hawa, "Ciw: an open-source discrete event simulation
library", Journal of Simulation 13, 2019) shares no code with us.
"""

from itertools import pairwise
from math import inf

import ciw
import pytest

from .call_center import Served
from .comparison import Batch, compare
from .customers import Customer, Fate, Outcome, Setup, come
from .long_runs import LONGEST_SECONDS
from .setups import CASES, Case
from .test_statistics import COMPARED

SEEDS, WARMING = 6, 1_500
IMPATIENT, PATIENT = CASES[0], CASES[4]


class InTurn(ciw.dists.Distribution):
    """Each value once, in order. Ciw's own cannot be copied by Python 3.14, and Ciw copies."""

    def __init__(self, values: list[int]) -> None:
        self._values = values
        self._next = 0

    def sample(self, t: float | None = None, ind: object = None) -> int:
        """Return the next value; ciw's last customer asks for one more than there are."""
        value = self._values[self._next % len(self._values)]
        self._next += 1
        return value


@pytest.mark.parametrize("case", [IMPATIENT, PATIENT], ids=lambda case: case.setup.name)
def test_ciw_agrees_with_the_formulas(case: Case):
    _judge(case, batches=3, size=1_000)


@pytest.mark.full
@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.parametrize("case", [IMPATIENT, PATIENT], ids=lambda case: case.setup.name)
def test_ciw_agrees_closely_with_the_formulas(case: Case):
    _judge(case, batches=20, size=4_000)


@pytest.mark.parametrize("case", [CASES[1], PATIENT], ids=lambda case: case.setup.name)
def test_the_engine_lets_each_customer_wait_as_long_as_ciw_does(case: Case):
    """The same customers, one by one: instants and services are given to ciw as they are."""
    customers = come(case.setup, seed=77, count=1_500)

    assert [outcome.wait for outcome in Served(case.setup, customers).serve()] == waits(
        case.setup, customers
    )


def _judge(case: Case, batches: int, size: int) -> None:
    found: list[list[Batch]] = [[] for _ in case.values]
    for seed in range(SEEDS):
        outcomes = simulate(case.setup, seed, WARMING + batches * size)[WARMING:]
        for begin in range(0, len(outcomes), size):
            for value, of_value in zip(case.values, found, strict=True):
                of_value.append(value.of(outcomes[begin : begin + size]))
    for value, of_value in zip(case.values, found, strict=True):
        comparison = compare(f"ciw, {value.what}", of_value, value.exact, COMPARED)
        print(comparison)
        assert comparison.agrees, str(comparison)


def simulate(setup: Setup, seed: int, count: int) -> list[Outcome]:
    """Return what becomes of the first so many customers who come to an empty place."""
    ciw.seed(seed)
    rates = {
        "arrival_distributions": [ciw.dists.Exponential(1 / setup.gap)],
        "service_distributions": [ciw.dists.Exponential(1 / setup.service)],
        "number_of_servers": [len(setup.agents)],
    }
    if setup.patience < inf:
        rates["reneging_time_distributions"] = [ciw.dists.Exponential(1 / setup.patience)]
    run = ciw.Simulation(ciw.create_network(**rates))
    # Those who came before one of the last may leave after that one: so more come than count.
    run.simulate_until_max_customers(count + 20 * len(setup.agents) + 2_000, method="Finish")
    records = sorted(run.get_all_records(), key=lambda record: record.id_number)[:count]
    assert [record.id_number for record in records] == list(range(1, count + 1))
    return [_outcome(record) for record in records]


def waits(setup: Setup, customers: list[Customer]) -> list[int]:
    """Return how long each waits, in milliseconds."""
    arrivals = [customer.arrives for customer in customers]
    gaps = [arrivals[0], *(after - before for before, after in pairwise(arrivals))]
    services = [customer.service for customer in customers]
    ciw.seed(0)
    network = ciw.create_network(
        arrival_distributions=[InTurn([*gaps, 10**12])],
        service_distributions=[InTurn(services)],
        number_of_servers=[len(setup.agents)],
    )
    run = ciw.Simulation(network)
    run.simulate_until_max_time(max(arrivals) + 10**9)
    records = sorted(run.get_all_records(), key=lambda record: record.id_number)
    return [round(record.waiting_time) for record in records]


def _outcome(record: ciw.data_record.DataRecord) -> Outcome:
    if record.record_type == "renege":
        return Outcome(Fate.ABANDONED, record.exit_date - record.arrival_date, -1)
    return Outcome(Fate.ANSWERED, record.waiting_time, record.server_id)
