"""Contacts of one channel: who came, and how they ended."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class ChannelFold:
    """Contacts of one channel."""

    arrived: int = 0
    ended: dict[str, int] = field(default_factory=dict)
