"""What we tell the others about a call."""

from dataclasses import dataclass
from enum import StrEnum


class Party(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"


class Delivery(StrEnum):
    """What became of a prompt."""

    PLAYED = "played"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactArrived:
    """A customer calls. `caller` is the number in E.164, empty when it is withheld."""

    contact_id: str
    entry_point: str
    conversation_id: str
    key_id: str
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLeft:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDisconnected:
    contact_id: str
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFailed:
    contact_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnected:
    contact_id: str
    offer_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLegFailed:
    contact_id: str
    offer_id: str
    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLegFailed:
    """A customer who was to be called back was not reached."""

    contact_id: str
    offer_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested:
    """Where the customer came from, as soon as it is their turn."""

    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSpoken:
    """A prompt starts; its text belongs to the transcript."""

    contact_id: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptEnded:
    contact_id: str
    message_id: str
    delivery: Delivery
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsTyped:
    """The answer to the question `reply_to_message_id`."""

    contact_id: str
    reply_to_message_id: str
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputMissed:
    contact_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStored:
    contact_id: str
    recording_id: str
    uri: str
    duration_seconds: float
    key_id: str
    sha256: str


ContactFact = (
    ContactArrived
    | CustomerLeft
    | ContactDisconnected
    | ChannelFailed
    | AgentConnected
    | AgentLegFailed
    | CustomerLegFailed
    | CallbackRequested
)
ContentFact = PromptSpoken | PromptEnded | DigitsTyped | InputMissed | RecordingStored
Fact = ContactFact | ContentFact
