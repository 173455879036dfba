"""What the router's decisions make of a chat, as its customer sees it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ingest_digital.domain.chat_log import ChatLog
from ingest_digital.domain.words import Channel

MAX_RECEIVED = 256


class Phase(StrEnum):
    WAITING = "waiting"
    CONNECTED = "connected"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    contact_id: str
    conversation_id: str
    channel: Channel
    entry_point: str
    key_id: str
    is_arrival: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long a customer will probably wait, counted from when that was said."""

    low_seconds: float
    high_seconds: float
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    contact_id: str
    wait: Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    contact_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The customer's side is over: wrap-up began, or the contact ended."""

    contact_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The router knows the message."""

    contact_id: str
    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The router refused a fact."""

    event_id: str
    because: str


Decision = Opened | Queued | Estimated | Connected | Ended | Received | Refused


@dataclass(slots=True, eq=False)
class Conversation:
    """One chat: its open contact, its phase and what was said. `phase` None: the router is silent.

    `changes` counts what a window must be told; `quiet_since` is when the last socket went.
    """

    conversation_id: str
    log: ChatLog
    channel: Channel | None = None
    contact_id: str = ""
    entry_point: str = ""
    key_id: str = ""
    phase: Phase | None = None
    agent_id: str = ""
    ended_by: str = ""
    wait: Wait | None = None
    changes: int = 0
    sockets: int = 0
    quiet_since: float = 0.0
    received: dict[str, None] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.phase in (Phase.WAITING, Phase.CONNECTED)

    def apply(self, decision: Decision) -> None:
        """Take one decision about this conversation; an earlier contact's changes nothing."""
        match decision:
            case Opened():
                self._open(decision)
            case Received(message_id=message_id):
                self.received[message_id] = None
                if len(self.received) > MAX_RECEIVED:
                    del self.received[next(iter(self.received))]
            case Queued(contact_id=contact_id) if contact_id == self.contact_id:
                self._become(Phase.WAITING)
            case Estimated(contact_id=contact_id) if contact_id == self.contact_id:
                if self.phase is Phase.WAITING:
                    self._become(Phase.WAITING, wait=decision.wait)
            case Connected(contact_id=contact_id) if contact_id == self.contact_id:
                self._become(Phase.CONNECTED, agent_id=decision.agent_id)
            case Ended(contact_id=contact_id) if contact_id == self.contact_id:
                if self.phase is not Phase.ENDED:
                    self._become(Phase.ENDED, ended_by=decision.by)

    def _open(self, opened: Opened) -> None:
        self.channel = opened.channel
        self.contact_id = opened.contact_id
        self.entry_point = opened.entry_point or self.entry_point
        self.key_id = opened.key_id or self.key_id
        self.log.is_from_start = self.log.is_from_start or opened.is_arrival
        self._become(Phase.WAITING)

    def _become(
        self, phase: Phase, *, agent_id: str = "", ended_by: str = "", wait: Wait | None = None
    ) -> None:
        before = (self.phase, self.agent_id, self.ended_by, self.wait)
        self.phase, self.agent_id, self.ended_by, self.wait = phase, agent_id, ended_by, wait
        self.changes += before != (phase, agent_id, ended_by, wait)
