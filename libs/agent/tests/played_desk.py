"""A desk that does what the test says: real gRPC, no log, no router."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import grpc
import grpc.aio

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import agent_service_pb2_grpc as service
from contact_center.v1 import routing_events_pb2 as routing
from contact_center_agent import AgentClient

END = object()
"""Put on a stream: the desk breaks it."""

Answer = Callable[[work.WorkRequest], int | None]


class PlayedDesk(service.AgentServiceServicer):
    """Snapshots for everybody; each command is answered OK unless `answer` says otherwise."""

    def __init__(self) -> None:
        self.address = ""
        self.hellos: list[work.Hello] = []
        self.commands: list[work.WorkRequest] = []
        self.metadata: list[dict[str, str]] = []
        self.answer: Answer = lambda request: work.RESULT_CODE_OK
        self.refusal: Callable[[], tuple[grpc.StatusCode, str] | None] = lambda: None
        self.streams: list[asyncio.Queue[Any]] = []
        self.is_deaf = False
        self.credentials: grpc.ServerCredentials | None = None
        self._server: grpc.aio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = grpc.aio.server()
        service.add_AgentServiceServicer_to_server(self, self._server)
        address = self.address or "127.0.0.1:0"
        port = (
            self._server.add_insecure_port(address)
            if self.credentials is None
            else self._server.add_secure_port(address, self.credentials)
        )
        self.address = f"127.0.0.1:{port}"
        await self._server.start()

    async def stop(self) -> None:
        """Away, as if it had died."""
        if self._server is not None:
            await self._server.stop(0)
            self._server = None

    def client(self, *others: "PlayedDesk", **more: Any) -> AgentClient:
        return AgentClient([self.address, *(other.address for other in others)], "ana", **more)

    def say(self, **event: Any) -> None:
        """On the newest stream."""
        self.streams[-1].put_nowait(work.WorkResponse(**event))

    def break_stream(self) -> None:
        self.streams[-1].put_nowait(END)

    def said(self, kind: str) -> list[work.WorkRequest]:
        return [c for c in self.commands if c.WhichOneof("command") == kind]

    async def Work(self, request_iterator: Any, context: Any) -> None:  # type: ignore[override]
        self.metadata.append(dict(context.invocation_metadata()))
        if refusal := self.refusal():
            await context.abort(*refusal)
        hello = (await anext(request_iterator)).hello
        self.hellos.append(hello)
        out: asyncio.Queue[Any] = asyncio.Queue()
        self.streams.append(out)
        number = len(self.hellos)
        agent = routing.AgentState(agent_id=hello.agent_id, session_number=number)
        is_resumed = hello.resume_session_number > 0
        snapshot = work.Snapshot(agent=agent, is_resumed=is_resumed)
        out.put_nowait(work.WorkResponse(step_number=number, snapshot=snapshot))
        reading = asyncio.create_task(self._read(request_iterator, out))
        try:
            while (event := await out.get()) is not END:
                await context.write(event)
        finally:
            reading.cancel()
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the test breaks the stream")

    async def _read(self, requests: Any, out: asyncio.Queue[Any]) -> None:
        async for request in requests:
            if self.is_deaf:
                continue
            if request.WhichOneof("command") == "ping":
                out.put_nowait(work.WorkResponse(pong=work.Pong()))
                continue
            self.commands.append(request)
            code = self.answer(request)
            if code is not None:
                result = work.CommandResult(command_id=request.command_id, code=code)
                out.put_nowait(work.WorkResponse(command_result=result))
