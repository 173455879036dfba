"""One agent: state, time, offers, and the legs in hand."""

from dataclasses import asdict, dataclass, field
from typing import Any

from analytics.domain.durations import Durations, durations_of
from analytics.domain.steps import ROUTABLE, AgentSeen


@dataclass(frozen=True, slots=True)
class Leg:
    """An agent on a contact, from connected until wrapped up, booked where it began."""

    agent_id: str
    queue: str
    channel: str
    began_ms: int
    attention_before_ms: float


@dataclass(slots=True)
class AgentFold:
    """One agent since the log began; times are counted up to `at_ms`."""

    team: str = ""
    presence: str = ""
    state: str = ""
    since_ms: int = 0
    at_ms: int = 0
    contacts: dict[str, int] = field(default_factory=dict)
    offers_now: dict[str, int] = field(default_factory=dict)
    busy_ms: int = 0
    idle_ms: int = 0
    contact_ms: dict[str, int] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)
    handled: Durations = field(default_factory=Durations)
    attention_ms: float = 0.0
    # A clock that runs at 1/n while n legs are open: what a leg got of the agent's attention
    # is how far it ran meanwhile.
    open_legs: int = 0
    attention_clock_ms: float = 0.0
    attention_at_ms: int = 0
    is_removed: bool = False

    def see(self, seen: AgentSeen, now_ms: int) -> None:
        """The agent is so from now on."""
        self.pass_time(now_ms)
        if seen.state != self.state:
            self.since_ms = now_ms
        self.team, self.presence, self.state = seen.team, seen.presence, seen.state
        self.contacts, self.offers_now = dict(seen.contacts), dict(seen.offers)
        self.is_removed = False

    def pass_time(self, now_ms: int) -> None:
        """Book the time since the last change to what the agent did."""
        busy_ms, idle_ms, contact_ms = self.times_until(now_ms)
        self.busy_ms, self.idle_ms, self.contact_ms = busy_ms, idle_ms, contact_ms
        self.at_ms = max(self.at_ms, now_ms)

    def times_until(self, now_ms: int) -> tuple[int, int, dict[str, int]]:
        """Busy time, routable idle time and contact time by channel, until an instant."""
        passed = max(0, now_ms - self.at_ms) if self.at_ms else 0
        is_busy = any(self.contacts.values())
        contact_ms = dict(self.contact_ms)
        for channel, count in self.contacts.items():
            contact_ms[channel] = contact_ms.get(channel, 0) + count * passed
        return (
            self.busy_ms + (passed if is_busy else 0),
            self.idle_ms + (passed if not is_busy and self.state == ROUTABLE else 0),
            contact_ms,
        )

    def begin_leg(self, now_ms: int) -> float:
        """One more leg; how far the attention clock is."""
        self._run_attention(now_ms)
        self.open_legs += 1
        return self.attention_clock_ms

    def end_leg(self, leg: Leg, now_ms: int) -> float:
        """The leg is done; the attention that it got, in milliseconds."""
        self._run_attention(now_ms)
        self.open_legs -= 1
        attention_ms = self.attention_clock_ms - leg.attention_before_ms
        self.handled.add(now_ms - leg.began_ms)
        self.attention_ms += attention_ms
        return attention_ms

    def count_offer(self, outcome: str) -> None:
        """An offer was made, or came to that end."""
        self.offers[outcome] = self.offers.get(outcome, 0) + 1

    def _run_attention(self, now_ms: int) -> None:
        if self.open_legs:
            passed = max(0, now_ms - self.attention_at_ms)
            self.attention_clock_ms += passed / self.open_legs
        self.attention_at_ms = max(self.attention_at_ms, now_ms)

    def as_state(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {**asdict(self), "handled": self.handled.as_state()}


def agent_of(state: dict[str, Any]) -> AgentFold:
    """From the checkpoint."""
    return AgentFold(**{**state, "handled": durations_of(state["handled"])})
