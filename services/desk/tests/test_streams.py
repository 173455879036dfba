"""How an agent's stream begins, breaks, goes on and ends."""

from typing import Any

import grpc
import grpc.aio
import pytest

from chassis.security import agent_tokens
from chassis.testing import eventually, free_port
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import routing_events_pb2 as routing
from contact_center.v1.agent_service_pb2_grpc import AgentServiceStub
from contact_center_agent import AgentClient, AgentRefused
from desk.settings import DeskSettings

from .desk_stage import Stage, refusal
from .raw_stream import first_answer, hello, metadata


async def test_a_sign_in_is_answered_with_a_snapshot(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    await stage.router.policy(
        queues=[{"name": "support"}], dispositions=["solved"], break_reasons=["lunch"]
    )
    desk = stage.desk_settings()
    async with start_desk(desk), connect(desk) as agent:
        snapshot = await agent.expect("snapshot")

        assert snapshot.agent.agent_id == "ana"
        assert not snapshot.is_resumed
        assert list(snapshot.queues) == ["support"]
        assert list(snapshot.dispositions) == ["solved"]
        assert list(snapshot.break_reasons) == ["lunch"]
        assert agent.session_number == snapshot.agent.session_number > 0


async def test_an_unknown_agent_is_not_found(desk: DeskSettings, stage: Stage) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await first_answer(desk, hello("nobody"))

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert "nobody" in refused.value.details()

    with pytest.raises(AgentRefused):
        tokens = agent_tokens(desk, "nobody", desk.workspace)
        address = f"127.0.0.1:{desk.grpc_port}"
        async with AgentClient([address], "nobody", token=tokens.token) as agent:
            await agent.connected()


async def test_anything_before_hello_is_a_failed_precondition(desk: DeskSettings) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await first_answer(desk, work.WorkRequest(ping=work.Ping()))

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_a_silent_router_makes_the_desk_unavailable_and_is_told_later(
    stage: Stage, start_desk: Any
) -> None:
    """The session that starts when nobody waits any more must not keep the agent connected."""
    stage.router.agent("ana")
    desk = stage.desk_settings(sign_in_seconds=0.5)
    async with start_desk(desk):
        stage.router.is_silent = True
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await first_answer(desk, hello())
        await eventually(lambda: stage.router.named("agent_signed_in"))
        stage.router.is_silent = False
        signed_in = stage.router.named("agent_signed_in")[0]
        state = stage.router.agents["ana"]
        state.session_number = stage.router.number + 1
        started = routing.AgentSessionStarted(session_id=signed_in.session_id, agent=state)
        number = await stage.router.step(routing.Decision(agent_session_started=started))
        lost = await eventually(lambda: stage.router.named("agent_connection_lost"))

        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert (lost[0].agent_id, lost[0].session_number) == ("ana", number)


async def test_a_refused_sign_in_says_why(desk: DeskSettings, stage: Stage) -> None:
    stage.router.answers["agent_signed_in"] = lambda fact: refusal("NO_POLICY", "no policy yet")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await first_answer(desk, hello())

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "no policy yet" in refused.value.details()


async def test_a_client_that_stops_sending_still_gets_its_answers(
    desk: DeskSettings, stage: Stage
) -> None:
    """So that requests can be piped into a command line tool."""
    stage.router.agent("ana")
    requests = [
        hello(),
        work.WorkRequest(
            command_id="1", choose_presence=work.ChoosePresence(presence="PRESENCE_AVAILABLE")
        ),
    ]
    kinds = []
    async with grpc.aio.insecure_channel(f"127.0.0.1:{desk.grpc_port}") as channel:
        stub: Any = AgentServiceStub(channel)
        async for response in stub.Work(iter(requests), metadata=metadata(desk)):
            kinds.append(response.WhichOneof("event"))
    await eventually(lambda: stage.router.named("agent_connection_lost"))

    assert kinds == ["snapshot", "command_result"]


async def test_a_resume_gets_what_was_missed(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        session_number, last_step = agent.session_number, agent.last_step
    await eventually(lambda: stage.router.named("agent_connection_lost"))
    await stage.router.offer("ana", "c1")
    await stage.router.step()
    again = work.WorkRequest(
        hello=work.Hello(
            agent_id="ana", resume_session_number=session_number, resume_after_step=last_step
        )
    )
    told = []
    async with grpc.aio.insecure_channel(f"127.0.0.1:{desk.grpc_port}") as channel:
        stub: Any = AgentServiceStub(channel)
        async for response in stub.Work(iter([again]), metadata=metadata(desk)):
            told.append(response)

    assert [response.WhichOneof("event") for response in told] == ["offer_shown", "snapshot"]
    assert told[0].step_number < told[1].step_number
    assert told[1].snapshot.is_resumed


async def test_a_resume_beyond_the_memory_gets_a_snapshot(stage: Stage, start_desk: Any) -> None:
    stage.router.agent("ana")
    first = stage.desk_settings()
    async with start_desk(first):
        for _ in range(3):
            await stage.router.changed("ana")
    fresh = stage.desk_settings()
    async with start_desk(fresh):
        request = work.WorkRequest(
            hello=work.Hello(agent_id="ana", resume_session_number=1, resume_after_step=1)
        )
        response = await first_answer(fresh, request)

        assert response.WhichOneof("event") == "snapshot"
        assert not response.snapshot.is_resumed


async def test_a_client_tries_the_next_desk_when_one_does_not_answer(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    nobody = desk.model_copy(update={"grpc_port": free_port()})
    async with connect(nobody, desk) as agent:
        failed = await agent.expect("connection_changed")

        assert failed.detail == f"no desk at 127.0.0.1:{nobody.grpc_port}"
        assert agent.address.endswith(str(desk.grpc_port))


async def test_every_desk_says_heartbeats_with_and_without_agents(
    desk: DeskSettings, stage: Stage
) -> None:
    beats = await eventually(
        lambda: (
            len(stage.router.named("desk_heartbeat")) >= 2 and stage.router.named("desk_heartbeat")
        )
    )

    [name] = {beat.desk_instance for beat in beats}
    assert name.startswith(f"{desk.instance_id}.")
