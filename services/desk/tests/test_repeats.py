"""A command said again, on another stream or at another desk, is carried out once."""

from typing import Any

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center_agent import wire
from desk.settings import DeskSettings

from .desk_stage import Stage
from .outcomes import OK


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
