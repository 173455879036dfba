"""What is decided about contacts and visits."""

from router.domain.reasons import ContactCause
from router.domain.said import said
from router.domain.values import AddressToken, Lineage, Position, Sealed
from router.domain.words import Channel, OpenedBy, Party


@said
class ContactOpened:
    contact_id: str
    channel: Channel
    entry_point: str
    flow: str
    conversation_id: str
    key_id: str
    lineage: Lineage
    opened_by: OpenedBy
    customer_id: str
    addresses: tuple[AddressToken, ...] = ()


@said
class CustomerBound:
    contact_id: str
    customer_id: str
    is_new: bool
    tier: str
    last_agent_id: str
    contact_count: int


@said
class MessageReceived:
    contact_id: str
    conversation_id: str
    message_id: str
    position: Position


@said
class CallbackTaken:
    contact_id: str
    new_contact_id: str
    scheduled_at: int
    addresses: tuple[AddressToken, ...]


@said
class CallbackPutOff:
    contact_id: str
    attempts: int
    until: int
    reason: str


@said
class TaskTaken:
    contact_id: str
    new_contact_id: str


@said
class ContactConnecting:
    contact_id: str
    offer_id: str
    agent_id: str
    voice_address: str
    connect_seconds: float
    is_customer_dialled: bool = False
    with_agent_id: str = ""


@said
class ContactConnected:
    contact_id: str
    offer_id: str
    agent_id: str
    channel: Channel
    queue: str


@said
class ContactHeld:
    contact_id: str
    agent_id: str
    interrupted_by: str = ""


@said
class ContactResumed:
    contact_id: str
    agent_id: str
    is_after_interrupt: bool = False


@said
class FirstReplyMade:
    contact_id: str
    agent_id: str


@said
class ContactTransferred:
    contact_id: str
    new_contact_id: str
    from_agent_id: str
    queue: str
    to_agent_id: str = ""
    flow: str = ""


@said
class WrapUpStarted:
    contact_id: str
    agent_id: str
    ended_by: Party
    is_transfer: bool
    is_failure: bool
    limit_at: int


@said
class ContactEnded:
    contact_id: str
    cause: ContactCause
    agent_id: str
    disposition: str
    channel: Channel
    conversation_id: str
    note: Sealed | None = None
    reason: str = ""
