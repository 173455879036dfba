"""What an agent sees of a conversation: all of it, once, in order."""

from typing import Any

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import customer_service_pb2 as customers
from contact_center.v1 import message_events_pb2 as messages
from contact_center.v1 import routing_events_pb2 as routing
from desk.settings import DeskSettings

from .desk_stage import GARBAGE, Stage, decision


def told(message_id: str, text: str) -> customers.TimelineMessage:
    """A message as crm has it."""
    return customers.TimelineMessage(
        message_id=message_id, contact_id="c1", text=text, is_readable=True
    )


async def test_the_conversation_so_far_comes_with_the_contact_and_then_each_message(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """One message only crm has, one both have, one only the desk has followed."""
    stage.router.agent("ana")
    key = stage.crm.new_key()
    await stage.say("c1", "both", key, message_id="m2")
    await stage.say("c1", "followed", key, message_id="m3")
    stage.crm.conversations["conversation-c1"] = [told("m1", "old"), told("m2", "both")]
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key)
        conversation = await agent.expect("conversation_shown")
        await stage.say("c1", "new", key, message_id="m4")
        await stage.say("c1", "new", key, message_id="m4")
        await stage.say("c1", "newer", key, message_id="m5")
        live = [await agent.expect("message_shown") for _ in range(2)]

        assert [m.text for m in conversation.messages] == ["old", "both", "followed"]
        assert conversation.is_complete
        assert [m.text for m in live] == ["new", "newer"]
        assert {m.contact_id for m in live} == {"c1"}
        assert live[0].author == events.PARTY_CUSTOMER
        assert live[0].is_readable


async def test_a_message_that_a_fact_named_is_waited_for(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    named = routing.MessageReceived(
        contact_id="c1", conversation_id="conversation-c1", message_id="m1"
    )
    async with connect(desk) as agent:
        await stage.router.step(decision(message_received=named))
        await stage.router.give("ana", "c1", key_id=stage.crm.new_key())
        await eventually(lambda: stage.crm.asked.count("conversation") >= 2)
        stage.crm.conversations["conversation-c1"] = [told("m1", "there")]
        conversation = await agent.expect("conversation_shown")

        assert [m.text for m in conversation.messages] == ["there"]
        assert conversation.is_complete


async def test_a_named_message_that_does_not_come_makes_the_conversation_incomplete(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    named = routing.MessageReceived(
        contact_id="c1", conversation_id="conversation-c1", message_id="m1"
    )
    desk = stage.desk_settings(conversation_wait_seconds=0.3)
    async with start_desk(desk), connect(desk) as agent:
        await stage.router.step(decision(message_received=named))
        await stage.router.give("ana", "c1", key_id=stage.crm.new_key())
        conversation = await agent.expect("conversation_shown")

        assert not conversation.is_complete


async def test_without_crm_the_agent_sees_what_was_followed_and_the_rest_later(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    stage.crm.conversations["conversation-c1"] = [told("m0", "old")]
    async with connect(desk) as agent:
        await stage.router.give("ana", "other", key_id=key, conversation_id="elsewhere")
        await agent.expect("conversation_shown")
        await stage.say("other", "warms the key", key, conversation_id="elsewhere")
        await agent.expect("message_shown")
        stage.crm.is_away = True
        await stage.say("c1", "followed", key)
        await stage.router.give("ana", "c1", key_id=key)
        partial = await agent.expect("conversation_shown")
        await stage.say("c1", "live", key)
        live = await agent.expect("message_shown")
        stage.crm.is_away = False
        whole = await agent.expect("conversation_shown")

        assert [m.text for m in partial.messages] == ["followed"]
        assert not partial.is_complete
        assert live.text == "live"
        assert [m.text for m in whole.messages] == ["old", "followed", "live"]
        assert whole.is_complete


async def test_a_destroyed_key_leaves_an_unreadable_message(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        secret = stage.sealed("MessageRecorded.body", "gone", key)
        kept = stage.crm.keys.pop(key)
        stage.crm.keys[key] = kept
        event = messages.MessageEvent(
            event_id="e", workspace=stage.workspace, conversation_id="conversation-c1"
        )
        event.message_recorded.message_id = "m1"
        event.message_recorded.body.CopyFrom(secret)
        del stage.crm.keys[key]
        await stage.producer.send(
            "message-events.v1", event.conversation_id, event.SerializeToString()
        )
        shown = await agent.expect("message_shown")

        assert (shown.message_id, shown.text, shown.is_readable) == ("m1", "", False)


async def test_garbage_and_other_peoples_conversations_are_not_shown(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        for topic in ("message-events.v1", "routing-events.v1", "workspace-policies.v1"):
            await stage.producer.send(topic, stage.workspace, GARBAGE)
        await stage.say("c2", "not for ana", key)
        await stage.say("c1", "for ana", key)
        shown = await agent.expect("message_shown")

        assert shown.text == "for ana"


async def test_what_became_of_a_reply_is_shown(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=stage.crm.new_key())
        await agent.expect("conversation_shown")
        event = messages.MessageEvent(
            event_id="e", workspace=stage.workspace, conversation_id="conversation-c1"
        )
        event.delivery_updated.message_id = "m1"
        event.delivery_updated.contact_id = "c1"
        event.delivery_updated.status = messages.DELIVERY_STATUS_SENT
        await stage.producer.send(
            "message-events.v1", event.conversation_id, event.SerializeToString()
        )
        update = await agent.expect("delivery_updated")

        assert update.status == messages.DELIVERY_STATUS_SENT


async def test_a_contact_in_wrap_up_does_not_hear_the_next_agents_conversation(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        held = await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        held.state = routing.CONTACT_STATE_WRAP_UP
        await stage.router.changed("ana")
        await agent.expect(
            "agent_state_changed",
            lambda body: body.agent.contacts[0].state == routing.CONTACT_STATE_WRAP_UP,
        )
        await stage.say(
            "c1-transferred", "to somebody else", key, conversation_id="conversation-c1"
        )
        await stage.say("c1", "to the old contact", key)
        shown = await agent.expect("message_shown")

        assert shown.text == "to the old contact"


async def test_a_resumed_agent_gets_the_conversation_again(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk):
        await stage.router.give("ana", "c1", key_id=key)
    await stage.say("c1", "said meanwhile", key)
    async with connect(desk) as agent:
        conversation = await agent.expect("conversation_shown")

        assert [m.text for m in conversation.messages] == ["said meanwhile"]


async def test_agents_write_to_each_other_in_a_consult_and_no_customer_sees_it(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """ana holds the mail, bob the consult about it: neither mail nor first reply comes of it."""
    for name in ("ana", "bob"):
        stage.router.agent(name)
    key = stage.crm.new_key()
    of_mail = {"channel": common.CHANNEL_EMAIL, "key_id": key}
    async with connect(desk) as ana, connect(desk, agent_id="bob") as bob:
        await stage.router.give("ana", "m1", consult_contact_id="m1.2", **of_mail)
        await stage.router.give("bob", "m1.2", conversation_id="m1.2", consults_for="m1", **of_mail)
        await bob.expect("conversation_shown")
        await ana.expect("agent_state_changed")
        asked = await ana.tell_colleague("m1", "may he have it?")
        heard = await bob.expect("message_shown")
        answered = await bob.send("m1.2", "yes")
        told = [await ana.expect("message_shown") for _ in range(2)]

        assert {asked.code, answered.code} == {work.RESULT_CODE_OK}
        assert (heard.contact_id, heard.text, heard.author_id) == ("m1.2", "may he have it?", "ana")
        assert {(m.contact_id, m.text) for m in told} == {
            ("m1.2", "may he have it?"),
            ("m1.2", "yes"),
        }
        said = [m for m in stage.said if m.conversation_id == "m1.2"]
        kinds = {m.message_recorded.kind for m in said}
        assert kinds == {messages.MESSAGE_KIND_INTERNAL}
        assert {m.conversation_id for m in stage.said} == {"m1.2"}
        assert stage.commands == []
        assert stage.router.named("agent_first_replied") == []


async def test_in_a_written_conference_the_colleague_answers_the_customer(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """bob sees the customer's mail on his own contact; what he writes is the customer's."""
    for name in ("ana", "bob"):
        stage.router.agent(name)
    key = stage.crm.new_key()
    of_mail = {"channel": common.CHANNEL_EMAIL, "key_id": key, "is_conference": True}
    shared = {**of_mail, "shared_conversation_id": "conversation-m1"}
    await stage.say("m1", "may I have it?", key)
    async with connect(desk) as ana, connect(desk, agent_id="bob") as bob:
        await stage.router.give("ana", "m1", consult_contact_id="m1.2", **shared)
        await stage.router.give("bob", "m1.2", conversation_id="m1.2", consults_for="m1", **shared)
        seen = await bob.expect("conversation_shown")
        await ana.expect("conversation_shown")
        alone = await ana.tell_colleague("m1", "may he?")
        answered = await bob.send("m1.2", "yes", "Re: it")
        heard = await ana.expect("message_shown")
        own = await bob.expect("message_shown")
        [command] = await eventually(lambda: stage.commands)

        assert [m.text for m in seen.messages] == ["may I have it?"]
        assert alone.code == work.RESULT_CODE_REJECTED
        assert answered.code == work.RESULT_CODE_OK
        assert (heard.contact_id, heard.text, heard.author_id) == ("m1", "yes", "bob")
        assert (own.contact_id, own.text) == ("m1.2", "yes")
        [said] = [m for m in stage.said if m.message_recorded.author_id == "bob"]
        assert said.conversation_id == "conversation-m1"
        assert said.message_recorded.contact_id == "m1"
        assert said.message_recorded.kind == messages.MESSAGE_KIND_TEXT
        assert (command.contact_id, command.conversation_id) == ("m1", "conversation-m1")
        assert stage.router.named("agent_first_replied") == []


async def test_who_asks_on_the_phone_writes_to_nobody(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    call = {"channel": common.CHANNEL_VOICE, "key_id": stage.crm.new_key()}
    async with connect(desk) as ana:
        await stage.router.give("ana", "c1", consult_contact_id="c1.2", **call)
        await ana.expect("agent_state_changed")
        result = await ana.tell_colleague("c1", "are you there?")

        assert result.code == work.RESULT_CODE_REJECTED
