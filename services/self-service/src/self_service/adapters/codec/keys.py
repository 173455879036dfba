"""The question for a key, over a channel of the key service."""

from typing import Any

from contact_center.v1 import key_service_pb2
from contact_center.v1.key_service_pb2_grpc import KeyServiceStub


async def ask_for_key(channel: Any, workspace: str, key_id: str, timeout_seconds: float) -> bytes:
    """Return the key; errors come as the channel has them."""
    stub: Any = KeyServiceStub(channel)
    request = key_service_pb2.GetKeyRequest(workspace=workspace, key_id=key_id)
    answer = await stub.GetKey(request, timeout=timeout_seconds)
    return bytes(answer.key.key)
