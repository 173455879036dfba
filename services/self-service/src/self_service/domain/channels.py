"""The channels a flow can talk on, and how."""

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


SPOKEN = frozenset({Channel.VOICE, Channel.VIDEO})
WRITTEN = frozenset({Channel.CHAT, Channel.IN_APP, Channel.SMS, Channel.MESSENGER})
SILENT = frozenset(Channel) - SPOKEN - WRITTEN
WITH_BUTTONS = frozenset({Channel.CHAT, Channel.IN_APP})


class Mode(StrEnum):
    """How something is told: ANY marks a text that serves both."""

    ANY = ""
    VOICE = "voice"
    TEXT = "text"


def mode_of(channel: Channel) -> Mode:
    """VOICE where the customer listens and presses keys, TEXT everywhere else."""
    return Mode.VOICE if channel in SPOKEN else Mode.TEXT
