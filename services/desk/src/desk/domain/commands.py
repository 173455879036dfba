"""What an agent can ask for, and which of it is wrong in itself."""

from dataclasses import dataclass
from enum import StrEnum

MAX_ID_CHARACTERS = 200
MAX_CODE_CHARACTERS = 100
MAX_CHAT_BYTES = 16 * 1024
MAX_MAIL_BYTES = 256 * 1024
MAX_SUBJECT_BYTES = 998
MAX_NOTE_BYTES = 16 * 1024


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
    contact_id: str
    queue: str


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
    | EndContact
    | CompleteContact
    | ReadConversation
    | SignOut
)


def fault(command: Command) -> str:
    """What is wrong with the command whatever the state is; empty when nothing is."""
    for name in ("offer_id", "contact_id", "queue", "disposition"):
        value = getattr(command, name, None)
        if value is not None and not 0 < len(value) <= MAX_ID_CHARACTERS:
            return f"{name} must have 1 to {MAX_ID_CHARACTERS} characters"
    if len(getattr(command, "reason_code", "")) > MAX_CODE_CHARACTERS:
        return f"reason_code has more than {MAX_CODE_CHARACTERS} characters"
    match command:
        case ChoosePresence(presence=Presence.UNSPECIFIED):
            return "presence must be offline, available or break"
        case SendMessage(text=text) if not text.strip():
            return "text is empty"
        case SendMessage(text=text) if _size(text) > MAX_MAIL_BYTES:
            return f"text has more than {MAX_MAIL_BYTES} bytes"
        case SendMessage(subject=subject) if _size(subject) > MAX_SUBJECT_BYTES:
            return f"subject has more than {MAX_SUBJECT_BYTES} bytes"
        case SendMessage(subject=subject) if "\n" in subject or "\r" in subject:
            return "subject must be one line"
        case CompleteContact(note=note) if _size(note) > MAX_NOTE_BYTES:
            return f"note has more than {MAX_NOTE_BYTES} bytes"
        case _:
            return ""


def is_too_long_for_chat(command: SendMessage) -> bool:
    """A chat carries less than a mail."""
    return _size(command.text) > MAX_CHAT_BYTES


def lane(command: Command) -> str:
    """The contact that the command is about: its commands run one after the other, in order."""
    return getattr(command, "contact_id", "")


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
