"""The stream of an agent without the client: one request, one answer."""

from typing import Any

import grpc
import grpc.aio

from chassis.security import development_token
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1.agent_service_pb2_grpc import AgentServiceStub
from desk.settings import DeskSettings


def metadata(desk: DeskSettings, agent_id: str = "ana") -> tuple[tuple[str, str], ...]:
    token = development_token("agent", agent_id, desk.workspace)
    return (("authorization", f"Bearer {token}"),)


async def first_answer(desk: DeskSettings, *requests: work.WorkRequest) -> Any:
    """The first event of a bare stream; AioRpcError when it is refused."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{desk.grpc_port}") as channel:
        stub: Any = AgentServiceStub(channel)
        agent_id = requests[0].hello.agent_id or "ana"
        async for response in stub.Work(iter(requests), metadata=metadata(desk, agent_id)):
            return response
    return None


def hello(agent_id: str = "ana") -> work.WorkRequest:
    return work.WorkRequest(hello=work.Hello(agent_id=agent_id))
