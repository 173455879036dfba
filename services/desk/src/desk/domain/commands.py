"""What an agent can ask for."""

from dataclasses import dataclass
from enum import StrEnum

from desk.domain.wanted import NOTHING, Wanted


class Presence(StrEnum):
    """What an agent says of themselves."""

    UNSPECIFIED = "unspecified"
    OFFLINE = "offline"
    AVAILABLE = "available"
    BREAK = "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePresence:
    presence: Presence
    reason_code: str = ""
    is_next: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOffer:
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOffer:
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectOffer:
    offer_id: str
    reason_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    contact_id: str
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldContact:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeContact:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferContact:
    """To a queue, to an agent (and then that queue), or to a flow."""

    contact_id: str
    queue: str = ""
    to_agent_id: str = ""
    flow: str = ""
    wanted: Wanted = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultColleague:
    contact_id: str
    queue: str = ""
    to_agent_id: str = ""
    wanted: Wanted = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConsult:
    """Here and in the next two the contact is the consult."""

    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConference:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToConsulted:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndContact:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteContact:
    contact_id: str
    disposition: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConversation:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut:
    pass


Command = (
    ChoosePresence
    | ConfirmOffer
    | AcceptOffer
    | RejectOffer
    | SendMessage
    | HoldContact
    | ResumeContact
    | TransferContact
    | ConsultColleague
    | EndConsult
    | StartConference
    | TransferToConsulted
    | EndContact
    | CompleteContact
    | ReadConversation
    | SignOut
)


def lane(command: Command) -> str:
    """The contact that the command is about: its commands run one after the other, in order."""
    return getattr(command, "contact_id", "")
