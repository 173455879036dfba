"""What self-service hears from the others, one dataclass for each kind of news."""

from dataclasses import dataclass

from chassis.sealing import SealedBytes
from self_service.domain.state import Contact, Customer

QUEUED_BY_ROUTER = "queued_by_router"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDue:
    """A contact came in and its flow starts.

    `flow_name` is empty when the policy must be asked. `heard` is the offset of the message
    with which it came, -1 without one. `run` is the step that sent the contact from a queue
    to this flow, 0 for its first flow.
    """

    contact: Contact
    flow_name: str = ""
    heard: int = -1
    customer: Customer | None = None
    written_at: float = 0.0
    run: int = 0

    @property
    def workspace(self) -> str:
        return self.contact.workspace

    @property
    def contact_id(self) -> str:
        return self.contact.contact_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecognised:
    workspace: str
    contact_id: str
    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOver:
    """Nothing more is the flow's: the contact is with the router or an agent, or ended.

    `step` is the step that said so: a flow that began with it, or later, goes on. 0 ends all.
    """

    workspace: str
    contact_id: str
    outcome: str
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEstimated:
    """The router says how long a contact that it queued will wait."""

    workspace: str
    contact_id: str
    low_seconds: float
    high_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRejected:
    """The router refused a fact about a contact."""

    workspace: str
    contact_id: str
    event_id: str
    event_type: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote:
    """A text; the contact may be empty or one that is over, the conversation is right."""

    workspace: str
    contact_id: str
    conversation_id: str
    offset: int
    body: SealedBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed:
    workspace: str
    contact_id: str
    question_id: str
    body: SealedBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingPressed:
    workspace: str
    contact_id: str
    question_id: str


News = (
    FlowDue
    | CustomerRecognised
    | ContactOver
    | WaitEstimated
    | RequestRejected
    | CustomerWrote
    | KeysPressed
    | NothingPressed
)
