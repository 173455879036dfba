"""What calling a customer asks for, beside what every call does."""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What became of a dial; UNKNOWN: its process died before it could say."""

    ANSWERED = "answered"
    BUSY = "busy"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    NO_NUMBER = "no_number"
    AGENT_FAILED = "agent_failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DialCustomer:
    """Call the customer; the intent is written down before."""


@dataclass(frozen=True, slots=True)
class NoteDial:
    """Write down what became of the dial, once the log has everything that was told before."""

    result: Result
