"""Two faults of the Kafka client that would leave it silent for ever: one mended, one noticed."""

import asyncio
import functools
from collections.abc import Callable
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

from chassis.errors import ClientStopped


def tell_lost_connections() -> None:
    """Make a connection of aiokafka that is lost raise KafkaConnectionError when it sends.

    uvloop's transport raises RuntimeError when it was lost a moment ago, where asyncio's takes
    the bytes or raises OSError. aiokafka catches the latter only (its issue 1038), so whichever
    task of the client writes in that moment dies: without the one that keeps the metadata, the
    client waits for ever.
    """
    for name in ("send", "_send_sasl_token"):
        sends = getattr(AIOKafkaConnection, name)
        if not hasattr(sends, "__wrapped__"):
            setattr(AIOKafkaConnection, name, _telling(sends))


def _telling(sends: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(sends)
    def send(connection: Any, *arguments: Any, **options: Any) -> Any:
        writer = connection._writer
        try:
            return sends(connection, *arguments, **options)
        except RuntimeError as error:
            if writer is None or not writer.is_closing():
                raise
            connection.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)
            raise KafkaConnectionError(
                f"connection to {connection.host}:{connection.port} is lost"
            ) from error

    return send


def require_running(client: Any) -> None:
    """Raise ClientStopped when a background task of the producer or consumer has ended.

    Nobody awaits these tasks, and without one of them the client neither works nor says so.
    """
    for owner, attribute in _TASKS:
        part = getattr(client, owner, None)
        task: asyncio.Task[None] | None = getattr(part, attribute, None)
        if task is not None and task.done():
            error = None if task.cancelled() else task.exception()
            raise ClientStopped(f"the client's {attribute[1:]} ended") from error


_TASKS = (
    ("_client", "_sync_task"),
    ("client", "_sync_task"),
    ("_sender", "_sender_task"),
    ("_fetcher", "_fetch_task"),
    ("_coordinator", "_coordination_task"),
)
