"""What is wrong gets a clear error in its own protocol, is counted, and harms nothing else."""

import asyncio
import json
import socket

import aiosmtplib
import grpc
import pytest
from aiokafka import AIOKafkaProducer
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import agent_service_pb2_grpc, customer_service_pb2
from local_stack.demo.chat_customer import ChatRefused
from local_stack.errors import StackError
from local_stack.ports import LOOPBACK
from local_stack.stack import FILES
from tests.e2e.world import World, is_ended

TOPICS = ("contact-events.v1", "routing-events.v1", "message-events.v1", "channel-commands.v1")
GARBAGE = (b"\xff\xfe not protobuf", b"{}", b"\x08" * 1000, b"\x00" * 900_000)


async def test_a_number_that_nobody_has_is_not_found(world: World):
    caller = await world.call("+4930200200", to="+4930999999")
    ended = await caller.event("ended")

    assert "404" in ended["cause"]


async def test_a_call_without_a_codec_of_ours_is_not_acceptable(world: World):
    caller = await world.call("+4930200201", "--codecs", "g722/16000/1")
    ended = await caller.event("ended")

    assert "488" in ended["cause"]


async def test_malformed_sip_harms_no_call(world: World):
    address = (LOOPBACK, world.stack.ports["ingest-voice.SIP_PORT"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        for junk in (b"INVITE", b"\x00" * 1200, b"INVITE sip:x SIP/2.0\r\nVia: \r\n\r\n", b"\r\n"):
            wire.sendto(junk, address)
    caller = await world.call("+4930200202", "--hangup-after", "1.0")
    await caller.event("answered")
    await caller.ended()
    metrics = await world.metrics("ingest-voice")
    # The first is too short to be looked at, the last is a peer that keeps its way open.
    assert metrics["ingest_voice_sip_undecodable_total"] >= 2


@pytest.mark.parametrize(
    ("frame", "code"), [("this is not json", 1007), ("x" * 70_000, 1009), ('{"type":"x"}', 4400)]
)
async def test_a_bad_first_frame_closes_the_socket_and_says_why(
    world: World, frame: str, code: int
):
    url = f"ws://{world.stack.address('ingest-digital.CHAT_PORT')}/v1/chat"
    async with connect(url) as chat:
        with pytest.raises(ConnectionClosed) as closed:
            await chat.send(frame)
            async for _ in chat:
                pass
            await chat.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert closed.value.rcvd.reason


async def test_an_unknown_entry_point_is_refused(world: World):
    with pytest.raises(ChatRefused, match="entry"):
        async with world.chat(entry_point="nowhere") as chat:
            await chat.start()


async def test_a_mail_of_30_mb_is_refused_and_the_next_one_is_taken(world: World):
    with pytest.raises(aiosmtplib.SMTPException) as refused:
        await world.mail(
            sender="big@example.org",
            recipient="support@cc.test",
            subject="big",
            text="x",
            attachment=("big.bin", b"x" * 22_000_000 + b"y" * 8_000_000),
        )
    assert "552" in repr(refused.value)

    await world.agent("dia", talk=0.1)
    await world.mail(
        sender="small@example.org", recipient="support@cc.test", subject="small", text="x"
    )
    customer = await world.customer("email", "small@example.org")
    await world.timeline(customer.customer_id, is_ended)


async def test_a_mail_to_nobody_is_refused(world: World):
    with pytest.raises(aiosmtplib.SMTPException) as refused:
        await world.mail(sender="a@example.org", recipient="nobody@cc.test", subject="x", text="x")

    assert "550" in repr(refused.value)


async def test_a_mail_with_broken_mime_is_read_as_far_as_it_can_be(world: World):
    raw = (
        b"From: broken@example.org\r\nTo: support@cc.test\r\nSubject: =?utf-8?q?bro=ken\r\n"
        b"Message-ID: <broken@example.org>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nstill readable\r\n"
    )
    await world.agent("dia", talk=0.1)
    await aiosmtplib.send(
        raw,
        sender="broken@example.org",
        recipients=["support@cc.test"],
        hostname=LOOPBACK,
        port=world.stack.ports["ingest-digital.MAIL_PORT"],
        start_tls=False,
    )
    customer = await world.customer("email", "broken@example.org")
    [contact] = await world.timeline(customer.customer_id, is_ended)

    assert any("still readable" in m.text for m in contact.messages)


async def test_an_unknown_agent_and_an_unknown_customer_are_not_found(world: World):
    async with grpc.aio.insecure_channel(world.desk) as channel:
        stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        stream = stub.Work(metadata=world.tokens.metadata("agent", "nobody"))
        await stream.write(agents.WorkRequest(hello=agents.Hello(agent_id="nobody")))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            async for _ in stream:
                pass
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND

    async with world.crm() as stub:
        request = customer_service_pb2.GetCustomerRequest(
            workspace=world.stack.workspace, customer_id="00000000-0000-5000-8000-000000000000"
        )
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetCustomer(request, metadata=world.metadata, timeout=10)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


async def test_a_command_for_a_contact_that_is_unknown_is_answered_by_name(world: World):
    ana = await world.agent("ana")
    command = ana.send(hold_contact=agents.HoldContact(contact_id="no-such-contact"))
    result = await eventually(lambda: ana.result(command))

    assert result.code in (agents.RESULT_CODE_REJECTED, agents.RESULT_CODE_INVALID)
    assert "no-such-contact" in result.detail or result.because


async def test_garbage_on_every_topic_is_set_aside_and_the_rest_goes_on(world: World):
    producer = AIOKafkaProducer(bootstrap_servers=world.stack.kafka_bootstrap_servers)
    await producer.start()
    for topic in TOPICS:
        name = f"{world.stack.topic_prefix}{topic}"
        for key in (world.stack.workspace.encode(), b"\xff", None):
            for value in GARBAGE if key is None else (*GARBAGE, None):
                await producer.send_and_wait(name, value, key=key)
    await producer.stop()

    await world.agent("ana", talk=0.1)
    async with world.chat() as chat:
        await chat.start()
        await chat.hear("agent", within=60)
        await chat.state("ended", within=60)
    rejected = [
        d.record_rejected
        for step in await world.steps()
        for d in step.decisions
        if d.HasField("record_rejected")
    ]
    assert rejected
    parked = await world.topic("message-events.v1.dlq.crm")
    assert parked
    for instance in world.stack.instances():
        assert world.stack.parts.is_ready(instance), instance


async def test_a_policy_with_an_unknown_skill_names_file_line_and_what_would_be_right(
    world: World, tmp_path
):
    text = (FILES / "policy.yaml").read_text()
    broken = tmp_path / "policy.yaml"
    broken.write_text(text.replace("{billing: ", "{biling: ", 1))
    assert broken.read_text() != text
    with pytest.raises(StackError) as refused:
        await asyncio.to_thread(world.stack.run, "policy", "check", str(broken))
    said = str(refused.value)

    assert f"{broken.name}:" in said
    assert "biling" in said and "billing" in said


async def test_every_bad_frame_is_counted(world: World):
    url = f"ws://{world.stack.address('ingest-digital.CHAT_PORT')}/v1/chat"

    async def refused() -> float:
        metrics = await world.metrics("ingest-digital")
        return sum(
            v for k, v in metrics.items() if k.startswith("ingest_digital_chat_closed_total")
        )

    before = await refused()
    async with connect(url) as chat:
        await chat.send(json.dumps({"type": "nonsense"}))
        with pytest.raises(ConnectionClosed):
            while True:
                await chat.recv()

    assert await refused() > before
