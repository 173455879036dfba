"""What router and worker say to each other: the time there is and the question; the reply."""

import struct
from enum import Enum

HEAD = struct.Struct(">cd")


class Question(Enum):
    """What is asked."""

    EXPLAIN = b"E"
    RECENT = b"R"


class Reply(Enum):
    """The first byte of a reply; the answer follows, or the reason why there is none."""

    ANSWER = b"A"
    NOT_FOUND = b"N"
    UNAVAILABLE = b"U"


class WorkerFailed(Exception):
    """The worker ended without a reply."""


def asked(question: Question, seconds: float, request: bytes) -> bytes:
    """Return the worker's input."""
    return HEAD.pack(question.value, seconds) + request


def read_question(given: bytes) -> tuple[Question, float, bytes]:
    """Return what is asked, how much time there is, and the request."""
    kind, seconds = HEAD.unpack_from(given)
    return Question(kind), seconds, given[HEAD.size :]


def packed(reply: Reply, body: bytes) -> bytes:
    """Return the worker's output."""
    return reply.value + body


def unpacked(output: bytes) -> tuple[Reply, bytes]:
    """Return what the worker said; WorkerFailed when it said nothing."""
    if not output:
        raise WorkerFailed("the worker ended without a reply")
    return Reply(output[:1]), output[1:]
