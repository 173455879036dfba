"""What an agent's stream shows. Payloads are messages of the contract, carried unopened."""

from dataclasses import dataclass

from desk.domain.messages import Message
from desk.domain.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the active policy lets an agent choose from."""

    queues: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    break_reasons: tuple[str, ...] = ()
    is_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Who the customer is, and their last contacts."""

    customer: object
    last_contacts: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotShown:
    step_number: int
    agent: object
    is_resumed: bool
    choices: Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """A decision of the router that is shown as it is."""

    step_number: int
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferShown:
    step_number: int
    offer: object
    card: Card | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerShown:
    """Without a card: the customer's record could not be had in time."""

    contact_id: str
    card: Card | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageShown:
    contact_id: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationShown:
    contact_id: str
    messages: tuple[Message, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryShown:
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnded:
    command_id: str
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReplaced:
    pass


Event = (
    SnapshotShown
    | StepTold
    | OfferShown
    | CustomerShown
    | MessageShown
    | ConversationShown
    | DeliveryShown
    | CommandEnded
    | Pong
    | SessionReplaced
)


def size_bytes(event: Event) -> int:
    """About how much memory the event holds while it waits."""
    match event:
        case MessageShown(message=message):
            return message.size_bytes
        case ConversationShown(messages=messages):
            return sum(message.size_bytes for message in messages)
        case _:
            return 1024
