"""Where a contact stands in its flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from self_service.domain.channels import Channel, Mode, mode_of
from self_service.domain.flow import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    workspace: str
    contact_id: str
    conversation_id: str
    channel: Channel
    entry_point: str
    key_id: str
    # The number or mailbox of the entry point, as the policy has it.
    address: str = ""
    # Whether a phone number came with it, where the customer can be called.
    has_number: bool = False

    @property
    def mode(self) -> Mode:
        return mode_of(self.channel)


class Recognition(StrEnum):
    UNKNOWN = "unknown"
    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """What crm said; `unknown` until it did."""

    recognition: Recognition = Recognition.UNKNOWN
    tier: str = ""
    contact_count: int = 0


class Awaiting(StrEnum):
    """In the order they may happen; a flow that is OVER never goes on."""

    # The policy does not know the entry point (yet): no step was begun.
    POLICY = "policy"
    NOTHING = "nothing"
    ANSWER = "answer"
    CUSTOMER = "customer"
    # The queue was asked for, to be called back from it: the place in line must be there first.
    PLACE = "place"
    # The queue was asked for; the router may say how long the wait will be.
    ESTIMATE = "estimate"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowState:
    """`counter` numbers what the flow has told and asked for: ids are derived from it."""

    contact: Contact
    flow_name: str
    flow_version: str
    step: str
    awaiting: Awaiting = Awaiting.NOTHING
    # How often the step was begun: questions asked again, or a wait that is over.
    tries: int = 0
    counter: int = 0
    question_id: str = ""
    deadline_at: datetime | None = None
    # What the customer answered and the flow set: may be personal, is stored sealed.
    variables: Mapping[str, str] = field(default_factory=dict)
    attributes: tuple[Setting, ...] = ()
    customer: Customer = Customer()
    outcome: str = ""
    # Offset of the last message of the customer that was taken; earlier ones are repeats.
    heard: int = -1
    # Which of the contact's flows: 0 the first, else the step that sent it to another.
    run: int = 0

    @property
    def is_over(self) -> bool:
        return self.awaiting is Awaiting.OVER

    def go_to(self, step: str) -> "FlowState":
        return replace(
            self,
            step=step,
            awaiting=Awaiting.NOTHING,
            tries=0,
            question_id="",
            deadline_at=None,
        )

    def close(self, outcome: str) -> "FlowState":
        """End the flow; the first outcome stays."""
        if self.is_over:
            return self
        return replace(
            self.go_to(""),
            awaiting=Awaiting.OVER,
            outcome=outcome,
            variables={},
        )
