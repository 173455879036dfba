"""What a chat notices of a broker, a key service or a replica that goes away."""

import asyncio
import os
import uuid
from collections.abc import Iterator

import pytest
from digital_keys import PlayedKeys
from digital_people import PlayedRouter, resume_of
from digital_replica import RunningApp, Start
from digital_topics import TopicReader

from chassis.errors import Unavailable
from chassis.kafka import Producer
from chassis.testing import eventually, running
from ingest_digital.domain.facts import ContactArrived, Fact
from ingest_digital.settings import Settings
from local_stack.home import home
from local_stack.infrastructure import Infrastructure, InfrastructurePorts
from local_stack.ports import free_ports
from local_stack.run_folders import run_folder
from local_stack.supervisor import Supervisor
from local_stack.topics import create_topics, registered_topics

PREFIX = "outage."


@pytest.fixture(scope="module")
def own_broker() -> Iterator[tuple[str, Supervisor]]:
    """A broker that may be killed."""
    kafka, controller, postgres = free_ports(3)
    ports = InfrastructurePorts(kafka=kafka, kafka_controller=controller, postgres=postgres)
    environ = {"DATABASE_URL": os.environ.get("DATABASE_URL", "unused")}
    with run_folder(home()) as data:
        found = Infrastructure(data, home=home(), ports=ports, environ=environ, durable=True)
        supervisor = Supervisor(data / "run")
        try:
            found.start(supervisor)
            create_topics(found.kafka_bootstrap_servers, registered_topics(), PREFIX)
            yield found.kafka_bootstrap_servers, supervisor
        finally:
            supervisor.stop_all()


@pytest.mark.slow
async def test_while_kafka_is_away_nothing_is_accepted_and_nothing_is_lost(
    own_broker: tuple[str, Supervisor], settings: Settings, start: Start
) -> None:
    """The chat stays open, says "try again", and a retry gives the same ids."""
    servers, supervisor = own_broker
    changes = {
        "kafka_bootstrap_servers": servers,
        "topic_prefix": PREFIX,
        "kafka_delivery_timeout_seconds": 1.0,
    }
    own = settings.model_copy(update=changes)
    async with running(Producer(own, "tests")) as producer:
        await PlayedRouter(producer, own.workspace).activate_policy()
    app = await start(**changes)
    await eventually(lambda: app.app.policies._policy)
    sent_id, late_start = str(uuid.uuid4()), str(uuid.uuid4())
    async with app.chat() as chat:
        started = await chat.begin()
        await chat.say("Before")
        await asyncio.to_thread(supervisor.kill, "kafka", restart=False)
        refused = await chat.say("During", sent_id)
        async with app.chat(start_id=late_start, visitor_id="visitor-late") as late:
            late_answer = await late.begin()
            assert await late.closed() == 1013
        await asyncio.to_thread(supervisor.start, "kafka")

        async def is_acked() -> bool:
            return (await chat.say("During", sent_id))["type"] == "ack"

        await eventually(is_acked, every=0.5)
        await chat.say("After")
        await chat.hears("After")
        assert chat.texts() == ["Before", "During", "After"]
    assert refused == {
        "type": "error",
        "code": "try_again",
        "reason": "not available now, try again",
        "client_msg_id": sent_id,
    }
    assert late_answer["code"] == "try_again"
    async with app.chat(start_id=late_start, visitor_id="visitor-late") as late:
        await late.begin()
    topics = TopicReader(own)
    said = {fact.message_id for fact in await topics.facts("customer_messaged")}
    recorded = {event.message_recorded.message_id for event in await topics.content()}
    assert said == recorded and len(said) == 3
    arrived = await topics.facts("contact_arrived")
    assert len({fact.contact_id for fact in arrived}) == 2
    assert len({fact.key_id for fact in arrived}) == 2
    assert started["contact_id"] in {fact.contact_id for fact in arrived}


async def test_a_crash_between_content_and_fact_is_made_good_by_the_resend(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    one, other = await start(), await start()
    write = one.app.publisher.fact

    async def crash(event_id: str, fact: Fact) -> None:
        if not isinstance(fact, ContactArrived):
            raise Unavailable("the process was killed here")
        await write(event_id, fact)

    one.app.publisher.fact = crash  # type: ignore[method-assign]
    sent_id = str(uuid.uuid4())
    async with one.chat() as chat:
        started = await chat.begin()
        assert (await chat.say("Once", sent_id))["code"] == "try_again"
    assert await topics.facts("customer_messaged") == []
    async with other.chat(**resume_of(started)) as chat:
        await chat.begin()
        ack = await chat.say("Once", sent_id)
        await chat.hears("Once")
    (content,) = await topics.content()
    (fact,) = await topics.facts("customer_messaged")

    assert ack["message_id"] == fact.message_id == content.message_recorded.message_id
    assert ack["seq"] == fact.position.offset


async def test_leased_keys_carry_the_intake_while_the_key_service_is_away(
    router: PlayedRouter, app: RunningApp, keys: PlayedKeys
) -> None:
    await keys.stop()
    async with app.chat() as one, app.chat() as other:
        assert (await one.begin())["type"] == "started"
        assert (await other.begin())["type"] == "started"
        assert (await one.say("hello"))["type"] == "ack"


async def test_without_keys_a_chat_is_told_to_try_again(
    router: PlayedRouter, start: Start, keys: PlayedKeys
) -> None:
    app = await start(key_batch=1)
    await eventually(lambda: app.app.keys.stock == 1)
    await keys.stop()
    async with app.chat() as chat:
        await chat.begin()
    async with app.chat() as chat:
        assert (await chat.begin())["code"] == "try_again"


async def test_a_message_waits_for_its_key_and_one_with_a_destroyed_key_says_so(
    router: PlayedRouter, start: Start, topics: TopicReader, keys: PlayedKeys
) -> None:
    one = await start()
    async with one.chat() as chat:
        started = await chat.begin()
        ack = await chat.say("hello")
    (arrived,) = await topics.facts("contact_arrived")
    keys.destroy(arrived.key_id)
    other = await start()
    async with other.chat(**resume_of(started)) as chat:
        await chat.begin()
        shown = await chat.next_of("message")

    assert (shown["text"], shown["is_readable"]) == ("", False)
    assert shown["message_id"] == ack["message_id"]


async def test_a_chat_goes_on_while_postgres_is_away(router: PlayedRouter, app: RunningApp) -> None:
    await app.app.database.stop()
    async with app.chat() as chat:
        await chat.begin()
        assert (await chat.say("hello"))["type"] == "ack"
