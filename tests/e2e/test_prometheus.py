"""What dashboards and alerts ask for is there, in a real Prometheus that scrapes real services.

Customers call, chat and write meanwhile, so that each panel has something to show.
"""

import asyncio
import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from deploy.observability.__main__ import BOARDS, HERE
from deploy.observability.catalogue import known_series
from deploy.observability.panels import panels
from deploy.observability.queries import as_prometheus_reads_it, names_in
from deploy.observability.rules import groups

from chassis.testing import eventually
from local_stack.services import SERVICES
from tests.e2e.collector import Collector
from tests.e2e.prometheus import PROGRAM, Prometheus, prometheus
from tests.e2e.world import World
from tests.go_tools import observing_tool

ALERTS = [rule for group in groups() for rule in group["rules"] if "alert" in rule]
QUERIES = {
    f"{board.uid}: {panel.title}: {query.legend}": as_prometheus_reads_it(query.expr)
    for board in BOARDS
    for panel in panels(board)
    for query in panel.queries
}
RULES = {
    rule.get("alert") or rule["record"]: rule["expr"]
    for group in groups()
    for rule in group["rules"]
}
SUFFIXES = ("_total", "_bucket", "_count", "_sum", "_created", "_info")
# A headline has no query.
ROW = 'unsupported panel type: "row"'
RECORDED = {rule["record"] for group in groups() for rule in group["rules"] if "record" in rule}


@pytest.mark.skipif(PROGRAM is None, reason="no prometheus: apt-get install prometheus")
async def test_prometheus_has_what_every_panel_and_every_alert_asks_for(
    world: World, spans: Collector, tmp_path: Path
):
    with prometheus(world.stack, tmp_path) as server:
        # What grows between two scrapes is seen as growth; what is there at the first is not.
        await eventually(lambda: everything_is_scraped(server))
        await customers(world)
        silent = await eventually(lambda: every_panel_shows_something(server))
        known = {family(name) for name in await server.ask("metadata")} | {"up"}
        asked = {name for rule in ALERTS for name in names_in(rule["expr"])}
        rules = await server.ask("rules")

        assert silent == "every panel"
        assert {family(name) for name in asked - RECORDED} - known == set()
        assert [rule["name"] for rule in rules_of(rules) if rule["health"] == "err"] == []
        if spans.endpoint:
            await eventually(lambda: an_exemplar_leads_to_a_trace(server, spans))


@pytest.mark.full
@pytest.mark.timeout(2000)
@pytest.mark.parametrize(
    ("kind", "files", "queries"),
    [
        ("dashboard", [HERE / "dashboards" / f"{board.uid}.json" for board in BOARDS], QUERIES),
        ("rule-file", [HERE / "rules" / "contact-center.yml"], RULES),
    ],
)
def test_mimirtool_reads_every_query_and_finds_the_names_that_we_find(
    tmp_path: Path, kind: str, files: list[Path], queries: dict[str, str]
):
    """Grafana's own tool says which metrics dashboards and rules use."""
    program = observing_tool("mimirtool")
    out = tmp_path / "found.json"
    subprocess.run([program, "analyze", kind, *files, f"--output={out}"], check=True, timeout=120)
    found = json.loads(out.read_text())
    read = found.get("dashboards") or found["ruleGroups"]
    errors = [error for one in read for error in one["parse_errors"] or () if error != ROW]
    ours = {name for query in queries.values() for name in names_in(query)} - RECORDED

    assert errors == []
    assert all(one["metrics"] for one in read)
    assert ours <= set(found["metricsUsed"])
    assert set(found["metricsUsed"]) <= known_series() | RECORDED


async def customers(world: World) -> None:
    """A call, three chats and a mail, all answered."""
    people = [await world.agent(name, talk=0.5) for name in ("ana", "cem", "dia")]
    await world.agent_phone("ana")
    await world.agent_phone("cem")
    await world.call("+4930200077", "--digits", "1.5:2")
    await world.mail(
        sender="prom@example.org", recipient="support@cc.test", subject="?", text="Hello"
    )
    for _ in range(3):
        async with world.chat() as chat:
            await chat.start()
            await chat.say("Hello")
            await chat.state("ended")
    await eventually(lambda: sum(len(person.handled) for person in people) >= 5)


def family(series: str) -> str:
    """Of which family a series is: those without a sample yet are only known by that name."""
    for suffix in SUFFIXES:
        series = series.removesuffix(suffix)
    return series


def rules_of(answer: Any) -> list[dict[str, Any]]:
    return [rule for group in answer["groups"] for rule in group["rules"]]


async def everything_is_scraped(server: Prometheus) -> bool:
    """Several times."""
    return await server.values("count(sum_over_time(up[1m]) > 3)") == [len(SERVICES)]


async def every_panel_shows_something(server: Prometheus) -> str:
    found = await asyncio.gather(*(server.values(query) for query in QUERIES.values()))
    silent = [
        name
        for name, values in zip(QUERIES, found, strict=True)
        if not any(not math.isnan(value) for value in values)
    ]
    assert not silent, "\n".join(silent)
    return "every panel"


async def an_exemplar_leads_to_a_trace(server: Prometheus, spans: Collector) -> bool:
    found = await server.ask(
        "query_exemplars",
        query="desk_offer_delay_seconds_bucket",
        start="2020-01-01T00:00:00Z",
        end="2099-01-01T00:00:00Z",
    )
    traces = {one["labels"]["trace_id"] for series in found for one in series["exemplars"]}
    return bool(traces & {span.trace_id for span in spans.behind.spans()})
