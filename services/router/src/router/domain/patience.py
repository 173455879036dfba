"""How long the rules let things take, and how often they are tried."""

from dataclasses import dataclass


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
    direct_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """How often a customer is dialled, and how long after an attempt the next may follow."""

    attempts: int = 3
    gap_seconds: float = 300.0
    is_for_lost_calls: bool = False
    """Whether the channel asks for one when it lost the call of somebody who waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """A customer who writes again: the same agent first for so long; a place kept for so long."""

    preferred_seconds: float = 0.0
    keeps_place_seconds: float = 0.0
