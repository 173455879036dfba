"""Whether offers are given their time: it runs once their step was said, as far as ticks show."""

from dataclasses import dataclass
from typing import Any

from .known import World


@dataclass(slots=True)
class _Awaited:
    """`since` is None while no tick shows that the step was said."""

    step: int
    seconds: float
    since: int | None


class Reacting:
    """Knows which offers are neither shown nor connected yet; `judge` takes each step."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.is_said_first = False
        self.awaited: dict[str, _Awaited] = {}

    def judge(self, step: Any, fact: Any) -> None:
        """Nobody's time is over early or late."""
        is_refused = False
        for decided in step.decisions:
            now = step.engine_time if decided.due_at is None else decided.due_at
            is_refused = is_refused or type(decided.decision).__name__ == "RecordRejected"
            self._take(decided.decision, decided.due_at, now, step.step_number)
        if type(fact).__name__ == "ClockTicked" and not is_refused and self.is_said_first:
            for one in self.awaited.values():
                if one.since is None and one.step <= fact.applied_step:
                    one.since = step.engine_time
        for offer_id, one in self.awaited.items():
            is_late = one.since is not None and one.since + one.seconds * 1000 <= step.engine_time
            assert not is_late, f"I12: nobody reacted to {offer_id}"

    def _take(self, d: Any, due_at: int | None, now: int, step: int) -> None:
        timers = self.world.policy.timers if self.world.policy else None
        match type(d).__name__:
            case "EngineActivated":
                self.is_said_first = d.engine_version > 1
                if not self.is_said_first:
                    self.awaited.clear()
            case "OfferMade":
                self._await(d.offer_id, step, timers.offer_delivery_seconds, now)
            case "ContactConnecting":
                self._await(d.offer_id, step, timers.connect_seconds, now)
            case "OfferRinging":
                self.awaited.pop(d.offer_id, None)
            case "OfferEnded":
                one = self.awaited.pop(d.offer_id, None)
                is_over = d.withdrawn_because == "undelivered" or d.reason_code == "no_answer"
                if is_over and one is not None:
                    assert one.since is not None, f"nobody could have seen {d.offer_id}"
                    assert due_at == one.since + one.seconds * 1000, "at another time"

    def _await(self, offer_id: str, step: int, seconds: float, now: int) -> None:
        since = None if self.is_said_first else now
        self.awaited[offer_id] = _Awaited(step, seconds, since)
