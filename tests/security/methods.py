"""Every method of the contracts, and asking it of the service that serves it."""

import importlib.util
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf import message_factory

ROOT = Path(__file__).resolve().parents[2]
SERVED_BY = {
    "AgentService": "desk", "AnalyticsService": "analytics", "CustomerService": "crm",
    "KeyService": "crm", "RoutingService": "router",
}  # fmt: skip


def _contracts() -> Any:
    spec = importlib.util.spec_from_file_location("contract_roles", ROOT / "proto" / "roles.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CONTRACTS = _contracts()
METHODS = list(CONTRACTS.methods())
ROLES: tuple[str, ...] = CONTRACTS.ROLES


async def answer(channel: grpc.aio.Channel, method: Any, token: str, workspace: str) -> str:
    """The code with which a nearly empty request is answered, and for what it was refused."""
    descriptor = method.descriptor
    request = message_factory.GetMessageClass(descriptor.input_type)()
    if not descriptor.client_streaming:
        request.workspace = workspace
    kinds = {
        (False, False): channel.unary_unary, (False, True): channel.unary_stream,
        (True, True): channel.stream_stream,
    }  # fmt: skip
    open_ = kinds[descriptor.client_streaming, descriptor.server_streaming]
    ask = open_(method.path, request_serializer=lambda message: message.SerializeToString())
    given = (("authorization", f"Bearer {token}"),) if token else ()
    # A message to a stream that was refused already fails inside the client.
    sent = iter(()) if descriptor.client_streaming else request
    call = ask(sent, metadata=given, timeout=30)
    try:
        await (call.read() if descriptor.server_streaming else call)
    except grpc.aio.AioRpcError as error:
        reason = (error.details() or "").rpartition(": ")[2]
        return f"{error.code().name} {reason}" if _is_refusal(error) else error.code().name
    finally:
        call.cancel()
    return "OK"


def _is_refusal(error: grpc.aio.AioRpcError) -> bool:
    return error.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
