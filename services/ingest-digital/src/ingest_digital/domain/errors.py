"""What a customer's side may get wrong."""


class DigitalError(Exception):
    """Something that a customer's side asked for cannot be done."""


class UnknownEntryPoint(DigitalError):
    """The active policy has no such entry point on this channel."""

    def __init__(self, name: str) -> None:
        super().__init__(f"entry point {name!r} is not in the active policy")


class BadToken(DigitalError):
    """A chat token or an identity token that is forged, too old, or another's."""


class ConversationGone(DigitalError):
    """The conversation is older than what is remembered."""


class KeyDestroyed(DigitalError):
    """The key was destroyed (or never made): what it sealed is gone."""
