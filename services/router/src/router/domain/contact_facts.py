"""What is said about contacts: by the channels, the flows and crm."""

from dataclasses import dataclass

from router.domain.queues import Value
from router.domain.values import AddressToken, Lineage, Needs, Position
from router.domain.words import Channel, FlowOutcome, Party

Attributes = tuple[tuple[str, Value], ...]
"""Names with values; what the policy does not declare so says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactArrived:
    contact_id: str
    channel: Channel
    entry_point: str
    conversation_id: str
    key_id: str
    lineage: Lineage
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMessaged:
    contact_id: str
    conversation_id: str
    message_id: str
    position: Position
    new_contact_id: str
    channel: Channel
    entry_point: str
    key_id: str
    addresses: tuple[AddressToken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerIdentified:
    contact_id: str
    customer_id: str
    is_new: bool
    tier: str
    last_agent_id: str
    contact_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRequested:
    contact_id: str
    queue: str
    priority: int
    requirements: Needs
    attributes: Attributes = ()
    preferred_agent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFinished:
    contact_id: str
    outcome: FlowOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLeft:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDisconnected:
    """One side ended a connected contact; an agent's word carries agent and session."""

    contact_id: str
    by: Party
    agent_id: str
    session_number: int
    desk_instance: str


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
class AgentFirstReplied:
    contact_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested:
    """`scheduled_at` is 0 when the customer is called in turn."""

    contact_id: str
    scheduled_at: int = 0
    addresses: tuple[AddressToken, ...] = ()
    key_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLegFailed:
    contact_id: str
    offer_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTaken:
    contact_id: str
    queue: str = ""
