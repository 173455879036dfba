"""One trace from the customer's request to the agent's offer and on to the rows of crm.

The services send their spans to rotel, an OTLP collector that nobody here wrote; what comes out
of it is judged: who is whose child across Kafka and Faust, and which position each has read.
"""

import asyncio
import subprocess
from pathlib import Path

import aiohttp
import grpc
import pytest
import yaml
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc

from chassis.testing import eventually
from local_stack.ports import LOOPBACK, free_ports
from tests.e2e.collector import Collector, Seen
from tests.e2e.world import World
from tests.go_tools import observing_tool

FACTS, STEPS = "contact-events.v1", "routing-events.v1"


async def test_the_trace_of_a_chat_goes_through_every_topic_to_the_offer(world: World):
    traces = await a_chat(world)
    wanted = {"contact_arrived", "queue_requested", "offer_made"}

    assert wanted <= set(traces)
    assert all(traces[kind] for kind in wanted), traces
    assert len({traces[kind] for kind in wanted}) == 1, traces


async def test_the_spans_of_a_chat_are_one_tree_from_the_frame_to_the_row(
    world: World, spans: Collector
):
    if not spans.endpoint:
        pytest.skip("no rotel runs with this Python (its wheel, and a libpython)")
    offered = (await a_chat(world))["offer_made"]

    async def complete() -> list[Seen]:
        found = spans.behind.trace(offered)
        services = {span.service for span in found}
        assert {"ingest-digital", "router", "desk", "crm", "analytics"} <= services, services
        known = {span.span_id for span in found} | {""}
        assert [span for span in found if span.parent_id not in known] == []
        assert any("offer on stream" in span.events for span in found)
        return found

    found = await eventually(complete)
    by_id = {span.span_id: span for span in found}
    [root] = [span for span in found if not span.parent_id]
    [shown] = [span for span in found if "offer on stream" in span.events]
    [rows] = [
        span
        for span in found
        if span.attributes.get("messaging.consumer.group.name") == "crm-timeline"
        and is_of_the_same_record(span, shown)
    ]

    assert (root.service, root.name) == ("ingest-digital", "chat start")
    step = by_id[shown.parent_id]
    assert (step.service, step.name) == ("router", "router step")
    assert "OfferMade" in step.attributes["contact_center.step.decisions"]
    assert step.attributes["messaging.destination.name"] == FACTS
    assert step.attributes["messaging.kafka.offset"] >= 0
    assert shown.attributes["messaging.destination.name"] == STEPS
    assert rows.parent_id == step.span_id
    assert root.span_id in ancestors(rows, by_id)


@pytest.mark.full
@pytest.mark.timeout(2000)
async def test_jaeger_takes_the_spans_and_gives_them_back(
    world: World, spans: Collector, tmp_path: Path
):
    """Jaeger 2 is built once from its Go module: `deploy/observability/build_tools.sh`."""
    if not spans.endpoint:
        pytest.skip("no rotel runs with this Python (its wheel, and a libpython)")
    program = await asyncio.to_thread(observing_tool, "jaeger")
    traces = await a_chat(world)

    def arrived() -> bool:
        return len(spans.behind.trace(traces["offer_made"])) > 3

    await eventually(arrived)
    otlp, http, query, query_http = free_ports(4)
    config = tmp_path / "jaeger.yaml"
    config.write_text(yaml.safe_dump(jaeger(otlp, http, query, query_http)))
    with (tmp_path / "jaeger.log").open("wb") as log:
        process = subprocess.Popen([program, "--config", config], stdout=log, stderr=log)
    try:
        async with grpc.aio.insecure_channel(f"{LOOPBACK}:{otlp}") as channel:
            export = trace_service_pb2_grpc.TraceServiceStub(channel).Export
            for request in list(spans.behind.requests):
                await export(request, wait_for_ready=True, timeout=30)
        url = f"http://{LOOPBACK}:{query_http}/api/traces/{traces['offer_made']}"

        async def given() -> set[str]:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                [trace] = (await answer.json())["data"]
            names = {one["serviceName"] for one in trace["processes"].values()}
            assert {"ingest-digital", "router", "desk", "crm"} <= names
            return names

        await eventually(given)
    finally:
        process.terminate()
        process.wait(timeout=20)


async def a_chat(world: World) -> dict[str, str]:
    """The trace id of each fact and decision about a chat that an agent who was free took."""
    await world.agent("ana", talk=0.1)
    async with world.chat() as chat:
        await chat.start()
        await chat.state("ended")
    return await world.traces(chat.contact_id)


def is_of_the_same_record(span: Seen, shown: Seen) -> bool:
    place = "messaging.destination.name", "messaging.kafka.offset"
    return all(span.attributes[name] == shown.attributes[name] for name in place)


def ancestors(span: Seen, by_id: dict[str, Seen]) -> list[str]:
    found = []
    while span.parent_id:
        span = by_id[span.parent_id]
        found.append(span.span_id)
    return found


def jaeger(otlp: int, http: int, query: int, query_http: int) -> dict[str, object]:
    """Everything on the loopback: by default Jaeger listens on all interfaces."""
    return {
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query"],
            "pipelines": {
                "traces": {"receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"]}
            },
            "telemetry": {"metrics": {"level": "none"}},
        },
        "extensions": {
            "jaeger_storage": {"backends": {"memory": {"memory": {"max_traces": 10_000}}}},
            "jaeger_query": {
                "storage": {"traces": "memory"},
                "grpc": {"endpoint": f"{LOOPBACK}:{query}"},
                "http": {"endpoint": f"{LOOPBACK}:{query_http}"},
            },
        },
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"{LOOPBACK}:{otlp}"},
                    "http": {"endpoint": f"{LOOPBACK}:{http}"},
                }
            }
        },
        "exporters": {"jaeger_storage_exporter": {"trace_storage": "memory"}},
    }
