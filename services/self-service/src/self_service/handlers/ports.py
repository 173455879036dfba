"""What the handlers need from the outside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from chassis.sealing import SealedBytes
from self_service.domain.effects import Effect, RequestQueue
from self_service.domain.flow import Flow
from self_service.domain.state import Awaiting, Contact, FlowState


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowVersion:
    """A flow that was checked, with its content hash and the JSON that was hashed."""

    flow: Flow
    version: str
    compiled: str


class Flows(Protocol):
    def current(self, name: str) -> FlowVersion | None:
        """The version that new contacts get; None for a flow that never was right."""
        ...

    async def of_version(self, version: str) -> Flow:
        """The flow with which a contact began; VersionGone when nobody has it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    flow: str
    address: str


class Policies(Protocol):
    def entry_point(self, workspace: str, name: str) -> EntryPoint | None:
        """The entry point of that name; None when the active policy does not know it."""
        ...

    def first_queue(self, workspace: str) -> str:
        """The queue for contacts whose flow cannot run; '' when there is none."""
        ...


class Arrivals(Protocol):
    def are_behind(self) -> bool:
        """Whether a contact may be unknown only because its arrival is about to be read again."""
        ...


class Place(Protocol):
    """One contact's state, held by nobody else in the meantime."""

    @property
    def state(self) -> FlowState | None: ...

    async def save(self, state: FlowState, begun: FlowVersion | None = None) -> None:
        """Keep the state; with the version of the flow when it begins."""
        ...


class States(Protocol):
    def hold(self, workspace: str, contact_id: str) -> AbstractAsyncContextManager[Place]:
        """Wait for the contact's place; what was saved is stored when the block ends well."""
        ...

    async def close(
        self,
        workspace: str,
        contact_id: str,
        outcome: str,
        spared: frozenset[Awaiting] = frozenset(),
        step: int = 0,
    ) -> str | None:
        """End the flow if one runs; its name, None when none did, or when that is spared.

        With a step, only a flow that began before it.
        """
        ...

    async def running(self, workspace: str, conversation_id: str, contact_id: str) -> str | None:
        """The contact of that id or conversation whose flow runs."""
        ...


class Outbox(Protocol):
    async def get_ready(self, contact: Contact) -> None:
        """Fetch what is needed to seal for this contact; KeyGone when that is impossible."""
        ...

    async def publish(self, contact: Contact, flow_name: str, effects: Sequence[Effect]) -> None:
        """Return when Kafka has everything; the same effects give the same ids again."""
        ...

    async def request(self, workspace: str, contact_id: str, request: RequestQueue) -> None:
        """Ask for a queue and nothing else."""
        ...


class Opener(Protocol):
    async def text(self, workspace: str, purpose: str, sealed: SealedBytes) -> str:
        """What was sealed; KeyGone, or InvalidMessage when the bytes do not open."""
        ...
