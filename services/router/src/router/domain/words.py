"""The words of the field that are one of a few."""

from enum import StrEnum


class Channel(StrEnum):
    VOICE = "voice"
    VIDEO = "video"
    CHAT = "chat"
    IN_APP = "in_app"
    SMS = "sms"
    MESSENGER = "messenger"
    EMAIL = "email"
    MAIL = "mail"
    FAX = "fax"
    TASK = "task"


CALLS = frozenset({Channel.VOICE, Channel.VIDEO})
"""Channels whose agent is reached over a leg; an agent has one call at a time."""


class ContactState(StrEnum):
    IN_FLOW = "in_flow"
    QUEUED = "queued"
    OFFERED = "offered"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    WRAP_UP = "wrap_up"
    ENDED = "ended"


class OpenedBy(StrEnum):
    ARRIVAL = "arrival"
    MESSAGE = "message"
    TRANSFER = "transfer"
    CALLBACK = "callback"
    CONSULT = "consult"
    TASK = "task"


class QueuedBy(StrEnum):
    """Why a contact waits in the queue it waits in."""

    FLOW = "flow"
    TRANSFER = "transfer"
    AGENT_GONE = "agent_gone"
    OVERFLOW = "overflow"
    FULL = "full"
    CLOSED = "closed"
    NOBODY = "nobody"
    SUPERVISOR = "supervisor"
    CALLBACK = "callback"
    CONSULT = "consult"
    TASK = "task"


class Party(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    FLOW = "flow"
    SYSTEM = "system"


class FlowOutcome(StrEnum):
    RESOLVED = "resolved"
    MESSAGE_TAKEN = "message_taken"


class Presence(StrEnum):
    OFFLINE = "offline"
    AVAILABLE = "available"
    BREAK = "break"


class Connection(StrEnum):
    CONNECTED = "connected"
    LOST = "lost"
    GONE = "gone"


# A member that is named through its class costs Python 3.11 a call: these are named most.
OFFLINE, BREAK, CONNECTED = Presence.OFFLINE, Presence.BREAK, Connection.CONNECTED
