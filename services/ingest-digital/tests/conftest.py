"""ingest-digital on the real broker and database, with a key service and a router played here."""

import secrets
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from chassis.kafka import Producer
from chassis.testing import fresh_database, running
from ingest_digital.settings import Settings
from local_stack.infrastructure import Infrastructure

sys.path.insert(0, str(Path(__file__).parent))

from digital_keys import KeyServicer, PlayedKeys
from digital_mail import PlayedRelay
from digital_people import PlayedRouter
from digital_replica import RunningApp
from digital_thread import Thread, a_thread
from digital_topics import TopicReader


@pytest.fixture
async def database(infrastructure: Infrastructure) -> AsyncIterator[str]:
    async with fresh_database(infrastructure.database_url) as url:
        yield url


@pytest.fixture
async def keys() -> AsyncIterator[PlayedKeys]:
    async with KeyServicer() as played:
        yield played


@pytest.fixture
async def relay() -> AsyncIterator[PlayedRelay]:
    """The server that takes our mails."""
    async with PlayedRelay() as played:
        yield played


@pytest.fixture
def settings(
    kafka_bootstrap_servers: str,
    topic_prefix: str,
    database: str,
    keys: PlayedKeys,
    relay: PlayedRelay,
    tmp_path: Path,
) -> Settings:
    """Settings of a workspace that only this test has."""
    return Settings(
        kafka_bootstrap_servers=kafka_bootstrap_servers,
        topic_prefix=topic_prefix,
        database_url=database,
        data_dir=tmp_path,
        workspace=f"w-{uuid.uuid4()}",
        key_service_address=keys.address,
        address_token_secret="the secret of the tests",
        chat_identity_secret="the secret of the widget, long enough",
        smtp_relay=relay.address,
        smtp_send_seconds=2,
        smtp_backoff_seconds=0.1,
        smtp_attempts=3,
        chat_port=0,
        mail_port=0,
        chat_memory_seconds=600,
        instance_id=f"i-{secrets.token_hex(3)}",
    )


@pytest.fixture
async def start(settings: Settings) -> AsyncIterator[Callable[..., Any]]:
    """Starts a replica; what is given replaces settings. `await app.end()` ends it early."""
    async with AsyncExitStack() as stack:

        async def begin(**changes: Any) -> RunningApp:
            replica = {"instance_id": f"i-{secrets.token_hex(3)}", **changes}
            started = await RunningApp.begin(settings.model_copy(update=replica))
            stack.push_async_callback(started.end)
            return started

        yield begin


@pytest.fixture
async def app(start: Callable[..., Any]) -> RunningApp:
    return await start()


@pytest.fixture
async def router(settings: Settings) -> AsyncIterator[PlayedRouter]:
    """Plays the router: steps, policies, and what agents say."""
    async with running(Producer(settings, "tests")) as producer:
        played = PlayedRouter(producer, settings.workspace)
        await played.activate_policy()
        yield played


@pytest.fixture
def topics(settings: Settings) -> TopicReader:
    """What stands in the topics of this test's workspace."""
    return TopicReader(settings)


@pytest.fixture
async def thread(router: PlayedRouter, app: RunningApp, topics: TopicReader) -> Thread:
    """A mail of Ann's came in."""
    return await a_thread(app, router, topics)
