"""One whole contact center for the e2e tests, on ports and data of its own."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from local_stack.demo.agents import NAMES
from local_stack.demo.roster import roster_with
from local_stack.home import home
from local_stack.ports import LOOPBACK, free_ports
from local_stack.run_folders import run_folder
from local_stack.stack import Stack
from tests.e2e.collector import Collector, collector
from tests.e2e.world import World

# Behind it are the telephones of the customers whom we call.
TRUNK = "trunk"


@pytest.fixture(scope="session")
def phone_ports() -> dict[str, int]:
    """The SIP port of each agent's telephone in this run, and of the trunk."""
    names = (*NAMES, TRUNK)
    return dict(zip(names, free_ports(len(names)), strict=True))


@pytest.fixture(scope="session")
def spans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Where all services of this run send their spans."""
    with collector(tmp_path_factory.mktemp("collector")) as found:
        yield found


@pytest.fixture(scope="session")
def stack(phone_ports: dict[str, int], spans: Collector) -> Iterator[Stack]:
    """Kafka, Postgres and every service, from here to the end of the run."""
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": spans.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "500"}
    with run_folder(home()) as data:
        found = Stack(
            data,
            environ={**os.environ, **(traced if spans.endpoint else {})},
            topic_prefix=f"e{secrets.token_hex(3)}.",
            roster=roster_with(data, phone_ports),
            settings={"ingest-voice": {"TRUNK_ADDRESS": _trunk(phone_ports)}},
            temporary=True,
        )
        with found:
            yield found


@pytest.fixture
async def world(stack: Stack, phone_ports: dict[str, int]) -> AsyncIterator[World]:
    """The contact center as people meet it; who signed in signs out at the end of the test."""
    found = World(stack, phone_ports)
    yield found
    await found.close()


def _trunk(ports: dict[str, int]) -> str:
    return f"sip:{{number}}@{LOOPBACK}:{ports[TRUNK]}"
