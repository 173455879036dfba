"""What the router writes: steps, policies, ticks and dead letters, in order, none lost."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

from router.adapters.codec import encode_policy, encode_tick
from router.domain.policy import Policy
from router.handlers.partition import Decision, Raw
from router.settings import SERVICE, RouterSettings

INPUT = "contact-events.v1"
OUTPUT = "routing-events.v1"
POLICIES = "workspace-policies.v1"
DEAD_LETTERS = f"{INPUT}.dlq.{SERVICE}"
TRACE = frozenset({"traceparent", "tracestate"})
VERSION = ("ce_specversion", b"1.0")
SOURCE = ("ce_source", SERVICE.encode())
CONTENT = ("content-type", b"application/protobuf")
# How many records of the partition stand parked right before a step's: no step answers those.
PARKED_BEFORE = "ce_parkedbefore"
MAX_PARKED = 900_000
FAILED = 1

Headers = list[tuple[str, bytes]]
Send = Callable[..., Awaitable["asyncio.Future[Any]"]]
log = logging.getLogger(__name__)


class Outbox:
    """Puts records into the producer's buffer; an error there ends the process at once.

    `send` is the client's: (topic, value, key, partition, headers=…) → future; `append` is for
    what comes in great numbers: (topic, partition, key, value, headers) → future of its batch.
    """

    def __init__(self, settings: RouterSettings, send: Send, append: Send) -> None:
        self._settings = settings
        self._send = send
        self._append = append
        topics = (INPUT, OUTPUT, POLICIES, DEAD_LETTERS)
        self._names = {topic: settings.topic(topic) for topic in topics}
        self._pending: dict[asyncio.Future[Any], dict[str, int]] = {}
        """What is on its way; of steps their workspaces, each with the highest number."""
        self._said: dict[str, int] = {}
        self._parked: dict[int, int] = {}
        """By partition, how many records were parked since its last step."""

    async def put(self, partition: int, raw: Raw, decision: Decision, value: bytes) -> None:
        """Say the step; a policy that it activated goes before it."""
        step = decision.step
        if decision.policy is not None:
            await self.put_policy(
                partition, step.workspace, decision.policy, step.step_number, step.stamped_at
            )
        about = _about(f"{step.workspace}/{step.step_number}", "RoutingStep", step.stamped_at)
        if parked := self._parked.pop(partition, 0):
            about.append((PARKED_BEFORE, b"%d" % parked))
        if raw.headers:
            about += [header for header in raw.headers if header[0] in TRACE]
        future = await self._append(self._names[OUTPUT], partition, raw.key, value, about)
        self._follow(future)[step.workspace] = step.step_number

    def said(self, workspace: str) -> int:
        """Return up to which step the output has all of the workspace's, acknowledged."""
        return self._said.get(workspace, 0)

    def was_said(self, workspace: str, step_number: int) -> None:
        """All steps up to this one lie in the output."""
        self._said[workspace] = max(step_number, self._said.get(workspace, 0))

    def was_parked(self, partition: int) -> None:
        """The next record of the partition lies among the dead letters."""
        self._parked[partition] = self._parked.get(partition, 0) + 1

    def was_answered(self, partition: int) -> None:
        """The next record of the partition has its step in the output."""
        self._parked.pop(partition, None)

    async def put_policy(
        self, partition: int, workspace: str, policy: Policy, step_number: int, activated_at: int
    ) -> None:
        """Say which policy is active; the same again is the same record."""
        record = encode_policy(workspace, policy, step_number)
        name = f"{workspace}/policy/{policy.version}"
        about = _about(name, "WorkspacePolicy", activated_at)
        await self._put(POLICIES, partition, workspace.encode(), record, about)

    async def tick(self, partition: int, workspace: str, due_at: int) -> Any:
        """Append a tick to the log; return the future of its acknowledgement."""
        event_id = str(uuid4())
        source = f"{SERVICE}/{self._settings.instance_id}"
        value = encode_tick(event_id, workspace, source, due_at, self.said(workspace))
        about = _about(event_id, "ClockTicked", due_at)
        return await self._put(INPUT, partition, workspace.encode(), value, about)

    async def park(self, partition: int, raw: Raw, reason: str) -> None:
        """Put a record of no workspace aside, with the reason and where it stood."""
        self.was_parked(partition)
        is_cut = len(raw.value) + len(raw.key) > MAX_PARKED
        about = [
            ("dlq.reason", reason[:500].encode()),
            ("dlq.topic", INPUT.encode()),
            ("dlq.partition", str(partition).encode()),
            ("dlq.offset", str(raw.offset).encode()),
            *([("dlq.truncated", b"true")] if is_cut else raw.headers),
        ]
        key, value = (b"", b"") if is_cut else (raw.key, raw.value)
        await self._put(DEAD_LETTERS, None, key, value, about)

    async def flushed(self) -> None:
        """Return when everything put before is acknowledged."""
        pending = set(self._pending)
        if pending:
            await asyncio.wait(pending)

    async def _put(
        self,
        topic: str,
        partition: int | None,
        key: bytes,
        value: bytes,
        headers: Headers,
    ) -> Any:
        future = await self._send(self._names[topic], value, key, partition, headers=headers)
        self._follow(future)
        return future

    def _follow(self, future: "asyncio.Future[Any]") -> dict[str, int]:
        """Return what it says of which steps are on their way with it."""
        steps = self._pending.get(future)
        if steps is None:
            steps = self._pending[future] = {}
            future.add_done_callback(self._settled)
        return steps

    def _settled(self, future: "asyncio.Future[Any]") -> None:
        steps = self._pending.pop(future)
        if future.cancelled() or future.exception() is not None:
            error = None if future.cancelled() else future.exception()
            # A step that is lost must not be followed by another, nor its record be committed.
            log.critical("an output was lost", exc_info=error)
            logging.shutdown()
            os._exit(FAILED)
        for workspace, step_number in steps.items():
            self.was_said(workspace, step_number)


def _about(event_id: str, kind: str, milliseconds: int) -> Headers:
    """Return CloudEvents' attributes; they are made from the log, so a repeat has the same."""
    return [
        VERSION,
        ("ce_id", event_id.encode()),
        ("ce_type", kind.encode()),
        SOURCE,
        ("ce_time", _time(milliseconds)),
        CONTENT,
    ]


def _time(milliseconds: int) -> bytes:
    """Return the instant as text."""
    seconds, rest = divmod(milliseconds, 1000)
    return b"%s.%03dZ" % (_second(seconds), rest)


@lru_cache(maxsize=16)
def _second(seconds: int) -> bytes:
    """Return the second as text; records that come together have the same."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
