"""What is decided about agents."""

from router.domain.said import said
from router.domain.words import Channel, Connection, ContactState, Presence


@said
class HeldContact:
    contact_id: str
    channel: Channel
    state: ContactState
    conversation_id: str
    customer_id: str
    queue: str
    key_id: str
    since: int
    consult_contact_id: str = ""
    consults_for: str = ""
    is_conference: bool = False
    shared_conversation_id: str = ""


@said
class LiveOffer:
    offer_id: str
    contact_id: str
    channel: Channel
    queue: str
    conversation_id: str
    customer_id: str
    ring_seconds: float
    rings_until: int | None
    is_over_capacity: bool = False


@said
class AgentState:
    """All that a desk needs to know of an agent."""

    agent_id: str
    team: str
    session_number: int
    desk_instance: str
    presence: Presence
    reason_code: str
    next_presence: Presence | None
    next_reason_code: str
    connection: Connection
    not_routable_because: str
    contacts: tuple[HeldContact, ...]
    offers: tuple[LiveOffer, ...]


@said
class AgentSessionStarted:
    session_id: str
    agent: AgentState


@said
class AgentStateChanged:
    agent: AgentState
    because: str
