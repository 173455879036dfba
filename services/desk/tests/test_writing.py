"""What agents write reaches the customer once and in order; and contacts are completed."""

import asyncio
import uuid
from typing import Any

from chassis.testing import eventually
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import routing_events_pb2 as routing
from desk.settings import DeskSettings

from .desk_stage import Stage
from .outcomes import INVALID, OK, REJECTED


async def test_a_reply_is_content_then_the_first_reply_once(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        results = [await agent.send("c1", text) for text in ("Hello!", "How are you?")]
        shown = [await agent.expect("message_shown") for _ in range(2)]
        await eventually(lambda: len(stage.said) == 2)
        recorded = stage.said[0].message_recorded
        texts = [
            stage.opened(event.message_recorded.body, "MessageRecorded.body")
            for event in stage.said
        ]

        assert [result.code for result in results] == [OK, OK]
        assert texts == ["Hello!", "How are you?"]
        assert [message.text for message in shown] == texts
        assert (recorded.author, recorded.author_id) == (events.PARTY_AGENT, "ana")
        assert recorded.message_id == str(uuid.uuid5(uuid.UUID(stage.said[0].event_id), "message"))
        assert stage.said[0].conversation_id == "conversation-c1"
        await eventually(lambda: len(stage.router.named("agent_first_replied")) == 1)
        assert stage.commands == []


async def test_a_reply_to_a_mail_is_also_sent(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key, channel=common.CHANNEL_EMAIL)
        await agent.expect("conversation_shown")
        result = await agent.send("c1", "Dear Ada", subject="Re: order")
        await eventually(lambda: stage.commands)
        command = stage.commands[0]

        assert result.code == OK
        assert command.command_id == stage.said[0].message_recorded.message_id
        assert command.send_mail.message_id == command.command_id
        assert stage.opened(command.send_mail.body, "SendMail.body") == "Dear Ada"
        assert stage.opened(command.send_mail.subject, "SendMail.subject") == "Re: order"


async def test_only_a_contact_in_hand_that_is_connected_can_be_written_to(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        wrap_up = routing.CONTACT_STATE_WRAP_UP
        await stage.router.give("ana", "ended", key_id=key, state=wrap_up)
        await stage.router.give("ana", "call", key_id=key, channel=common.CHANNEL_VOICE)
        await stage.router.give("ana", "chat", key_id=key)
        for _ in range(3):
            await agent.expect("conversation_shown")
        not_mine = await agent.send("c9", "hello")
        ended = await agent.send("ended", "hello")
        call = await agent.send("call", "hello")
        long = await agent.send("chat", "x" * 20_000)

        assert (not_mine.code, not_mine.because) == (
            REJECTED,
            routing.REJECTED_BECAUSE_NOT_YOUR_CONTACT,
        )
        assert (ended.code, ended.because) == (
            REJECTED,
            routing.REJECTED_BECAUSE_NOT_IN_THIS_STATE,
        )
        assert call.code == INVALID
        assert long.code == INVALID
        assert stage.said == []


async def test_what_is_said_to_one_contact_is_done_in_the_order_it_came(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """The goodbye must be in the log before the contact is completed."""
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        results = await asyncio.gather(
            *(agent.send("c1", f"{n}") for n in range(5)), agent.complete("c1", "solved")
        )
        await eventually(lambda: len(stage.said) == 5)
        texts = [
            stage.opened(event.message_recorded.body, "MessageRecorded.body")
            for event in stage.said
        ]
        kinds = [fact.WhichOneof("fact") for fact in stage.router.facts]

        assert [result.code for result in results] == [OK] * 6
        assert texts == ["0", "1", "2", "3", "4"]
        assert kinds.index("agent_first_replied") < kinds.index("contact_disconnected")


async def test_completing_a_connected_chat_ends_it_first(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        result = await agent.complete("c1", "solved", "a happy customer")
        kinds = [fact.WhichOneof("fact") for fact in stage.router.facts]
        finished = stage.router.named("wrap_up_finished")[0]

        assert result.code == OK
        assert kinds.index("contact_disconnected") < kinds.index("wrap_up_finished")
        assert finished.disposition == "solved"
        assert stage.opened(finished.note, "WrapUpFinished.note") == "a happy customer"


async def test_completing_in_wrap_up_is_one_fact_and_an_unknown_disposition_none(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    await stage.router.policy(dispositions=["solved"])
    desk = stage.desk_settings()
    async with start_desk(desk), connect(desk) as agent:
        key = stage.crm.new_key()
        await stage.router.give("ana", "c1", key_id=key, state=routing.CONTACT_STATE_WRAP_UP)
        await agent.expect("conversation_shown")
        unknown = await agent.complete("c1", "nonsense")
        result = await agent.complete("c1", "solved")

        assert unknown.because == routing.REJECTED_BECAUSE_UNKNOWN_DISPOSITION
        assert result.code == OK
        assert stage.router.named("contact_disconnected") == []
        assert len(stage.router.named("wrap_up_finished")) == 1


async def test_a_conversation_can_be_read_again(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        await stage.say("c1", "one", key)
        await agent.expect("message_shown")
        result = await agent.read("c1")
        again = await agent.expect("conversation_shown")
        other = await agent.read("c9")

        assert result.code == OK
        assert [m.text for m in again.messages] == ["one"]
        assert other.code == REJECTED
