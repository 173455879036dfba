"""A mail of ours on its way: intent, call, result."""

from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_PAUSE_SECONDS = 3600.0


class Handed(StrEnum):
    """What became of one delivery to the relay."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"
    # The line broke between the content and its answer.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The result of one delivery and a short code for it, never text of the server."""

    outcome: Handed
    reason: str = ""


class OutgoingState(StrEnum):
    INTENDED = "intended"
    CALLING = "calling"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a handover makes of the intent; `pause_seconds` until the next attempt."""

    state: OutgoingState
    reason: str = ""
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that a mail of ours needs, in clear."""

    message_id: str
    sender: str
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    is_automatic: bool = False


def after(handover: Handover, attempt: int, attempts: int, backoff_seconds: float) -> Next:
    """What follows the attempt of that number (1, 2 …): a temporary failure is tried again."""
    match handover.outcome:
        case Handed.TAKEN:
            return Next(state=OutgoingState.SENT)
        case Handed.REFUSED:
            return Next(state=OutgoingState.FAILED, reason=handover.reason)
        case Handed.UNKNOWN:
            return Next(state=OutgoingState.UNKNOWN, reason=handover.reason)
    if attempt >= attempts:
        return Next(state=OutgoingState.FAILED, reason=handover.reason)
    pause = min(backoff_seconds * 2.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
    return Next(state=OutgoingState.INTENDED, reason=handover.reason, pause_seconds=pause)
