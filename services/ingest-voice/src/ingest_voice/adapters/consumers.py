"""Commands and decisions from Kafka, given to the calls they name."""

from collections.abc import Callable
from datetime import UTC, datetime

from chassis.errors import InvalidMessage, Unavailable
from chassis.kafka import Record, StepFilter
from ingest_voice import metrics
from ingest_voice.adapters.codec.orders import command_of, step_of
from ingest_voice.adapters.vault import Vault
from ingest_voice.domain.orders import Order

OnOrder = Callable[[Order, str], None]
Holds = Callable[[str], bool]


class Commands:
    """Every replica reads all commands and acts on its own calls."""

    def __init__(self, workspace: str, vault: Vault, holds: Holds, on_order: OnOrder) -> None:
        self._workspace = workspace
        self._vault = vault
        self._holds = holds
        self._on_order = on_order

    async def on_command(self, record: Record) -> None:
        command = command_of(record.value)
        if command.workspace != self._workspace or not self._holds(command.contact_id):
            return
        if command.expires_at is not None and command.expires_at < datetime.now(UTC):
            metrics.ORDERS_EXPIRED.inc()
            return
        try:
            order = await command.order(self._vault.open)
        except Unavailable as error:
            # Waiting would hold up the commands of every other call.
            raise InvalidMessage("the key of a command's text is not to be had") from error
        if order is not None:
            self._on_order(order, command.command_id)


class Decisions:
    """The router's steps, each once and in order."""

    def __init__(self, workspace: str, on_order: OnOrder) -> None:
        self._workspace = workspace
        self._on_order = on_order
        self._steps = StepFilter()

    async def on_step(self, record: Record) -> None:
        if record.key.decode(errors="replace") != self._workspace:
            return
        step = step_of(record.value)
        if step.workspace != self._workspace:
            return
        if not self._steps.accepts(step.workspace, step.number):
            return
        for order in step.orders:
            self._on_order(order, "")
