"""What the worker says to the router: a letter, then the answer or the reason why there is none."""

from enum import Enum


class Reply(Enum):
    """The first byte."""

    ANSWER = b"A"
    NOT_FOUND = b"N"
    UNAVAILABLE = b"U"


class WorkerFailed(Exception):
    """The worker ended without a reply."""


def packed(reply: Reply, body: bytes) -> bytes:
    """Return the worker's output."""
    return reply.value + body


def unpacked(output: bytes) -> tuple[Reply, bytes]:
    """Return what the worker said; WorkerFailed when it said nothing."""
    if not output:
        raise WorkerFailed("the worker ended without a reply")
    return Reply(output[:1]), output[1:]
