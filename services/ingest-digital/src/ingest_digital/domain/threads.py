"""Which conversation a mail belongs to, by the ids that mail programs keep."""

import hashlib
import hmac
import re
from uuid import UUID

MAX_IDS = 50
MAX_ID = 500
KEPT_REFERENCES = 20
_BRACKETED = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_OURS = re.compile(r"c\.([0-9a-f]{32})\.([0-9a-f]{24})\.([0-9a-f]{32})@\S+")


def message_ids(header: str) -> tuple[str, ...]:
    """The ids in a header, normalised, without brackets; a lone id without brackets counts too."""
    found = _BRACKETED.findall(header)
    if not found and "@" in header and len(header.split()) == 1:
        found = [header.strip()[:MAX_ID]]
    return tuple(normalised_id(each) for each in found)[-MAX_IDS:]


def normalised_id(text: str) -> str:
    """The local part as it is, the domain in lower case."""
    local, at, domain = text.strip().strip("<>").rpartition("@")
    return f"{local}{at}{domain.lower()}"


def candidates(in_reply_to: tuple[str, ...], references: tuple[str, ...]) -> list[str]:
    """The ids by which the thread is looked for, nearest first."""
    return list(dict.fromkeys([*in_reply_to, *reversed(references)]))[:MAX_IDS]


def own_message_id(key: bytes, conversation_id: str, command_id: str, domain: str) -> str:
    """The Message-ID of one mail of ours: the same for a repeat, and nobody else can make it."""
    conversation = UUID(conversation_id).hex
    unique = hashlib.sha256(command_id.encode()).hexdigest()[:24]
    return f"c.{conversation}.{unique}.{_mac(key, conversation, unique)}@{domain.lower()}"


def own_conversation(key: bytes, message_id: str) -> str | None:
    """The conversation that a Message-ID of ours names; None if it is not ours."""
    match = _OURS.fullmatch(message_id)
    if match is None or not hmac.compare_digest(match[3], _mac(key, match[1], match[2])):
        return None
    return str(UUID(match[1]))


def reply_references(references: tuple[str, ...], message_id: str) -> tuple[str, ...]:
    """The References of an answer to a mail: its own and itself, the first and the last kept."""
    chain = tuple(dict.fromkeys([*references, message_id] if message_id else references))
    if len(chain) <= KEPT_REFERENCES:
        return chain
    return (chain[0], *chain[-(KEPT_REFERENCES - 1) :])


def reply_subject(subject: str) -> str:
    """Re: once, however often it was answered."""
    return subject if re.match(r"(?i)\s*(re|aw|sv|antw)\s*:", subject) else f"Re: {subject}".strip()


def _mac(key: bytes, conversation: str, unique: str) -> str:
    text = f"{conversation}.{unique}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:32]
