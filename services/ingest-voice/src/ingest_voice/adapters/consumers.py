"""Commands and decisions from Kafka, given to the calls they name."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from chassis.errors import InvalidMessage, Unavailable
from chassis.kafka import Record, StepFilter
from chassis.part import Part
from ingest_voice import metrics
from ingest_voice.adapters.codec.orders import Command, command_of, step_of
from ingest_voice.adapters.early import MOST_CONTACTS, Early
from ingest_voice.adapters.vault import Vault
from ingest_voice.domain.orders import Order

OnOrder = Callable[[Order, str], None]
Holds = Callable[[str], bool]


log = logging.getLogger(__name__)


class Commands(Part):
    """Every replica reads all commands and acts on its own calls."""

    def __init__(self, workspace: str, vault: Vault, holds: Holds, on_order: OnOrder) -> None:
        self._workspace = workspace
        self._vault = vault
        self._holds = holds
        self._on_order = on_order
        self._early: Early[Command] = Early()
        # Whose early commands can be carried out: each contact once, and none that has none.
        self._ours: dict[str, None] = {}
        self._something = asyncio.Event()
        self._is_stopping = False

    def now_ours(self, contact_id: str) -> None:
        """The contact's call is held here from now on."""
        if contact_id not in self._early:
            return
        if len(self._ours) >= MOST_CONTACTS:
            self._ours = {name: None for name in self._ours if name in self._early}
        self._ours[contact_id] = None
        self._something.set()

    async def run(self) -> None:
        """Carry out what came too early."""
        while not self._is_stopping:
            while self._ours:
                contact_id = next(iter(self._ours))
                del self._ours[contact_id]
                await self._carry_out_early(contact_id)
            self._something.clear()
            if not self._is_stopping:
                await self._something.wait()

    async def stop(self) -> None:
        self._is_stopping = True
        self._something.set()

    async def _carry_out_early(self, contact_id: str) -> None:
        while (command := self._early.next_of(contact_id)) is not None:
            try:
                await self._carry_out(command)
            except InvalidMessage as error:
                log.warning("an early command is of no use", extra={"error": str(error)})

    async def on_command(self, record: Record) -> None:
        command = command_of(record.value)
        if command.workspace != self._workspace:
            return
        contact_id = command.contact_id
        if contact_id in self._early or not self._holds(contact_id):
            # Behind those that wait, so that their order is kept.
            self._early.keep(contact_id, command)
            return
        await self._carry_out(command)

    async def _carry_out(self, command: Command) -> None:
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

    def __init__(self, workspace: str, on_order: OnOrder, followed: Callable[[int], None]) -> None:
        self._workspace = workspace
        self._on_order = on_order
        # Is told the log's stamp of each step that was followed.
        self._followed = followed
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
        self._followed(record.timestamp_ms)
