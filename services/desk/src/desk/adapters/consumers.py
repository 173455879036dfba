"""Records that this replica follows, given to the handlers."""

import time

from opentelemetry import trace

from chassis.kafka import Record, StepFilter
from chassis.telemetry import exemplar
from desk.adapters.codec.messages import said
from desk.adapters.codec.steps import policy_of, step_of
from desk.domain.messages import Delivery, SealedMessage
from desk.domain.steps import Step
from desk.handlers.following import Following
from desk.metrics import OFFER_DELAY_SECONDS


class Consumers:
    """One handle for each followed topic; bytes that are no message of ours are skipped."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._steps = StepFilter()

    async def on_routing_record(self, record: Record) -> None:
        """A step, once."""
        step = step_of(record)
        if not self._steps.accepts(step.workspace, step.number):
            return
        if self._following.on_step(step, record.timestamp_ms / 1000):
            _note_offer(step)

    async def on_message_record(self, record: Record) -> None:
        """A message, or what became of one."""
        match said(record):
            case SealedMessage() as message:
                self._following.on_message(message)
            case Delivery() as delivery:
                self._following.on_delivery(delivery)

    async def on_policy_record(self, record: Record) -> None:
        """The policy that is active in a workspace."""
        if record.value:
            self._following.on_policy(*policy_of(record))


def _note_offer(step: Step) -> None:
    trace.get_current_span().add_event("offer on stream", {"step.number": step.number})
    OFFER_DELAY_SECONDS.observe(max(0.0, time.time() - step.stamped_at), exemplar())
