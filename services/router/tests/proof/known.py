"""What a judge knows of contacts, visits, offers and agents: folded from facts and decisions."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

CALLS = ("voice", "video")
ANY = 1_000_000


@dataclass(slots=True)
class Contact:
    contact_id: str
    channel: str
    state: str = "in_flow"
    asked: Any = None  # Needs
    asked_priority: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    queue: str = ""
    priority: int = 0
    ruled: Any = None
    """What the flow asked for, with what the queue's rules added when the visit opened."""
    visit: str = ""
    entered: int = 0
    since: int = 0
    ring: int = 0
    prefers: str = ""
    until: int = 0
    over: int = 0
    offers: dict[str, str] = field(default_factory=dict)
    """Pending ones: id → agent."""
    accepted: str = ""
    holder: str = ""
    held_for: str = ""
    consult: str = ""
    asks_for: str = ""
    ended_at: int = 0
    direct: str = ""
    """The agent named by the fact that brings it to a queue."""


@dataclass(slots=True)
class Agent:
    agent_id: str
    roster: Any
    adjustment: Any = None
    adjusted: tuple[str, ...] = ()
    adjusted_until: int = 0
    state: Any = None
    gathered: int = 0
    since: int = -1
    """When the idle time began to run; -1: it stands."""
    turn: int = 0
    items: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Contacts offered or in hand: channel, and whether above capacity."""
    hand: dict[str, str] = field(default_factory=dict)
    """Contacts in hand, with their channels."""

    @property
    def idle_since(self) -> int:
        return self.since - self.gathered

    def restart(self, now: int) -> None:
        self.gathered = 0
        self.since = now if self.since >= 0 else -1

    def load(self, channels: Container[str]) -> int:
        return sum(channel in channels for channel, _ in self.items.values())


@dataclass
class World:
    policy: Any = None
    now: int = 0
    step: int = 0
    agents: dict[str, Agent] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    over: dict[str, Contact] = field(default_factory=dict)
    """Contacts that ended, the latest."""
    visits: dict[str, str] = field(default_factory=dict)
    live: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Offers: contact and agent."""
    queued: dict[str, Contact] = field(default_factory=dict)
    entered: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)
    in_queue: Counter[str] = field(default_factory=Counter)
    paused: dict[str, int] = field(default_factory=dict)
    turns: int = 0
    memo: dict[Any, Any] = field(default_factory=dict)
    """What follows from policy and roster alone; forgotten with each change of them."""
