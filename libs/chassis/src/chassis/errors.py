"""Errors named by what we do about them."""


class InvalidMessage(Exception):
    """Bytes that cannot be understood: the record is parked, and the next one is handled.

    Not for a failing database or peer: parking breaks the order of the record's key.
    The text goes into a header of the dead letter, so it must hold nothing personal.
    """


class Unavailable(Exception):
    """Kafka, Postgres or a peer is away: say "try again" in your protocol.

    After a timeout the outcome is unknown: what was asked for may have happened, or may still.
    """


class NotAllowed(Exception):
    """Kafka or Postgres does not let us: settings or grants are wrong, trying again is no use."""


class RecordTooLarge(ValueError):
    """A record over the limit was refused before it was sent; trying again does not help."""


class ClientStopped(Exception):
    """The Kafka client cannot go on by itself: the process ends, and a new one takes over."""


class MalformedRequest(Exception):
    """A caller's bytes are no request; the server says so, in words without them."""
