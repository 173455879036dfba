"""The rules of a workspace, and who works there."""

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from json import dumps

from router.domain.hours import Schedule
from router.domain.patience import Callbacks, Returning, Timers
from router.domain.queues import Queue
from router.domain.values import Skills
from router.domain.words import Channel


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
class TeamCapacity:
    team: str
    capacities: tuple[ChannelCapacity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """A contact of the channel breaks into those of the others: they go on hold meanwhile."""

    channel: Channel
    breaks_into: tuple[Channel, ...]


DEFAULT_INTERRUPTS = (
    Interrupt(
        channel=Channel.VOICE,
        breaks_into=(Channel.EMAIL, Channel.MAIL, Channel.FAX, Channel.TASK),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPriority:
    channel: Channel
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePreference:
    """What an agent takes first (1), and what only after it waited; no channel means all."""

    queue: str
    channel: Channel | None = None
    priority: int = 1
    delay_seconds: float = 0.0


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
    languages: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    interrupts: tuple[Interrupt, ...] = ()
    team_capacities: tuple[TeamCapacity, ...] = ()
    channel_priorities: tuple[ChannelPriority, ...] = ()
    callbacks: Callbacks = field(default_factory=Callbacks)
    returning: Returning = field(default_factory=Returning)
    wait_coverage: float = 0.0

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
        if not self.callbacks.is_for_lost_calls:
            # As it was digested before this could be said: an older log must replay.
            del content["callbacks"]["is_for_lost_calls"]
        return sha256(dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterAgent:
    agent_id: str
    team: str = ""
    skills: Skills = ()
    """Languages are among them, as `language:de`."""
    queues: tuple[str, ...] = ()
    capacities: tuple[ChannelCapacity, ...] = ()
    voice_address: str = ""
    brands: tuple[str, ...] = ()
    """That the agent serves; none means all."""
    preferences: tuple[QueuePreference, ...] = ()
