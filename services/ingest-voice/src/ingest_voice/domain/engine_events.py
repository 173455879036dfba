"""What a voice engine tells us, in words that every PBX can supply."""

from dataclasses import dataclass, field
from enum import StrEnum


class Side(StrEnum):
    """Who ended a leg: the one at its far end, or we."""

    FAR_END = "far_end"
    US = "us"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    """A customer calls; nothing was answered yet. `call_key` names the call in this process."""

    call_key: str
    sip_call_id: str
    from_tag: str
    from_uri: str
    to_uri: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """The customer's leg is up and its audio runs: he called us, or we called him."""

    call_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHungUp:
    """The customer's leg is gone: the last event of its call."""

    call_key: str
    by: Side
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    """The customer pressed a key (RFC 4733 or SIP INFO)."""

    call_key: str
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFinished:
    """A prompt reached its end, or was cut short by a key."""

    call_key: str
    prompt_id: str
    is_interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerNotReached:
    """A customer whom we called never answered. `cause`: as of LegFailed. The last event."""

    call_key: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging:
    """The agent's phone rings."""

    call_key: str
    leg_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered:
    """The agent's phone was answered; nobody is joined yet."""

    call_key: str
    leg_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFailed:
    """The agent's phone was never answered. `cause`: busy, refused, no_answer, unreachable."""

    call_key: str
    leg_key: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHungUp:
    """The agent's leg, once answered, is gone."""

    call_key: str
    leg_key: str
    by: Side
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFinished:
    """A recording is complete in its sink."""

    call_key: str
    recording_id: str
    duration_seconds: float


EngineEvent = (
    CallOffered
    | CallAnswered
    | CallHungUp
    | CustomerNotReached
    | DigitPressed
    | PromptFinished
    | LegRinging
    | LegAnswered
    | LegFailed
    | LegHungUp
    | RecordingFinished
)
