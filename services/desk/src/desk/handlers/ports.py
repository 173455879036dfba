"""What the handlers need of the world."""

from collections.abc import Sequence
from typing import Protocol

from desk.domain.agents import HeldContact
from desk.domain.events import Card
from desk.domain.facts import Fact
from desk.domain.messages import Message, SealedMessage
from desk.domain.names import EventId


class NotWritten(Exception):
    """The log did not take a record in time; the same record may be given again."""


class Away(Exception):
    """Whoever was asked (crm, the key service) is away or did not answer in time."""


class NotThere(Exception):
    """Whoever was asked knows nothing of it."""


class Facts(Protocol):
    """The workspace's log of facts."""

    async def append(self, workspace: str, event_id: EventId, fact: Fact) -> None:
        """Return when the log has it; NotWritten, or Away when a note could not be sealed."""


class Writing(Protocol):
    """Where what an agent writes goes, sealed with the contact's key."""

    async def record(
        self,
        workspace: str,
        contact: HeldContact,
        event_id: EventId,
        agent_id: str,
        text: str,
        subject: str,
    ) -> None:
        """Put the message into its conversation; NotWritten, Away without the key."""

    async def send_mail(
        self, workspace: str, contact: HeldContact, event_id: EventId, text: str, subject: str
    ) -> None:
        """Ask for the mail with that message to be sent; NotWritten, Away without the key."""


class Reading(Protocol):
    """Opens what was sealed."""

    async def open(self, message: SealedMessage, contact_id: str) -> Message:
        """As it can be shown; marked unreadable when its key is destroyed or out of reach."""


class Customers(Protocol):
    """What crm knows."""

    async def card(self, workspace: str, customer_id: str) -> Card:
        """Who the customer is; Away, NotThere."""

    async def conversation(self, workspace: str, conversation_id: str) -> Sequence[Message]:
        """What was said, oldest first; Away."""
