"""Who comes when in the demo: a plan that fits its time, the same at each run."""

from dataclasses import dataclass
from enum import StrEnum

# The rest of the time belongs to those who are still being served.
ARRIVING_SHARE = 0.7
CHATS, MAILS = 60, 20


class Kind(StrEnum):
    """What the customer does."""

    CHAT = "chat"
    CHAT_KNOWN = "chat of the one who called"
    MAIL = "mail"
    CALL = "call"
    CALL_OF_THE_CHATTER = "call of the one who chats later"
    CALL_TRANSFERRED = "call that is transferred"
    CALL_LEFT_IN_MENU = "call given up in the menu"
    CALL_LEFT_IN_QUEUE = "call given up in the queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One customer at one moment; `choice` is the menu's key (empty: an entry without a menu)."""

    at_seconds: float
    number: int
    kind: Kind
    choice: str = ""


CALLS = (
    (0.02, Kind.CALL_OF_THE_CHATTER, "1"),
    (0.10, Kind.CALL_TRANSFERRED, "2"),
    (0.22, Kind.CALL_LEFT_IN_MENU, ""),
    (0.34, Kind.CALL, "3"),
    (0.48, Kind.CALL, "2"),
    (0.60, Kind.CALL_LEFT_IN_QUEUE, "3"),
    (0.72, Kind.CALL, "1"),
)
KNOWN_CHAT_AT = 0.80


def plan(seconds: float) -> list[Arrival]:
    """Return all arrivals of a demo of so many seconds, in order of time."""
    window = seconds * ARRIVING_SHARE
    choices = ("1", "2", "3", "")
    found = [
        Arrival(at_seconds=window * n / CHATS, number=n, kind=Kind.CHAT, choice=choices[n % 4])
        for n in range(CHATS - 1)
    ]
    found += [
        Arrival(at_seconds=window * (n + 0.5) / MAILS, number=n, kind=Kind.MAIL)
        for n in range(MAILS)
    ]
    found += [
        Arrival(at_seconds=window * share, number=n, kind=kind, choice=choice)
        for n, (share, kind, choice) in enumerate(CALLS)
    ]
    found.append(
        Arrival(at_seconds=window * KNOWN_CHAT_AT, number=CHATS, kind=Kind.CHAT_KNOWN, choice="1")
    )
    return sorted(found, key=lambda a: (a.at_seconds, a.kind, a.number))
