"""What is lost, and what is not, when something dies: the service, crm, Kafka, a phone."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from voice_world import NUMBER, PlayedKeys, VoiceProcess, World, world

from chassis.testing import eventually
from contact_center.v1 import contact_events_pb2
from local_stack.home import home
from local_stack.infrastructure import Infrastructure, InfrastructurePorts
from local_stack.phone.process import PhoneProcess, phone
from local_stack.ports import free_ports
from local_stack.run_folders import run_folder
from local_stack.supervisor import Supervisor
from local_stack.topics import create_topics, registered_topics

MakeVoice = Callable[..., VoiceProcess]


async def live_call(around: World, customer: PhoneProcess, number: int = 1) -> str:
    """The contact of the call that was just answered; `number` have arrived with it."""
    await customer.event("answered")
    await eventually(lambda: len(around.arrived()) == number)
    return around.arrived()[-1]


async def test_after_kill_9_the_restart_fails_the_calls_it_lost_and_no_others(
    make_voice: MakeVoice, around: World
):
    voice = make_voice()
    await voice.start()
    async with phone("call", voice.address()) as customer:
        ended = await live_call(around, customer)
        await customer.tell("hangup")
        await around.fact("customer_left")
    async with (
        phone("call", voice.address(), "--tone", "440") as one,
        phone("call", voice.address(), "--tone", "440") as two,
    ):
        await two.event("answered")
        await live_call(around, one, 3)
        lost = set(around.arrived()) - {ended}
        voice.kill()
        await voice.ended()
        await voice.start()
        await around.fact("channel_failed", lambda f: f.contact_id in lost)
        await eventually(lambda: set(around.failed()) == lost)

        voice.kill()
        await voice.ended()
        await voice.start()
        async with phone("call", voice.address()) as third:
            await live_call(around, third, 4)
            [_of_the_living] = (Path(voice.environment["DATA_DIR"]) / "sip").iterdir()
    assert sorted(around.failed()) == sorted(lost)


async def test_a_second_service_on_the_same_folder_does_not_start(
    voice: VoiceProcess, make_voice: MakeVoice
):
    """It would tell the first one's calls as lost."""
    second = make_voice()
    with pytest.raises(RuntimeError, match="used by another"):
        await second.start()

    assert await second.ended() == 1


async def test_calls_arrive_on_leased_keys_while_crm_is_away_until_none_is_left(
    make_voice: MakeVoice, around: World, keys: PlayedKeys
):
    voice = make_voice(LEASED_KEYS="2")
    await voice.start()
    await keys.stop()
    for number in (1, 2):
        async with phone("call", voice.address()) as customer:
            await live_call(around, customer, number)
    async with phone("call", voice.address()) as customer:
        assert (await customer.event("ended"))["cause"].startswith("503")
    assert (await voice.get("readyz"))[0] == 503

    await keys.start()
    await eventually(voice.is_ready, 20)
    async with phone("call", voice.address()) as customer:
        await live_call(around, customer, 3)


async def test_sigterm_drains_no_new_calls_while_running_ones_finish(
    voice: VoiceProcess, around: World
):
    async with (
        phone("agent", "--tone", "660") as agent,
        phone("call", voice.address(), "--listen-for", "660") as customer,
    ):
        contact_id = await live_call(around, customer)
        voice.terminate()
        await eventually(lambda: '"draining"' in voice.log)
        async with phone("call", voice.address()) as late:
            assert (await late.event("ended"))["cause"].startswith("503")
        await around.connect(contact_id, agent.port)
        await customer.event("hears", frequencies=[660])
        await customer.tell("hangup")

        assert await voice.ended() == 0
    await around.fact("contact_disconnected")
    assert around.failed() == []


async def test_a_call_that_outlasts_the_drain_is_ended_and_told(
    make_voice: MakeVoice, around: World
):
    """And what was recorded of it is kept, and told."""
    voice = make_voice(DRAIN_TIMEOUT_SECONDS="1")
    await voice.start()
    async with (
        phone("agent") as agent,
        phone("call", voice.address(), "--tone", "440") as customer,
    ):
        contact_id = await live_call(around, customer)
        await around.connect(contact_id, agent.port)
        await around.fact("agent_connected")
        voice.terminate()
        await customer.event("ended")

        assert await voice.ended() == 0
    await around.fact("channel_failed", lambda fact: fact.reason == "shut_down")
    assert around.failed() == [contact_id]
    await around.said("recording_stored", lambda stored: stored.contact_id == contact_id)
    await voice.start()
    assert '"calls were lost"' not in voice.log


async def test_more_calls_than_the_limit_hear_503(make_voice: MakeVoice, around: World):
    voice = make_voice(MAX_CALLS="1")
    await voice.start()
    async with phone("call", voice.address()) as customer:
        await live_call(around, customer)
        async with phone("call", voice.address()) as late:
            assert (await late.event("ended"))["cause"].startswith("503")
        await customer.tell("hangup")
        await customer.event("ended")
    async with phone("call", voice.address()) as customer:
        await live_call(around, customer, 2)


async def test_malformed_sip_does_not_harm_a_running_call(voice: VoiceProcess, around: World):
    async with phone("call", voice.address(), "--tone", "440") as customer:
        await live_call(around, customer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in (b"\x00" * 1400, b"INVITE\r\n\r\n", b"REGISTER sip:x SIP/2.0\r\n\r\n",
                             os.urandom(3000)):  # fmt: skip
                sender.sendto(datagram, ("127.0.0.1", voice.sip_port))
        await customer.tell("hangup")
        await around.fact("customer_left")
    _, metrics = await voice.get("metrics")
    assert 'ingest_voice_calls_total{outcome="answered"} 1.0' in metrics


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
            create_topics(found.kafka_bootstrap_servers, registered_topics(), "voice.")
            yield found.kafka_bootstrap_servers, supervisor
        finally:
            supervisor.stop_all()


@pytest.fixture
async def around_own_broker(
    own_broker: tuple[str, Supervisor], keys: PlayedKeys
) -> AsyncIterator[World]:
    async with world(own_broker[0], "voice.", keys, "main") as played:
        await played.publish_policy(NUMBER)
        yield played


@pytest.mark.slow
async def test_while_kafka_is_away_calls_go_on_and_new_ones_hear_503(
    own_broker: tuple[str, Supervisor], around_own_broker: World, make_voice: MakeVoice
):
    """A caller who hangs up meanwhile is told as such once Kafka is back: nothing is lost."""
    around, supervisor = around_own_broker, own_broker[1]
    voice = make_voice(
        KAFKA_BOOTSTRAP_SERVERS=own_broker[0], TOPIC_PREFIX="voice.", WORKSPACE="main"
    )
    await voice.start()
    async with (
        phone("agent", "--tone", "660", "--listen-for", "440") as agent,
        phone("call", voice.address(), "--tone", "440", "--listen-for", "660") as customer,
    ):
        contact_id = await live_call(around, customer)
        await around.connect(contact_id, agent.port)
        await customer.event("hears", frequencies=[660])
        await asyncio.to_thread(supervisor.kill, "kafka", restart=False)
        async with phone("call", voice.address()) as late:
            assert (await late.event("ended"))["cause"].startswith("503")
        assert customer.events[-1]["event"] == "hears"
        await agent.tell("hangup")
        await customer.event("ended")
        await asyncio.to_thread(supervisor.start, "kafka")
        gone = await around.fact("contact_disconnected", within=60)

        async def is_taken_again() -> bool:
            async with phone("call", voice.address()) as third:
                await eventually(lambda: {"answered", "ended"} & {e["event"] for e in third.events})
                return any(e["event"] == "answered" for e in third.events)

        await eventually(is_taken_again, 60, every=0.5)
    assert (gone.contact_id, gone.by) == (contact_id, contact_events_pb2.PARTY_AGENT)
    # Every contact that the log has is told as ended, also the one that was refused.
    await eventually(lambda: all(len(around.kinds(c)) > 1 for c in around.arrived()), 30)
