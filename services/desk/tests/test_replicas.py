"""Desks as processes: killed, ended, and spoken to by a tool that knows nothing of ours."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from chassis.security import development_token
from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work

from .desk_process import desk_process
from .desk_stage import Stage

GRPCURL = shutil.which("grpcurl") or shutil.which("grpcurl", path=str(Path.home() / "go/bin"))


async def test_an_agent_goes_on_at_another_replica_when_one_is_killed(
    stage: Stage, connect: Any, tmp_path: Path
) -> None:
    """The second replica followed all along, so the agent misses nothing that was decided."""
    stage.router.agent("ana")
    key = stage.crm.new_key()
    one, other = stage.desk_settings(), stage.desk_settings()
    async with (
        desk_process(one, tmp_path / "one.log") as first,
        desk_process(other, tmp_path / "other.log"),
        connect(one, other) as agent,
    ):
        await stage.router.give("ana", "c1", key_id=key)
        await agent.expect("conversation_shown")
        session = agent.session_number
        await agent.send("c1", "good day")
        await eventually(lambda: stage.router.named("agent_first_replied"))
        await first.kill()
        await stage.say("c1", "are you there?", key)
        await agent.expect("connection_changed", lambda change: not change.is_connected)
        await eventually(lambda: agent.is_connected and agent.session_number > session)
        snapshot = await agent.expect(
            "snapshot", lambda body: body.agent.session_number == agent.session_number
        )
        conversation = await agent.expect("conversation_shown")
        reply = await agent.send("c1", "yes!")
        await agent.expect("message_shown", lambda message: message.text == "yes!")

        assert agent.address.endswith(str(other.grpc_port))
        assert snapshot.is_resumed
        assert [contact.contact_id for contact in snapshot.agent.contacts] == ["c1"]
        assert [message.text for message in conversation.messages] == [
            "good day",
            "are you there?",
        ]
        assert all(stage.router.traces), "every fact carries a trace"
        assert reply.code == work.RESULT_CODE_OK


async def test_sigterm_sends_agents_elsewhere_and_ends_with_zero(
    stage: Stage, connect: Any, tmp_path: Path
) -> None:
    stage.router.agent("ana")
    one, other = stage.desk_settings(), stage.desk_settings()
    async with (
        desk_process(one, tmp_path / "one.log") as first,
        desk_process(other, tmp_path / "other.log"),
        connect(one, other) as agent,
    ):
        session = agent.session_number
        code = await first.terminate()
        await eventually(lambda: agent.is_connected and agent.session_number > session)

        assert code == 0
        assert [fact.session_number for fact in stage.router.named("agent_connection_lost")] == [
            session
        ]


async def test_a_desk_that_is_killed_and_started_again_is_another_desk_to_the_router(
    stage: Stage, tmp_path: Path
) -> None:
    """Else its heartbeats would keep agents connected whose streams are gone."""
    settings = stage.desk_settings()
    names: list[str] = []
    for run in ("first", "second"):
        stage.router.facts.clear()
        async with desk_process(settings, tmp_path / f"{run}.log") as process:
            beats = await eventually(lambda: stage.router.named("desk_heartbeat"))
            names.append(beats[-1].desk_instance)
            await process.kill()

    assert names[0] != names[1]
    assert all(name.startswith(settings.instance_id) for name in names)


@pytest.mark.skipif(GRPCURL is None, reason="grpcurl is NOT INSTALLED: reflection is not tried")
async def test_grpcurl_works_an_agents_stream_through_reflection(desk: Any, stage: Stage) -> None:
    stage.router.agent("ana")
    address = f"127.0.0.1:{desk.grpc_port}"
    requests = (
        '{"hello": {"agent_id": "ana"}} {"command_id": "1", "accept_offer": {"offer_id": ""}}'
    )
    token = development_token("agent", "ana", desk.workspace)
    listed = await run(GRPCURL, "-plaintext", address, "list")
    worked = await run(
        GRPCURL, "-plaintext", "-H", f"authorization: Bearer {token}", "-d", "@", address,
        "contact_center.v1.AgentService/Work",
        stdin=requests,
    )  # fmt: skip
    decoder = json.JSONDecoder()
    events, rest = [], worked.lstrip()
    while rest:
        event, end = decoder.raw_decode(rest)
        events.append(ParseDict(event, work.WorkResponse()))
        rest = rest[end:].lstrip()

    assert "contact_center.v1.AgentService" in listed
    assert "grpc.health.v1.Health" in listed
    assert events[0].snapshot.agent.agent_id == "ana"
    assert events[1].command_result.code == work.RESULT_CODE_INVALID


async def run(program: str | None, *arguments: str, stdin: str = "") -> str:
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(stdin.encode()), 30)
    assert process.returncode == 0, errors.decode()
    return out.decode()
