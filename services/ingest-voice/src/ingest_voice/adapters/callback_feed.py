"""Reads the log and the router's steps for what callbacks need; each by one replica."""

from chassis.kafka import Record
from ingest_voice.adapters.callback_office import CallbackOffice
from ingest_voice.adapters.codec.callbacks import callbacks_of, origin_of
from ingest_voice.adapters.codec.facts import CONTACT_EVENTS
from ingest_voice.domain.orders import Connecting
from ingest_voice.handlers.callbacks import Callbacks
from ingest_voice.handlers.calls import Calls


class NotParked:
    """Other services park what nobody understands of these topics."""

    async def park(self, record: Record, reason: str) -> None:
        """The chassis has logged and counted it."""


class CallbackFeed:
    """Keeps origins and callbacks, and starts dials. Raises Unavailable while the book is away."""

    def __init__(
        self, workspace: str, office: CallbackOffice, callbacks: Callbacks, calls: Calls
    ) -> None:
        self._workspace = workspace
        self._office = office
        self._callbacks = callbacks
        self._calls = calls

    async def on_record(self, record: Record) -> None:
        """Take one record of either topic."""
        if record.key.decode(errors="replace") != self._workspace:
            return
        if record.topic == CONTACT_EVENTS:
            await self._on_fact(record)
        else:
            await self._on_step(record)

    async def _on_fact(self, record: Record) -> None:
        origin = origin_of(record.value, self._workspace)
        if origin is not None:
            await self._office.book.keep_origin(origin)

    async def _on_step(self, record: Record) -> None:
        step = callbacks_of(record.value)
        if step.workspace != self._workspace:
            return
        for callback in step.callbacks:
            await self._office.book.keep_callback(callback)
        for order in step.orders:
            if isinstance(order, Connecting):
                await self._callbacks.connect(order, step.decided_at)
            else:
                self._calls.on_order(order)
