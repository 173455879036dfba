"""How a command ended."""

from dataclasses import dataclass
from enum import StrEnum

from desk.domain.steps import Step

REPEATED = "REPEATED"


class Code(StrEnum):
    """The five ends of a command."""

    OK = "ok"
    REJECTED = "rejected"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the agent is told; `because` is the router's reason without its prefix."""

    code: Code
    because: str = ""
    detail: str = ""

    @property
    def is_ok(self) -> bool:
        """The command took effect, now or before."""
        return self.code is Code.OK

    @property
    def is_final(self) -> bool:
        """A repeat of the command gets this same result; else it is tried again."""
        return self.code in (Code.OK, Code.REJECTED, Code.INVALID)


OK = Result(code=Code.OK)


def invalid(detail: str) -> Result:
    """The command itself is wrong."""
    return Result(code=Code.INVALID, detail=detail)


def rejected(because: str, detail: str = "") -> Result:
    """Refused, by the router or for it."""
    return Result(code=Code.REJECTED, because=because, detail=detail)


def unavailable(detail: str) -> Result:
    """Nothing was done; try again."""
    return Result(code=Code.UNAVAILABLE, detail=detail)


def unknown(detail: str) -> Result:
    """No answer in time; it may still take effect."""
    return Result(code=Code.UNKNOWN, detail=detail)


def result_of(step: Step) -> Result:
    """What the step that answers a fact means for who said the fact."""
    refusal = step.refusal()
    if refusal is None or refusal.because == REPEATED:
        return OK
    return rejected(refusal.because, refusal.detail)
