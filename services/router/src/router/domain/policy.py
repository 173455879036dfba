"""The rules of a workspace, and who works there."""

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from json import dumps

from router.domain.values import Needs, Requirement
from router.domain.words import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    name: str
    requirements: Needs = ()
    target_seconds: float = 20.0
    target_share: float = 0.8
    short_abandon_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    name: str
    channel: Channel
    address: str
    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCapacity:
    """Channels that share one slot count."""

    channels: tuple[Channel, ...]
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDeclaration:
    name: str
    enum_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Deadlines in seconds of engine time; every state that is not an end has one."""

    offer_ring_seconds: float = 20.0
    offer_delivery_seconds: float = 3.0
    connect_seconds: float = 30.0
    agent_grace_seconds: float = 15.0
    desk_silence_seconds: float = 6.0
    wrap_up_seconds: float = 120.0
    flow_limit_seconds: float = 3600.0
    queue_limit_seconds: float = 86400.0
    connected_limit_seconds: float = 86400.0
    text_sleep_seconds: float = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Complete: it replaces the one before. The engine gives the version."""

    version: int = 0
    skills: tuple[str, ...] = ()
    queues: tuple[Queue, ...] = ()
    entry_points: tuple[EntryPoint, ...] = ()
    capacities: tuple[ChannelCapacity, ...] = ()
    attributes: tuple[AttributeDeclaration, ...] = ()
    dispositions: tuple[str, ...] = ()
    break_reasons: tuple[str, ...] = ()
    timers: Timers = field(default_factory=Timers)
    is_miss_not_responding: bool = False

    def queue(self, name: str) -> Queue | None:
        """Return the queue of that name."""
        return next((queue for queue in self.queues if queue.name == name), None)

    def entry_point(self, name: str) -> EntryPoint | None:
        """Return the entry point of that name."""
        return next((point for point in self.entry_points if point.name == name), None)

    def content_sha256(self) -> str:
        """Return the digest of everything but the version."""
        content = asdict(self)
        del content["version"]
        return sha256(dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterAgent:
    agent_id: str
    team: str = ""
    skills: tuple[Requirement, ...] = ()
    queues: tuple[str, ...] = ()
    capacities: tuple[ChannelCapacity, ...] = ()
    voice_address: str = ""
