"""Commands become facts, and the router's answers become results."""

import asyncio
import uuid
from typing import Any

import pytest

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import routing_events_pb2 as routing
from contact_center_agent import wanted_in, wire
from desk.settings import DeskSettings

from .desk_stage import Stage, refusal

OK = work.RESULT_CODE_OK
WANTED = (
    "skills=vip:2,sales any=a|b,c languages=de:3 teams=back,front brand=acme tier=gold amount=1500"
)
REJECTED = work.RESULT_CODE_REJECTED
INVALID = work.RESULT_CODE_INVALID


async def test_each_command_is_its_fact_in_the_sessions_name(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        results = [
            await agent.choose_presence("break", "lunch", is_next=True),
            await agent.accept("o1"),
            await agent.reject("o2", "busy"),
            await agent.hold("c1"),
            await agent.resume("c1"),
            await agent.transfer("c1", "billing", wanted=wanted_in(WANTED)),
            await agent.end("c1"),
        ]
        router = stage.router
        said = {
            kind: router.named(kind)[0]
            for kind in (
                "presence_chosen", "offer_accepted", "offer_rejected", "hold_started",
                "hold_ended", "transfer_requested", "contact_disconnected",
            )
        }  # fmt: skip

        assert [result.code for result in results] == [OK] * 7
        assert {
            (fact.agent_id, fact.session_number, fact.desk_instance) for fact in said.values()
        } == {("ana", agent.session_number, router.agents["ana"].desk_instance)}
        assert said["presence_chosen"].presence == common.PRESENCE_BREAK
        assert said["presence_chosen"].reason_code == "lunch"
        assert said["presence_chosen"].is_next
        assert said["offer_rejected"].reason_code == "busy"
        assert said["transfer_requested"].queue == "billing"
        needs = said["transfer_requested"].needs
        assert [(r.skill, r.level) for r in needs.skills] == [("vip", 2), ("sales", 1)]
        assert [[r.skill for r in group.skills] for group in needs.any_of] == [["a", "b"], ["c"]]
        assert [(r.skill, r.level) for r in needs.languages] == [("de", 3)]
        assert (list(needs.teams), needs.brand) == (["back", "front"], "acme")
        attributes = said["transfer_requested"].attributes
        assert [(a.name, a.enum_value, a.number) for a in attributes] == [
            ("tier", "gold", 0.0),
            ("amount", "", 1500.0),
        ]
        assert said["contact_disconnected"].by == events.PARTY_AGENT


async def test_transfers_and_consults_name_agent_flow_and_consult(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """The customer's contact is enough where the consult is meant: the agent's state names it."""
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key, consult_contact_id="c1.2")
        await agent.expect("agent_state_changed")
        results = [
            await agent.transfer("c1", to_agent_id="bob"),
            await agent.transfer("c1", flow="main"),
            await agent.consult("c1", "billing", wanted=wanted_in(WANTED)),
            await agent.consult("c1", to_agent_id="bob"),
            await agent.start_conference("c1"),
            await agent.hand_over("c1.2"),
            await agent.end_consult("c1"),
        ]
        named = stage.router.named
        transfers, consults = named("transfer_requested"), named("consult_requested")
        about = [
            named(kind)[0]
            for kind in ("conference_started", "consult_transfer_requested", "consult_ended")
        ]

        assert [result.code for result in results] == [OK] * 7
        assert [(t.queue, t.to_agent_id, t.flow) for t in transfers] == [
            ("", "bob", ""),
            ("", "", "main"),
        ]
        assert [(t.queue, t.to_agent_id) for t in consults] == [("billing", ""), ("", "bob")]
        assert [r.skill for r in consults[0].needs.skills] == ["vip", "sales"]
        assert not consults[1].HasField("needs")
        assert {fact.contact_id for fact in about} == {"c1.2"}
        assert {fact.agent_id for fact in (*transfers, *consults, *about)} == {"ana"}


async def test_both_agents_are_told_of_their_consult(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    stage.router.agent("bob")
    about = {"contact_id": "c1", "consult_contact_id": "c1.2", "agent_id": "ana"}
    started = routing.ConsultStarted(**about)
    opened = routing.ConferenceOpened(**about, consulted_agent_id="bob")
    finished = routing.ConsultFinished(**about, consulted_agent_id="bob", is_transfer=True)
    async with connect(desk) as ana, connect(desk, agent_id="bob") as bob:
        number = await stage.router.step(
            routing.Decision(consult_started=started),
            routing.Decision(conference_opened=opened),
            routing.Decision(consult_finished=finished),
        )

        assert await ana.expect("consult_started") == started
        for agent in (ana, bob):
            assert await agent.expect("conference_opened") == opened
            assert await agent.expect("consult_finished") == finished
            assert agent.last_step == number


async def test_a_refusal_of_the_router_is_a_rejection_with_its_reason(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    stage.router.answers["offer_accepted"] = lambda fact: refusal("OFFER_TIMED_OUT", "too late")
    stage.router.answers["offer_rejected"] = lambda fact: refusal("REPEATED")
    async with connect(desk) as agent:
        late = await agent.accept("o1")
        repeated = await agent.reject("o1")

        assert late.code == REJECTED
        assert late.because == routing.REJECTED_BECAUSE_OFFER_TIMED_OUT
        assert late.detail == "too late"
        assert repeated.code == OK


async def test_a_repeated_command_gets_the_same_result_and_is_one_fact(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        request = wire.accept_offer("o1")
        first = await agent.command(request)
        second = await agent.command(request)

        assert first == second
        assert len(stage.router.named("offer_accepted")) == 1


async def test_no_answer_in_time_is_unknown_and_a_repeat_is_the_same_fact(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    desk = stage.desk_settings(command_seconds=0.4)
    async with start_desk(desk), connect(desk) as agent:
        stage.router.is_silent = True
        request = wire.accept_offer("o1")
        unknown = await agent.command(request, repeats=False)
        stage.router.is_silent = False
        known = await agent.command(request)
        accepted = [f for f in stage.router.facts if f.WhichOneof("fact") == "offer_accepted"]

        assert unknown.code == work.RESULT_CODE_UNKNOWN
        assert known.code == OK
        assert len(accepted) == 2
        assert len({fact.event_id for fact in accepted}) == 1


async def test_more_commands_than_allowed_at_once_are_refused(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    desk = stage.desk_settings(max_commands_in_flight=3, command_seconds=1.0)
    async with start_desk(desk), connect(desk) as agent:
        stage.router.is_silent = True
        results = await asyncio.gather(
            *(agent.command(wire.accept_offer(f"o{n}"), repeats=False) for n in range(6))
        )
        codes = sorted(result.code for result in results)

        assert codes.count(work.RESULT_CODE_UNAVAILABLE) == 3


@pytest.mark.parametrize(
    "request_",
    [
        work.WorkRequest(accept_offer=work.AcceptOffer(offer_id="o1")),
        wire.accept_offer(""),
        wire.new_command(choose_presence=work.ChoosePresence()),
        wire.send_message("c1", "   ", ""),
        wire.send_message("c1", "x" * 300_000, ""),
        wire.send_message("c1", "hello", "two\nlines"),
        wire.new_command(hello=work.Hello(agent_id="ana")),
        wire.complete_contact("c1", "solved", "x" * 20_000),
        wire.transfer_contact("c1"),
        wire.transfer_contact("c1", "billing", flow="main"),
        wire.transfer_contact("c1", to_agent_id="x" * 300),
        wire.transfer_contact("c1", "billing", wanted=wanted_in("skills=vip:9")),
        wire.consult_colleague("c1", "billing", wanted=wanted_in("skills=" + ",".join("x" * 101))),
        wire.consult_colleague("c1", "billing", wanted=wanted_in(f"teams={'x' * 200}")),
        wire.consult_colleague("c1"),
        wire.end_consult(""),
    ],
)
async def test_a_wrong_command_is_invalid_and_no_fact(
    request_: work.WorkRequest, desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        result = await agent.command(request_)
        facts = {fact.WhichOneof("fact") for fact in stage.router.facts}

        assert result.code == INVALID
        assert result.detail
        assert facts <= {"agent_signed_in", "desk_heartbeat"}


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
        assert len(stage.router.named("agent_first_replied")) == 1
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


async def test_a_command_that_was_answered_is_not_carried_out_again_by_another_desk(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    """The answer may be lost with the stream; every desk knows it from the log."""
    stage.router.agent("ana")
    one, other = stage.desk_settings(), stage.desk_settings()
    request = wire.accept_offer("o1")
    async with start_desk(one), start_desk(other):
        async with connect(one, client_id="bot-7") as agent:
            first = await agent.command(request)
        async with connect(other, client_id="bot-7") as agent:
            repeated = await agent.command(request)
        said = len(stage.router.named("offer_accepted"))
        async with connect(other, client_id="bot-8") as agent:
            of_another = await agent.command(request)

    assert [result.code for result in (first, repeated, of_another)] == [OK] * 3
    assert said == 1
    assert len(stage.router.named("offer_accepted")) == 2


async def test_a_message_said_again_on_the_next_stream_is_the_same_message(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    await stage.router.give("ana", "c1", key_id=stage.crm.new_key())
    request = wire.send_message("c1", "hello", "")
    for _ in range(2):
        async with connect(desk, client_id="bot-7") as agent:
            assert (await agent.command(request)).code == OK
    await eventually(lambda: len(stage.said) == 2)

    assert len({event.message_recorded.message_id for event in stage.said}) == 1


async def test_a_sign_out_of_an_earlier_stream_does_not_answer_for_a_later_one(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    request = wire.sign_out()
    for _ in range(2):
        async with connect(desk, client_id="bot-7") as agent:
            assert (await agent.command(request)).code == OK

    assert len(stage.router.named("agent_signed_out")) == 2
