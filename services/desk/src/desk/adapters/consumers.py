"""Records that this replica follows, given to the handlers."""

from chassis.kafka import Record, StepFilter
from desk.adapters.codec.messages import said
from desk.adapters.codec.steps import policy_of, step_of
from desk.domain.messages import Delivery, SealedMessage
from desk.handlers.following import Following


class Consumers:
    """One handle for each followed topic; bytes that are no message of ours are skipped."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._steps = StepFilter()

    async def on_routing_record(self, record: Record) -> None:
        """A step, once."""
        step = step_of(record)
        if self._steps.accepts(step.workspace, step.number):
            self._following.on_step(step, record.timestamp_ms / 1000)

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
