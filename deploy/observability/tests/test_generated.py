"""Files, page and registries say the same; names and labels are what operators expect."""

import json
import re
from pathlib import Path

import pytest
import yaml
from deploy.observability.__main__ import BOARDS, stale
from deploy.observability.catalogue import SERVICES as catalogue_of
from deploy.observability.catalogue import Metric, catalogue
from deploy.observability.configs import JOBS
from deploy.observability.document import DOCUMENT
from deploy.observability.panels import panels
from grafana_foundation_sdk.models.dashboard import Dashboard

from local_stack.services import SERVICES

HERE = Path(__file__).parents[1]
CATALOGUE = catalogue()
UNITS = ("seconds", "bytes", "records", "ratio")
# Each of these has few values, known beforehand or written down by an operator.
BOUNDED = {
    *("because", "by", "cause", "channel", "code", "command", "exit", "field", "kind", "level"),
    *("method", "order", "outcome", "reason", "request", "state", "type", "version", "why"),
    *("flow", "group", "partition", "queue", "step", "team", "topic", "workspace"),
}


def name_of(metric: Metric) -> str:
    return f"{metric.service}-{metric.name}"


def test_everything_that_is_generated_is_what_its_source_says() -> None:
    assert stale() == []


@pytest.mark.parametrize("metric", CATALOGUE, ids=name_of)
def test_each_metric_stands_on_the_page_with_its_sentence(metric: Metric) -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if f"`{metric.shown_as}" in line]

    assert any(metric.sentence in row for row in rows)
    assert not metric.sentence[:1].islower()
    assert metric.sentence.endswith((".", "…"))


@pytest.mark.parametrize("metric", CATALOGUE, ids=name_of)
def test_each_metric_is_named_and_labelled_as_operators_expect(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert set(metric.labels) <= BOUNDED
    if metric.kind == "histogram":
        assert metric.name.endswith(UNITS)


def test_a_metric_has_one_owner() -> None:
    names = [metric.name for metric in CATALOGUE]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_dashboard_is_one_for_grafana_too_and_each_panel_says_what_it_shows(board) -> None:
    written = json.loads((HERE / "dashboards" / f"{board.uid}.json").read_text())
    read = Dashboard.from_json(written)
    shown = [panel for panel in read.panels or [] if panel.type_val != "row"]

    assert read.uid == board.uid
    assert len(shown) == len(panels(board))
    assert all(panel.description and panel.targets for panel in shown)
    assert len({panel.id_val for panel in read.panels or []}) <= len(read.panels or [])


def test_prometheus_asks_each_service_where_make_up_has_it() -> None:
    assert {service.name: service.listens["ADMIN_PORT"] for service in SERVICES} == JOBS
    assert set(catalogue_of) == set(JOBS)
    written = yaml.safe_load((HERE / "prometheus.yml").read_text())
    assert [job["job_name"] for job in written["scrape_configs"]] == list(JOBS)
