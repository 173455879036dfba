"""Calls through the whole service: real SIP and RTP, real Kafka, phones as other processes.

The router and the flow are played by the tests, which write the topics that these would write.
"""

from typing import Any

from voice_world import NUMBER, SECRET, VoiceProcess, World

from chassis.sealing import address_token
from chassis.testing import eventually
from contact_center.v1 import (
    channel_commands_pb2,
    message_events_pb2,
    routing_events_pb2,
)
from local_stack.phone.process import PhoneProcess, phone

CALLER = "+4940987654"
Decision = routing_events_pb2.Decision


async def arrived(around: World, customer: PhoneProcess) -> Any:
    contact = await around.fact("contact_arrived")
    await customer.event("answered")
    return contact


async def test_a_call_is_a_contact_before_it_is_answered(voice: VoiceProcess, around: World):
    async with phone("call", voice.address(), "--user", CALLER) as customer:
        contact = await arrived(around, customer)

    (address,) = contact.addresses
    assert contact.entry_point == f"entry-{NUMBER}"
    assert contact.key_id in around.keys.keys
    assert address.token == address_token(SECRET, "phone", CALLER)
    assert address.is_verified
    assert around.opened(address.address, "AddressToken.address") == CALLER


async def test_a_withheld_number_is_no_address(voice: VoiceProcess, around: World):
    async with phone("call", voice.address(), "--user", "anonymous") as customer:
        contact = await arrived(around, customer)

    assert not contact.addresses


async def test_an_unknown_number_is_404_and_no_contact(voice: VoiceProcess, around: World):
    await around.publish_policy("+493099999", workspace="another-workspace")
    for number in ("+49309", "+493099999"):
        async with phone("call", voice.address(number)) as customer:
            assert (await customer.event("ended"))["cause"].startswith("404")

    assert around.facts == []


async def test_a_new_policy_brings_its_numbers_without_a_restart(
    voice: VoiceProcess, around: World
):
    await around.publish_policy(NUMBER, "115")

    async def is_taken() -> bool:
        async with phone("call", voice.address("115")) as customer:
            await eventually(lambda: [e for e in customer.events if e["event"] in
                                      ("answered", "ended")], 10)  # fmt: skip
            return any(e["event"] == "answered" for e in customer.events)

    await eventually(is_taken, 20)


async def test_the_flow_asks_and_the_caller_types(voice: VoiceProcess, around: World):
    """What was said and typed is in the log, sealed."""
    async with phone("call", voice.address(), "--user", CALLER) as customer:
        contact = await arrived(around, customer)
        question = channel_commands_pb2.Ask(
            message_id="q1",
            text=around.sealed(contact, "Ask.text", "Your order number, then hash."),
            max_digits=8,
            terminator="#",
            timeout_seconds=10,
            digit_timeout_seconds=3,
        )
        await around.command(contact, ask=question)
        spoken = await around.said("message_recorded", lambda m: m.message_id == "q1")
        await customer.tell("digits 4711081#")
        typed = await around.said("message_recorded", lambda m: m.reply_to_message_id == "q1")
        delivery = await around.said("delivery_updated")

    body = "MessageRecorded.body"
    assert around.opened(spoken.body, body) == "Your order number, then hash."
    assert spoken.kind == message_events_pb2.MESSAGE_KIND_PROMPT
    assert around.opened(typed.body, body) == "4711081"
    assert typed.kind == message_events_pb2.MESSAGE_KIND_DIGITS
    assert delivery.status == message_events_pb2.DELIVERY_STATUS_INTERRUPTED
    secrets = (b"4711081", b"order number", CALLER.encode(), b"40987654")
    assert not any(secret in raw for raw in around.raw for secret in secrets)
    assert CALLER[1:] not in voice.log


async def test_a_question_nobody_answers_is_missed(voice: VoiceProcess, around: World):
    async with phone("call", voice.address()) as customer:
        contact = await arrived(around, customer)
        text = around.sealed(contact, "Ask.text", "Press one.")
        question = channel_commands_pb2.Ask(
            message_id="q1", text=text, max_digits=1, timeout_seconds=0.5
        )
        await around.command(contact, ask=question)

        assert (await around.said("input_missed")).message_id == "q1"


async def test_a_repeated_command_is_carried_out_once_and_an_expired_one_never(
    voice: VoiceProcess, around: World
):
    async with phone("call", voice.address()) as customer:
        contact = await arrived(around, customer)

        def say(message_id: str) -> channel_commands_pb2.Say:
            text = around.sealed(contact, "Say.text", message_id)
            return channel_commands_pb2.Say(message_id=message_id, text=text)

        await around.command(contact, say=say("late"), expires_in=-60)
        for _ in range(3):
            await around.command(contact, "same", say=say("m1"))
        await around.command(contact, say=say("m2"))
        await around.said(
            "delivery_updated", lambda d: d.message_id == "m2" and
            d.status == message_events_pb2.DELIVERY_STATUS_DELIVERED,
        )  # fmt: skip

    said = [e.message_recorded.message_id for e in around.content if e.HasField("message_recorded")]
    assert said == ["m1", "m2"]


async def test_the_flow_hangs_up_after_its_goodbye(voice: VoiceProcess, around: World):
    async with phone("call", voice.address()) as customer:
        contact = await arrived(around, customer)
        text = around.sealed(contact, "Say.text", "Goodbye.")
        say = channel_commands_pb2.Say(message_id="m1", text=text)
        await around.command(contact, say=say)
        await around.command(contact, end_contact=channel_commands_pb2.EndContact(reason="x"))
        ended = Decision(
            contact_ended=routing_events_pb2.ContactEnded(
                contact_id=contact.contact_id,
                cause=routing_events_pb2.CONTACT_CAUSE_RESOLVED_BY_FLOW,
            )
        )
        await around.step(ended)
        await customer.event("ended")
        delivery = await around.said("delivery_updated")

    assert delivery.status == message_events_pb2.DELIVERY_STATUS_DELIVERED
    assert around.kinds(contact.contact_id) == ["contact_arrived"]


async def test_a_caller_who_gives_up_has_left(voice: VoiceProcess, around: World):
    async with phone("call", voice.address()) as customer:
        contact = await arrived(around, customer)
        await customer.tell("hangup")
        left = await around.fact("customer_left")

    assert left.contact_id == contact.contact_id
    assert around.kinds(contact.contact_id) == ["contact_arrived", "customer_left"]


async def test_a_step_that_is_not_greater_is_dropped(voice: VoiceProcess, around: World):
    """An old router that wakes up dials nobody."""
    async with phone("agent") as agent, phone("call", voice.address()) as customer:
        contact = await arrived(around, customer)
        await around.step(number=50)
        connecting = routing_events_pb2.ContactConnecting(
            contact_id=contact.contact_id, offer_id="old",
            voice_address=f"sip:ana@127.0.0.1:{agent.port}",
        )  # fmt: skip
        await around.step(Decision(contact_connecting=connecting), number=50)
        await around.step(number=50)
        await around.connect(contact.contact_id, agent.port, "o2")

        assert (await around.fact("agent_connected")).offer_id == "o2"


async def test_garbage_on_every_topic_is_skipped_and_calls_go_on(
    voice: VoiceProcess, around: World
):
    for topic in ("channel-commands.v1", "routing-events.v1", "workspace-policies.v1"):
        for garbage in (b"\xff\xff\xff", b"", b"not protobuf at all" * 100):
            await around.producer.send(topic, "another", garbage)
            if topic == "routing-events.v1":
                await around.producer.send(topic, around.workspace, garbage)
    async with phone("call", voice.address()) as customer:
        contact = await arrived(around, customer)
        await around.producer.send("channel-commands.v1", contact.contact_id, b"\xff")
        text = around.sealed(contact, "Ask.text", "sealed for another field")
        say = channel_commands_pb2.Say(message_id="wrong", text=text)
        await around.command(contact, say=say)
        text = around.sealed(contact, "Say.text", "Hello.")
        await around.command(contact, say=channel_commands_pb2.Say(message_id="m1", text=text))

        assert (await around.said("delivery_updated")).message_id == "m1"
