"""What is written down of who read or changed what, and of who was kept from it."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.protobuf import descriptor_pool

from chassis.events import headers
from chassis.kafka.producer import Producer
from chassis.kafka.records import Position
from chassis.rpc import metrics
from chassis.security.caller import EVERY_WORKSPACE, Caller
from chassis.security.listening import UnsafeSettings

OPTION = "contact_center.v1.audit"
READ, CHANGE, NOTHING = "read", "change", "nothing"
ALLOWED, REFUSED = 1, 2
GATHER_SECONDS = 10.0
MAX_GATHERED = 1000
MAX_CHARACTERS = 200
MAX_IDS = 20

log = logging.getLogger(__name__)


def declared_audit(method: str) -> str:
    """What the method's option says; empty for a method that is in no contract."""
    pool = descriptor_pool.Default()
    service_name, _, name = method.lstrip("/").rpartition("/")
    try:
        service = pool.FindServiceByName(service_name)
        option = pool.FindExtensionByName(OPTION)
    except KeyError:
        return ""
    options: Any = service.methods_by_name[name].GetOptions()
    number = options.Extensions[option]
    if not number:
        raise UnsafeSettings(f"{method}: say what it does to personal data: `option (audit) = …`")
    audits = option.enum_type
    assert audits is not None, f"{OPTION} is no enum"
    value = audits.values_by_number[number].name
    return value.removeprefix(f"{audits.name.upper()}_").lower()


@dataclass(slots=True)
class _Gathered:
    """Refusals alike: when one was written last, and how many wait."""

    written_at: float
    waiting: int = 0


class AuditTrail:
    """Writes AuditEvents to a topic, keyed by the caller's workspace.

    `message` is the class of the contract. What was allowed is written before it happens;
    refusals are gathered, so that nobody fills the log by knocking.
    """

    def __init__(
        self, producer: Producer, topic: str, message: Callable[..., Any], source: str
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._message = message
        self._source = source
        self._gathered: dict[tuple[str, str, Caller | None], _Gathered] = {}

    async def allowed(self, method: str, caller: Caller, about: Any, purpose: str) -> None:
        """Return when it is in the log; Unavailable when it cannot be, and nothing may happen."""
        await self._send(
            action=method, outcome=ALLOWED, caller=caller, about=_ids(about), purpose=purpose
        )

    def shown(self, method: str, caller: Caller, about: Any) -> None:
        """Write what a stream shows now, without holding it up."""
        sent = self._send(action=method, outcome=ALLOWED, caller=caller, about=_ids(about))
        sent.add_done_callback(_look_at)

    def refused(self, method: str, reason: str, caller: Caller | None) -> None:
        """Write it soon: at once, and then what came meanwhile every ten seconds."""
        key = (method, reason, caller)
        if key not in self._gathered and len(self._gathered) >= MAX_GATHERED:
            key = (method, reason, None)
        found = self._gathered.get(key)
        if found is not None:
            found.waiting += 1
            return
        self._gathered[key] = _Gathered(time.monotonic())
        self._send_refused(key, 1)
        asyncio.get_running_loop().call_later(GATHER_SECONDS, self._flush, key)

    def _flush(self, key: tuple[str, str, Caller | None]) -> None:
        found = self._gathered.pop(key)
        if found.waiting:
            self._gathered[key] = _Gathered(time.monotonic())
            self._send_refused(key, found.waiting)
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._flush, key)

    def _send_refused(self, key: tuple[str, str, Caller | None], times: int) -> None:
        method, reason, caller = key
        sent = self._send(action=method, outcome=REFUSED, caller=caller, reason=reason, times=times)
        sent.add_done_callback(_look_at)

    def _send(self, caller: Caller | None, **said: Any) -> "asyncio.Future[Position]":
        now = datetime.now(UTC)
        workspace = caller.workspace if caller and caller.workspace else EVERY_WORKSPACE
        event = self._message(
            event_id=str(uuid.uuid4()),
            workspace=workspace,
            source=self._source,
            subject=caller.subject if caller else "",
            roles=sorted(caller.roles)[:MAX_IDS] if caller else (),
            **said,
        )
        event.occurred_at.FromDatetime(now)
        marks = headers(event.event_id, type(event).__name__, self._source, now)
        return self._producer.send_soon(self._topic, workspace, event.SerializeToString(), marks)


def _look_at(sent: "asyncio.Future[Position]") -> None:
    """What could not be written is counted and stands in our own log."""
    if not sent.cancelled() and (error := sent.exception()) is not None:
        metrics.AUDIT_LOST.inc()
        log.error("audit event not written", extra={"error": type(error).__name__})


def _ids(messages: Any) -> list[dict[str, str]]:
    """Every id among the fields of these messages, and of the messages one level below."""
    found: dict[tuple[str, str], None] = {}
    for message in messages:
        for name, value in _texts(message):
            if name.endswith("_id") and value:
                found[name, value[:MAX_CHARACTERS]] = None
    return [{"name": name, "value": value} for name, value in found][:MAX_IDS]


def _texts(message: Any, *, deep: bool = True) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        if isinstance(value, str):
            yield field.name, value
        elif deep and hasattr(value, "ListFields"):
            yield from _texts(value, deep=False)
