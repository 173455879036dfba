"""AgentService: one bidirectional stream for each agent."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import grpc
import grpc.aio
from opentelemetry import trace
from opentelemetry.context import Context

from chassis.errors import MalformedRequest
from chassis.rpc import Servicer, refuse, shown
from chassis.security import caller
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import agent_service_pb2_grpc as service
from contact_center.v1 import audit_events_pb2
from desk.adapters.codec.stream import command_of, response_of
from desk.domain.events import CommandEnded, Pong
from desk.domain.faults import MAX_ID_CHARACTERS
from desk.domain.results import invalid
from desk.handlers.commands import Commands
from desk.handlers.session import End, Session
from desk.handlers.signing import Hello, Refusal, Signing, SignInRefused
from desk.metrics import COMMANDS, SIGN_INS_REFUSED, STEP_TO_STREAM_SECONDS

# What the server writes of calls.
AuditEvent = audit_events_pb2.AuditEvent
TRACER = trace.get_tracer("desk")
METHOD = "/contact_center.v1.AgentService/Work"
OF_THE_CONNECTION = (grpc.RpcError, grpc.aio.BaseError, asyncio.CancelledError)
SHOWS = ("offer_shown", "customer_shown", "conversation_shown")
HELLO_SECONDS = 10.0
FLUSH_SECONDS = 2.0
REFUSALS = {
    Refusal.UNKNOWN_AGENT: grpc.StatusCode.NOT_FOUND,
    Refusal.REJECTED: grpc.StatusCode.FAILED_PRECONDITION,
    Refusal.NO_ANSWER: grpc.StatusCode.UNAVAILABLE,
    Refusal.NOT_WRITTEN: grpc.StatusCode.UNAVAILABLE,
    Refusal.DRAINING: grpc.StatusCode.UNAVAILABLE,
    Refusal.FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
ENDS = {
    End.SLOW: (grpc.StatusCode.RESOURCE_EXHAUSTED, "the client does not read: reconnect"),
    End.DRAINING: (grpc.StatusCode.UNAVAILABLE, "draining: reconnect to another desk"),
    End.GONE: (grpc.StatusCode.UNAVAILABLE, "the router gave this session up: reconnect"),
    End.FAILED: (grpc.StatusCode.INTERNAL, "internal error: reconnect"),
}


class AgentServicer(service.AgentServiceServicer):
    """Reads commands and writes events; what they mean is the handlers' business."""

    def __init__(self, signing: Signing, commands: Commands, *, write_seconds: float) -> None:
        self._signing = signing
        self._commands = commands
        self._write_seconds = write_seconds

    async def Work(  # type: ignore[override]
        self, request_iterator: AsyncIterator[work.WorkRequest], context: Any
    ) -> None:
        """Hello first; then commands and events until either side ends the stream."""
        hello = await self._hello(request_iterator, context)
        try:
            session = await self._signing.sign_in(hello)
        except SignInRefused as refused:
            SIGN_INS_REFUSED.labels(refused.refusal.value).inc()
            await _abort(context, REFUSALS[refused.refusal], str(refused))
        try:
            await self._serve(session, request_iterator, context)
        finally:
            reason = await asyncio.shield(self._signing.leave(session))
        if reason in ENDS:
            await _abort(context, *ENDS[reason])

    async def _hello(self, requests: AsyncIterator[work.WorkRequest], context: Any) -> Hello:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                first = await anext(requests, None)
        except TimeoutError:
            first = None
        if first is None or first.WhichOneof("command") != "hello":
            SIGN_INS_REFUSED.labels("no_hello").inc()
            await _abort(
                context, grpc.StatusCode.FAILED_PRECONDITION, "the first request must be hello"
            )
        hello = first.hello
        workspace = hello.workspace or caller().workspace
        client_id = hello.client_id or "none"
        names = {"agent_id": hello.agent_id, "workspace": workspace, "client_id": client_id}
        for name, value in names.items():
            if not 0 < len(value) <= MAX_ID_CHARACTERS:
                SIGN_INS_REFUSED.labels("invalid").inc()
                detail = f"{name} must have 1 to {MAX_ID_CHARACTERS} characters"
                await _abort(context, grpc.StatusCode.INVALID_ARGUMENT, detail)
        await _check_caller(hello.agent_id, workspace, context)
        return Hello(
            workspace=workspace,
            agent_id=hello.agent_id,
            resume_session_number=hello.resume_session_number,
            resume_after_step=hello.resume_after_step,
            client_id=hello.client_id,
        )

    async def _serve(
        self, session: Session, requests: AsyncIterator[work.WorkRequest], context: Any
    ) -> None:
        """Until the client goes (then its commands are still answered) or the session ends."""
        writer = asyncio.create_task(_write(session, context, self._write_seconds))
        reader = asyncio.create_task(self._read(session, requests))
        ended = asyncio.ensure_future(asyncio.shield(session.ended))
        watched: set[asyncio.Future[Any]] = {writer, reader, ended}
        try:
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            if _failure(writer) is None and reader.done() and _failure(reader) is None:
                await self._commands.settle(session)
            if not writer.done() and not _is_slow(session):
                await _flushed(session, writer)
            error = _failure(writer) or _failure(reader)
            if isinstance(error, MalformedRequest):
                raise error
            if error is not None and not isinstance(error, OF_THE_CONNECTION):
                session.fail(error)
        finally:
            for task in (writer, reader, ended):
                task.cancel()
            await asyncio.wait({writer, reader})

    async def _read(self, session: Session, requests: AsyncIterator[work.WorkRequest]) -> None:
        async for request in requests:
            command = command_of(request)
            if command is not None:
                # What the command causes, in tasks of its own too, goes on under its trace.
                with TRACER.start_as_current_span(
                    f"command {request.WhichOneof('command')}", context=Context()
                ):
                    self._commands.take(session, request.command_id, command)
            elif request.WhichOneof("command") == "ping":
                session.tell(Pong())
            else:
                result = invalid("not a command that this desk knows here")
                COMMANDS.labels("unknown", result.code.value).inc()
                session.tell(CommandEnded(command_id=request.command_id, result=result))


async def _check_caller(agent_id: str, workspace: str, context: Any) -> None:
    """An agent's token lets in that agent alone, in that workspace alone."""
    if not caller().may_enter(workspace):
        await refuse(context, "workspace", METHOD)
    if not caller().may_act_as(agent_id):
        await refuse(context, "agent", METHOD)


def registration(servicer: AgentServicer) -> Servicer:
    """How the server takes it in."""
    return service.add_AgentServiceServicer_to_server, servicer


async def _write(session: Session, context: Any, within: float) -> None:
    while True:
        event, since = await session.outbox.get()
        try:
            async with asyncio.timeout(within):
                response = response_of(event)
                _note(response)
                await context.write(response)
        except TimeoutError:
            session.end_slow()
            return
        if since is not None:
            STEP_TO_STREAM_SECONDS.observe(max(0.0, time.time() - since))


def _note(response: work.WorkResponse) -> None:
    """An agent who is shown a customer or a conversation stands in the audit log."""
    kind = response.WhichOneof("event")
    if kind in SHOWS and (kind != "offer_shown" or response.offer_shown.HasField("customer")):
        shown(f"{METHOD}/{kind}", getattr(response, kind))


async def _flushed(session: Session, writer: "asyncio.Task[None]") -> None:
    """What is in line is written, if the client reads it."""
    drained = asyncio.create_task(session.outbox.drained())
    await asyncio.wait(
        {writer, drained}, timeout=FLUSH_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    drained.cancel()


def _failure(task: "asyncio.Task[None]") -> BaseException | None:
    """What the task failed with, if it did."""
    if not task.done() or task.cancelled():
        return None
    return task.exception()


def _is_slow(session: Session) -> bool:
    return session.is_over and session.ended.result() is End.SLOW


async def _abort(context: Any, code: grpc.StatusCode, detail: str) -> NoReturn:
    await context.abort(code, detail)
    raise AssertionError("abort raises")
