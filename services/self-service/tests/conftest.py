"""What the tests of self-service share: the service as a process, and all that is around it."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from key_service import KeyServiceAtTheEdge, serving
from self_service_process import Process, started
from surroundings import Heard, Surroundings, following

from chassis.kafka import Producer
from chassis.settings import ServiceSettings
from chassis.testing import fresh_database, running

SECRET = "the secret of the flow tests"
FLOWS = Path(__file__).parents[3] / "deploy" / "local" / "flows"


class StartReplica(Protocol):
    def __call__(self, **settings: str) -> AbstractAsyncContextManager[Process]: ...


@pytest.fixture
def flows_dir(tmp_path: Path) -> Path:
    """The flow files of the local stack, in a folder that the test may change."""
    folder = tmp_path / "flows"
    shutil.copytree(FLOWS, folder)
    return folder


@pytest.fixture
async def keys() -> AsyncIterator[KeyServiceAtTheEdge]:
    yield KeyServiceAtTheEdge()


@pytest.fixture
async def database_of_replicas(infrastructure: Any) -> AsyncIterator[str]:
    async with fresh_database(infrastructure.database_url) as database_url:
        yield database_url


@pytest.fixture
async def replica(
    database_of_replicas: str,
    kafka_bootstrap_servers: str,
    topic_prefix: str,
    keys: KeyServiceAtTheEdge,
    flows_dir: Path,
    tmp_path: Path,
) -> AsyncIterator[StartReplica]:
    """Starts replicas that share a database of the test's own."""
    async with AsyncExitStack() as stack:
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap_servers,
            "TOPIC_PREFIX": topic_prefix,
            "DATABASE_URL": database_of_replicas,
            "KEY_SERVICE_ADDRESS": await stack.enter_async_context(serving(keys)),
            "FLOWS_DIR": str(flows_dir),
            "ADDRESS_TOKEN_SECRET": SECRET,
            "DATA_DIR": str(tmp_path),
        }
        yield lambda **settings: started({**environment, **settings}, tmp_path)


@pytest.fixture
async def around(
    kafka_bootstrap_servers: str, topic_prefix: str, keys: KeyServiceAtTheEdge
) -> AsyncIterator[Surroundings]:
    """A workspace of the test's own with the policy of the local stack."""
    settings = ServiceSettings(
        kafka_bootstrap_servers=kafka_bootstrap_servers, topic_prefix=topic_prefix
    )
    heard = Heard()
    async with (
        running(Producer(settings, "tests")) as producer,
        running(following(settings, heard)),
    ):
        world = Surroundings(producer, heard, keys)
        await world.activate()
        yield world
