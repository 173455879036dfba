"""Every metric of every service, as their registries have it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from prometheus_client import REGISTRY
from prometheus_client.core import Metric as Family
from prometheus_client.metrics import MetricWrapperBase

from analytics.adapters.exposition import Exposition
from analytics.domain import steps
from analytics.handlers import Board

EVERY = "every service"
SERVICES = (
    "ingest-voice",
    "ingest-digital",
    "router",
    "self-service",
    "desk",
    "crm",
    "analytics",
)
CHASSIS = ("kafka", "rpc", "postgres", "telemetry")
PROCESS = ("process_", "python_")
SUFFIXES = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count", "_created"),
    "info": ("_info",),
}


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """One family: who has it, what it is called when it is asked for, what it says."""

    service: str
    name: str
    kind: str
    labels: tuple[str, ...]
    sentence: str

    @property
    def shown_as(self) -> str:
        """The name that a query begins with."""
        if self.kind in ("counter", "info"):
            return self.name + SUFFIXES[self.kind][0]
        return self.name

    @property
    def series(self) -> tuple[str, ...]:
        """The names of its time series."""
        return tuple(self.name + suffix for suffix in SUFFIXES[self.kind])


def catalogue() -> list[Metric]:
    """Every metric that we make, each once, by service and name."""
    found = {metric for part in CHASSIS for metric in _of_module(f"chassis.{part}.metrics", EVERY)}
    for service in SERVICES:
        found.update(_of_module(f"{service.replace('-', '_')}.metrics", service))
    found.update(_of_families(Exposition(_board()).collect(), "analytics"))
    return sorted(found, key=lambda metric: (_order(metric.service), metric.name))


def known_series() -> set[str]:
    """Every name that a query may use: ours, the client library's, and Prometheus' own."""
    process = (family for family in REGISTRY.collect() if family.name.startswith(PROCESS))
    metrics = [*catalogue(), *_of_families(process, EVERY)]
    return {name for metric in metrics for name in metric.series} | {"up"}


def _of_module(name: str, service: str) -> Iterator[Metric]:
    module: ModuleType = import_module(name)
    for metric in vars(module).values():
        if isinstance(metric, MetricWrapperBase):
            yield Metric(
                service, metric._name, metric._type, metric._labelnames, metric._documentation
            )


def _of_families(families: Iterable[Family], service: str) -> Iterator[Metric]:
    for family in families:
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        if not family.samples:
            raise LookupError(f"{family.name} shows nothing, so its labels are not known")
        order = [name for name in family.samples[0].labels if name in labels]
        yield Metric(service, family.name, family.type, tuple(order), family.documentation)


def _board() -> Board:
    """A board on which each family has something to show."""
    decisions = (
        steps.AgentSeen("a", "team", "available", steps.ROUTABLE),
        steps.ContactOpened("c", "chat"),
        steps.VisitOpened("v", "c", "queue", "chat"),
        steps.WaitEstimated("v", 1_000, 2_000),
        steps.OfferMade("a", "o", "v"),
        steps.OfferEnded("a", "accepted", "o"),
        steps.VisitEnded("v", "answered"),
        steps.ContactConnected("c", "a", "queue", "chat"),
        steps.ContactEnded("c", "completed"),
    )
    board = Board()
    board.apply([steps.Step(workspace="main", number=1, stamped_ms=1, decisions=decisions)])
    return board


def _order(service: str) -> int:
    return 0 if service == EVERY else 1 + SERVICES.index(service)
