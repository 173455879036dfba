"""What the handlers need from the world around them."""

from collections.abc import Sequence
from typing import Protocol

from ingest_digital.domain.facts import Content, Fact
from ingest_digital.domain.words import (
    Address,
    AddressToken,
    ContactKey,
    EntryPoint,
    Position,
    Sealed,
)


class Publisher(Protocol):
    """Returns when Kafka has the record from all replicas; Unavailable otherwise."""

    async def fact(self, event_id: str, fact: Fact) -> None: ...

    async def content(self, event_id: str, conversation_id: str, content: Content) -> Position: ...


class Vault(Protocol):
    """Seals and opens; Unavailable when a key is not at hand and the key service is away."""

    async def new_key(self) -> ContactKey: ...

    async def key(self, key_id: str) -> ContactKey: ...

    def seal(self, key: ContactKey, purpose: str, text: str) -> Sealed: ...

    async def open(self, sealed: Sealed, purpose: str) -> str | None: ...

    def token(self, kind: str, address: str) -> str: ...

    def tokens(self, key: ContactKey, addresses: Sequence[Address]) -> tuple[AddressToken, ...]: ...


class EntryPoints(Protocol):
    """Entry points of the active policy; Unavailable while there is none."""

    def chat(self, name: str) -> EntryPoint | None: ...

    def mailbox(self, address: str) -> EntryPoint | None: ...
