"""The numbers for Prometheus, computed from the fold when somebody asks."""

import time
from collections.abc import Callable, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import REGISTRY, Collector

from analytics.domain import definitions
from analytics.domain.durations import Durations
from analytics.domain.numbers import AgentNumbers, WorkspaceNumbers, occupancy_of
from analytics.domain.queue_numbers import QueueNumbers
from analytics.handlers import Board
from chassis.part import Part

ALL = "all"
QUEUE = ["workspace", "queue", "channel"]
TEAM = ["workspace", "team"]
BUCKETS = (1, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 14400, 86400)

QueueValue = Callable[[QueueNumbers], float]
# Of single channels only, so that they can be added up.
SUMS: dict[str, tuple[type[Metric], str, QueueValue]] = {
    "analytics_visits_entered": (
        CounterMetricFamily,
        "Visits that began.",
        lambda queue: queue.entered,
    ),
    "analytics_visits_waiting": (
        GaugeMetricFamily,
        "Visits that wait; rises when agents do not keep up.",
        lambda queue: queue.waiting,
    ),
    "analytics_wait_estimates_told": (
        CounterMetricFamily,
        "Visits whose customer could be told how long the wait will be.",
        lambda queue: queue.estimates.told,
    ),
    "analytics_attention_seconds": (
        CounterMetricFamily,
        "Handle time shared among the contacts that the agent held.",
        lambda queue: queue.attention_ms / 1000,
    ),
}
# Also of all channels of a queue together.
SHARES: dict[str, tuple[str, QueueValue]] = {
    "analytics_service_level_lower": (
        "Service level if no undecided visit is answered in time.",
        lambda queue: queue.service_level.lower,
    ),
    "analytics_service_level_upper": (
        "Service level if every undecided visit is answered in time.",
        lambda queue: queue.service_level.upper,
    ),
    "analytics_service_level_completeness": (
        "Share of the service level's cohort that is decided.",
        lambda queue: queue.service_level.completeness,
    ),
    "analytics_service_level_cohort": (
        "Visits in the service level's denominator.",
        lambda queue: queue.service_level.cohort,
    ),
    "analytics_service_level_target_seconds": (
        "T of the active policy; 0: nothing is promised.",
        lambda queue: queue.service_level.target.target_seconds,
    ),
    "analytics_abandon_ratio": (
        "Abandoned visits of all that entered; rises when customers lose patience.",
        lambda queue: queue.abandon_ratio,
    ),
    "analytics_abandon_net_ratio": (
        "The same without those abandoned within the policy's short time, on both sides.",
        lambda queue: queue.abandon_net_ratio,
    ),
    "analytics_asa_seconds": (
        "Mean wait of answered visits.",
        lambda queue: queue.answered.mean_seconds(),
    ),
    "analytics_asa_median_seconds": (
        "Median wait of answered visits.",
        lambda queue: queue.answered.quantile_seconds(0.5),
    ),
    "analytics_asa_p90_seconds": (
        "90th percentile of the wait of answered visits.",
        lambda queue: queue.answered.quantile_seconds(0.9),
    ),
    "analytics_wait_estimates_coverage": (
        "Answered within the range that was told, of those answered; falls below its promise"
        " when the waits are not like those before.",
        lambda queue: queue.estimates.coverage,
    ),
    "analytics_aht_seconds": (
        "Mean handle time of an agent's leg: talk, hold and wrap-up.",
        lambda queue: queue.handled.mean_seconds(),
    ),
    "analytics_aht_attention_seconds": (
        "The same, shared among the contacts that the agent held.",
        lambda queue: queue.aht_attention_seconds,
    ),
}
HISTOGRAMS: dict[str, tuple[str, Callable[[QueueNumbers], Durations]]] = {
    "analytics_time_to_offer_seconds": (
        "From the entry of a visit to its first offer; rises when agents are too few.",
        lambda queue: queue.offers.time_to_offer,
    ),
    "analytics_offer_to_accept_seconds": (
        "From an offer to its acceptance; rises when agents are slow to answer.",
        lambda queue: queue.offers.offer_to_accept,
    ),
    "analytics_answer_wait_seconds": (
        "Wait of answered visits.",
        lambda queue: queue.answered,
    ),
    "analytics_handle_seconds": (
        "Handle time of an agent's leg: talk, hold and wrap-up.",
        lambda queue: queue.handled,
    ),
}


class Exposition(Part, Collector):
    """Shows every workspace; agents only by team and state, never by id."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def start(self) -> None:
        """Answer scrapes from now on."""
        REGISTRY.register(self)

    async def stop(self) -> None:
        """Answer no more."""
        REGISTRY.unregister(self)

    def describe(self) -> list[Metric]:
        """Nothing is known before there are steps."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All families as of the last step of each workspace."""
        boards = [self._board.numbers(workspace) for workspace in sorted(self._board.folds)]
        yield InfoMetricFamily(
            "analytics_definitions",
            "Version of the definitions that the numbers follow.",
            {"version": definitions.VERSION},
        )
        yield from _sums(boards)
        yield from _shares(boards)
        yield from _histograms(boards)
        yield from _waits(boards)
        yield from _contacts(boards)
        yield from _teams(boards)


def _sums(boards: list[WorkspaceNumbers]) -> Iterator[Metric]:
    for name, (family, text, value) in SUMS.items():
        metric = family(name, text, labels=QUEUE)  # type: ignore[call-arg]
        for board, queue in _single_channels(boards):
            labels = [board.workspace, queue.queue, queue.channel]
            metric.add_metric(labels, value(queue))  # type: ignore[attr-defined]
        yield metric
    exits = CounterMetricFamily(
        "analytics_visits_exited", "Visits that ended, by cause.", labels=[*QUEUE, "exit"]
    )
    for board, queue in _single_channels(boards):
        for exit_, count in queue.exits.items():
            exits.add_metric([board.workspace, queue.queue, queue.channel, exit_], count)
    yield exits
    offers = CounterMetricFamily(
        "analytics_offers",
        "Offers made, and what came of them; many missed: agents do not answer.",
        labels=[*QUEUE, "outcome"],
    )
    for board, queue in _single_channels(boards):
        for outcome, count in queue.offers.outcomes.items():
            offers.add_metric([board.workspace, queue.queue, queue.channel, outcome], count)
    yield offers
    decided = CounterMetricFamily(
        "analytics_wait_estimates_decided",
        "Told ranges whose visit ended, by what came of them.",
        labels=[*QUEUE, "outcome"],
    )
    for board, queue in _single_channels(boards):
        for outcome, count in queue.estimates.outcomes.items():
            decided.add_metric([board.workspace, queue.queue, queue.channel, outcome], count)
    yield decided


def _shares(boards: list[WorkspaceNumbers]) -> Iterator[Metric]:
    for name, (text, value) in SHARES.items():
        metric = GaugeMetricFamily(name, text, labels=QUEUE)
        for board in boards:
            for queue in board.queues:
                labels = [board.workspace, queue.queue, queue.channel or ALL]
                metric.add_metric(labels, value(queue))
        yield metric


def _histograms(boards: list[WorkspaceNumbers]) -> Iterator[Metric]:
    for name, (text, durations) in HISTOGRAMS.items():
        metric = HistogramMetricFamily(name, text, labels=QUEUE)
        for board, queue in _single_channels(boards):
            found = durations(queue)
            buckets = [(str(float(edge)), float(found.at_most(edge))) for edge in BUCKETS]
            metric.add_metric(
                [board.workspace, queue.queue, queue.channel],
                [*buckets, ("+Inf", float(found.count))],
                found.sum_ms / 1000,
            )
        yield metric


def _waits(boards: list[WorkspaceNumbers]) -> Iterator[Metric]:
    """The wait goes on between two steps, so it is counted to the moment of the scrape."""
    metric = GaugeMetricFamily(
        "analytics_longest_wait_seconds", "Age of the oldest waiting visit.", labels=QUEUE
    )
    now = time.time()
    for board in boards:
        for queue in board.queues:
            wait = max(0.0, now - queue.oldest_ms / 1000) if queue.oldest_ms is not None else 0.0
            metric.add_metric([board.workspace, queue.queue, queue.channel or ALL], wait)
    yield metric
    steps = GaugeMetricFamily(
        "analytics_step_number", "The step that the numbers stand for.", labels=["workspace"]
    )
    for board in boards:
        steps.add_metric([board.workspace], board.fold.step_number)
    yield steps


def _contacts(boards: list[WorkspaceNumbers]) -> Iterator[Metric]:
    labels = ["workspace", "channel"]
    arrived = CounterMetricFamily(
        "analytics_contacts_arrived", "Contacts that were opened.", labels=labels
    )
    waiting = GaugeMetricFamily("analytics_contacts_open", "Contacts not ended.", labels=labels)
    ended = CounterMetricFamily(
        "analytics_contacts_ended", "Contacts that ended, by cause.", labels=[*labels, "cause"]
    )
    for board in boards:
        for channel, one in sorted(board.fold.channels.items()):
            arrived.add_metric([board.workspace, channel], one.arrived)
            is_open = one.arrived - sum(one.ended.values())
            waiting.add_metric([board.workspace, channel], is_open)
            for cause, count in sorted(one.ended.items()):
                ended.add_metric([board.workspace, channel, cause], count)
    yield from (arrived, waiting, ended)


def _teams(boards: list[WorkspaceNumbers]) -> Iterator[Metric]:
    agents = GaugeMetricFamily(
        "analytics_agents", "Agents by routing state.", labels=[*TEAM, "state"]
    )
    occupancy = GaugeMetricFamily(
        "analytics_occupancy", "Time with a contact, of that and routable idle.", labels=TEAM
    )
    load = GaugeMetricFamily(
        "analytics_load_occupancy", "Slots in use over the same time.", labels=TEAM
    )
    for board in boards:
        for team in sorted({agent.team for agent in board.agents}):
            members = [agent for agent in board.agents if agent.team == team]
            for state in sorted({agent.state for agent in members}):
                count = sum(agent.state == state for agent in members)
                agents.add_metric([board.workspace, team, state], count)
            occupancy.add_metric([board.workspace, team], _share(members, lambda a: a.busy_ms))
            load.add_metric([board.workspace, team], _share(members, lambda a: a.load_ms))
    yield from (agents, occupancy, load)


def _share(members: list[AgentNumbers], used: Callable[[AgentNumbers], float]) -> float:
    working_ms = sum(agent.busy_ms + agent.idle_ms for agent in members)
    return occupancy_of(sum(used(agent) for agent in members), working_ms)


def _single_channels(
    boards: list[WorkspaceNumbers],
) -> Iterator[tuple[WorkspaceNumbers, QueueNumbers]]:
    return ((board, queue) for board in boards for queue in board.queues if queue.channel)
