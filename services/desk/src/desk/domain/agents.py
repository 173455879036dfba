"""What the router says an agent is and holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a contact reached us, as far as the desk treats it differently."""

    VOICE = "voice"
    TEXT = "text"
    EMAIL = "email"
    OTHER = "other"

    @property
    def is_written(self) -> bool:
        """An agent answers by writing."""
        return self in (Channel.TEXT, Channel.EMAIL)


class State(StrEnum):
    """Where a held contact is."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    WRAP_UP = "wrap_up"
    OTHER = "other"

    @property
    def is_talking(self) -> bool:
        """The customer can be spoken or written to."""
        return self in (State.CONNECTED, State.ON_HOLD)


class Connection(StrEnum):
    """What the router thinks of the agent's stream."""

    CONNECTED = "connected"
    LOST = "lost"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldContact:
    """A contact in the agent's hands."""

    contact_id: str
    channel: Channel
    state: State
    conversation_id: str
    customer_id: str
    key_id: str
    is_consult: bool = False
    """Agents write to each other here: it is never the customer's."""
    speaks_for: str = ""
    """Of a consult in a conference: the customer's contact, on which is said what is written."""

    @property
    def said_on(self) -> str:
        """The contact to which belongs what is written here."""
        return self.speaks_for or self.contact_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOffer:
    """An offer that the agent may still answer."""

    offer_id: str
    contact_id: str
    customer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """All that the router said of an agent in one step; `payload` is its own message, unopened."""

    agent_id: str
    session_number: int
    connection: Connection
    contacts: tuple[HeldContact, ...]
    offers: tuple[LiveOffer, ...]
    payload: object
    asked: tuple[HeldContact, ...] = ()
    """Consults in the hands of colleagues whom the agent asked, as far as they are written."""

    def contact(self, contact_id: str) -> HeldContact | None:
        """The held contact of that id."""
        return next((c for c in self.contacts if c.contact_id == contact_id), None)

    def thread(self, contact_id: str) -> HeldContact | None:
        """The contact on which the agent may write: held, or the consult with who was asked."""
        return next((c for c in self.threads() if c.contact_id == contact_id), None)

    def threads(self) -> tuple[HeldContact, ...]:
        """All conversations that the agent takes part in."""
        return self.contacts + self.asked

    def customers(self) -> dict[str, str]:
        """The customer of each contact in hand or on offer; empty when not known yet."""
        offered = {offer.contact_id: offer.customer_id for offer in self.offers}
        return offered | {held.contact_id: held.customer_id for held in self.contacts}

    def listener(self, conversation_id: str, contact_id: str) -> HeldContact | None:
        """The contact under which a message of the conversation is shown, if any.

        A contact in wrap-up hears only what was said to itself: its conversation may go on
        with somebody else.
        """
        on_thread = [c for c in self.threads() if c.conversation_id == conversation_id]
        named = [c for c in on_thread if c.contact_id == contact_id]
        open_ones = [c for c in on_thread if c.state is not State.WRAP_UP]
        return _first(c for c in named if c.state is not State.WRAP_UP) or (
            open_ones[-1] if open_ones else _first(named)
        )


def _first(contacts: Iterable[HeldContact]) -> HeldContact | None:
    return next(iter(contacts), None)
