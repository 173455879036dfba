"""Which commands are wrong in themselves, and how long things may be."""

from desk.domain.commands import (
    ChoosePresence,
    Command,
    CompleteContact,
    ConsultColleague,
    Presence,
    SendMessage,
    TransferContact,
)
from desk.domain.wanted import wanted_fault

MAX_ID_CHARACTERS = 200
MAX_CODE_CHARACTERS = 100
MAX_CHAT_BYTES = 16 * 1024
MAX_MAIL_BYTES = 256 * 1024
MAX_SUBJECT_BYTES = 998
MAX_NOTE_BYTES = 16 * 1024


def fault(command: Command) -> str:
    """What is wrong with the command whatever the state is; empty when nothing is."""
    for name in ("offer_id", "contact_id", "disposition"):
        value = getattr(command, name, None)
        if value is not None and not 0 < len(value) <= MAX_ID_CHARACTERS:
            return f"{name} must have 1 to {MAX_ID_CHARACTERS} characters"
    for name in ("queue", "to_agent_id", "flow"):
        if len(getattr(command, name, "")) > MAX_ID_CHARACTERS:
            return f"{name} has more than {MAX_ID_CHARACTERS} characters"
    if len(getattr(command, "reason_code", "")) > MAX_CODE_CHARACTERS:
        return f"reason_code has more than {MAX_CODE_CHARACTERS} characters"
    if isinstance(command, TransferContact | ConsultColleague):
        wrong = wanted_fault(command.wanted)
        if wrong:
            return wrong
    match command:
        case ChoosePresence(presence=Presence.UNSPECIFIED):
            return "presence must be offline, available or break"
        case TransferContact(flow=flow) if flow and (command.queue or command.to_agent_id):
            return "a transfer to a flow names neither queue nor agent"
        case TransferContact(queue="", to_agent_id="", flow=""):
            return "say a queue, an agent or a flow"
        case ConsultColleague(queue="", to_agent_id=""):
            return "say a queue or an agent"
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


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
