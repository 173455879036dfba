"""How a stream ends, and who is told: replaced, broken, signed out, drained, given up, too slow."""

from contextlib import AsyncExitStack
from typing import Any

import grpc
import grpc.aio
import pytest

from chassis.security import development_token
from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import routing_events_pb2 as routing
from contact_center.v1.agent_service_pb2_grpc import AgentServiceStub
from contact_center_agent import AgentClient
from desk.settings import DeskSettings

from .desk_stage import Stage
from .raw_stream import hello, metadata


async def test_a_second_sign_in_replaces_the_first_and_nothing_is_said_of_it(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    one, other = stage.desk_settings(), stage.desk_settings()
    async with (
        start_desk(one),
        start_desk(other),
        connect(one) as first,
        connect(other) as second,
    ):
        await first.expect("session_replaced")
        await eventually(lambda: not first.is_connected)
        result = await second.choose_presence("available")

        assert first.is_replaced
        assert result.code == work.RESULT_CODE_OK
        assert second.session_number > first.session_number
        assert stage.router.named("agent_connection_lost") == []


async def test_a_broken_stream_is_told_as_connection_lost(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        number = agent.session_number
    lost = await eventually(lambda: stage.router.named("agent_connection_lost"))

    assert lost[0].session_number == number
    assert lost[0].desk_instance.startswith(f"{desk.instance_id}.")


async def test_bytes_that_are_no_request_end_that_stream_alone(
    desk: DeskSettings, stage: Stage, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Told as an invalid argument, to the router as a lost connection; bob notices nothing."""
    stage.router.agent("ana")
    stage.router.agent("bob")
    async with (
        connect(desk, agent_id="bob") as bob,
        grpc.aio.insecure_channel(f"127.0.0.1:{desk.grpc_port}") as channel,
    ):
        raw = channel.stream_stream("/contact_center.v1.AgentService/Work")
        stream = raw(metadata=metadata(desk), timeout=30)
        await stream.write(hello().SerializeToString())
        assert work.WorkResponse.FromString(await stream.read()).WhichOneof("event") == "snapshot"
        await stream.write(b"\x0a\x7fno request")
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            while await stream.read() is not grpc.aio.EOF:
                pass
        await eventually(lambda: stage.router.named("agent_connection_lost"))
        result = await bob.choose_presence("available")

        assert ended.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert result.code == work.RESULT_CODE_OK
        assert len(stage.router.named("agent_connection_lost")) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_stream_outlives_its_token_by_nothing_and_goes_on_with_a_fresh_one(
    stage: Stage, start_desk: Any
) -> None:
    """Whoever was dismissed is out when the token is over; everybody else hardly notices."""
    stage.router.agent("ana")
    desk = stage.desk_settings(oidc_leeway_seconds=0.0)
    lasting = iter([4.0, 3600.0])

    def token() -> str:
        return development_token("agent", "ana", desk.workspace, seconds=next(lasting))

    address = f"127.0.0.1:{desk.grpc_port}"
    async with start_desk(desk), AgentClient([address], "ana", token=token) as agent:
        await agent.connected()
        first = agent.session_number
        ended = await agent.expect("connection_changed", lambda change: not change.is_connected)
        await eventually(lambda: agent.is_connected and agent.session_number > first)
        lost = await eventually(lambda: stage.router.named("agent_connection_lost"))

        assert ended.detail == "a valid token is needed: expired_in_stream"
        assert [fact.session_number for fact in lost] == [first]


async def test_signing_out_ends_the_stream_and_nothing_is_lost(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """The step that answers also says that the agent is gone, as the real router does."""
    state = stage.router.agent("ana")

    def gone(fact: Any) -> Any:
        state.connection = routing.CONNECTION_GONE
        return [stage.router.state_decision("ana")]

    stage.router.answers["agent_signed_out"] = gone
    async with connect(desk) as agent:
        result = await agent.sign_out()
        await eventually(lambda: not agent.is_connected)

        assert result.code == work.RESULT_CODE_OK
        assert [fact.agent_id for fact in stage.router.named("agent_signed_out")] == ["ana"]
        assert stage.router.named("agent_connection_lost") == []


async def test_a_draining_desk_sends_its_agents_elsewhere(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    one, other = stage.desk_settings(), stage.desk_settings()
    async with start_desk(other), AsyncExitStack() as until_the_end:
        async with start_desk(one):
            agent = await until_the_end.enter_async_context(connect(one, other))
            first = agent.session_number
        broken = await agent.expect("connection_changed", lambda change: not change.is_connected)
        await eventually(lambda: agent.session_number > first)

        assert "draining" in broken.detail
        assert agent.address.endswith(str(other.grpc_port))
        assert [fact.session_number for fact in stage.router.named("agent_connection_lost")] == [
            first
        ]


async def test_a_session_that_the_router_gave_up_is_ended(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """The desk was silent: a lost session comes back with a heartbeat, a gone one does not."""
    state = stage.router.agent("ana")
    async with connect(desk) as agent:
        first = agent.session_number
        for connection in (routing.CONNECTION_LOST, routing.CONNECTION_CONNECTED):
            state.connection = connection
            await stage.router.changed("ana")
        result = await agent.choose_presence("available")
        after_lost = agent.session_number
        state.connection = routing.CONNECTION_GONE
        await stage.router.changed("ana")
        state.connection = routing.CONNECTION_CONNECTED
        await eventually(lambda: agent.is_connected and agent.session_number > first)

        assert result.code == work.RESULT_CODE_OK
        assert after_lost == first


@pytest.mark.parametrize(
    ("limit", "events"), [({"outbox_max_events": 50}, 200), ({"stream_write_seconds": 0.5}, 70)]
)
async def test_a_client_that_does_not_read_loses_its_stream_and_nobody_else_waits(
    stage: Stage, start_desk: Any, connect: Any, limit: dict[str, Any], events: int
) -> None:
    """By how much waits for it, or by how long one event does."""
    stage.router.agent("slow")
    stage.router.agent("ana")
    desk = stage.desk_settings(**limit)
    address = f"127.0.0.1:{desk.grpc_port}"
    async with (
        start_desk(desk),
        connect(desk) as agent,
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub: Any = AgentServiceStub(channel)
        stalled = stub.Work(metadata=metadata(desk, "slow"))
        await stalled.write(hello("slow"))
        await stalled.read()
        state = stage.router.agents["slow"]
        # More than what the two ends of the connection take in for a reader.
        state.team = "x" * 200_000
        for _ in range(events):
            await stage.router.changed("slow")
        lost = await eventually(lambda: stage.router.named("agent_connection_lost"))
        stage.router.facts.clear()
        result = await agent.choose_presence("available")

        assert lost[0].agent_id == "slow"
        assert result.code == work.RESULT_CODE_OK
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            while True:
                await stalled.read()
        assert ended.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "does not read" in str(ended.value.details())
        async with connect(desk, agent_id="slow") as back:
            assert back.session_number > lost[0].session_number
