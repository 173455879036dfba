"""What we promise, as shares of bad events, and when a promise burns too fast."""

from dataclasses import dataclass

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
REPLICAS = "instance, pod"
"""Each replica of analytics has all numbers: they are one, not a sum."""


@dataclass(frozen=True, slots=True)
class Burn:
    """Both windows burn the budget of 30 days at least so many times too fast."""

    factor: float
    long: str
    short: str


PAGE = (Burn(14.4, "1h", "5m"), Burn(6, "6h", "30m"))
TICKET = (Burn(3, "1d", "2h"), Burn(1, "3d", "6h"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """`bad` and `total` are rates with {window} in them; `least` events make a share mean much.

    `says` is the promise, `why` the reason for its number.
    """

    name: str
    alert: str
    target: float
    bad: str
    total: str
    least: int
    summary: str
    says: str
    why: str

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return round(1 - self.target, 6)

    def ratio(self, window: str) -> str:
        """The name of the recorded share of bad events."""
        return f"{self.name}:bad_ratio:rate{window}"

    def recorded(self, window: str) -> str:
        """The share of bad events over a window; nothing where nothing happened."""
        bad, total = _over(self.bad, window), _over(self.total, window)
        return f"({bad})\n/\n({total} > 0)"

    def burns(self, burns: tuple[Burn, ...]) -> str:
        """Whether the budget burns, and enough happened to say so."""
        return "\nor\n".join(self._burns(burn) for burn in burns)

    def _burns(self, burn: Burn) -> str:
        limit = f"{burn.factor:g} * {self.budget:g}"
        total = _over(self.total, burn.long)
        return (
            f"(\n  {self.ratio(burn.long)} > {limit}\n"
            f"  and {self.ratio(burn.short)} > {limit}\n"
            f"  and {total} * {_seconds(burn.long)} >= {self.least}\n)"
        )


def new_series(selector: str, window: str) -> str:
    """With what a series began that was not there before.

    A counter with labels is first seen at 1, and that of a process that finds out at its start
    what went wrong before it, too: neither has increased.
    """
    return (
        f"min_over_time({selector}[{window}]) unless last_over_time({selector}[1d] offset {window})"
    )


def folded(name: str, window: str = "{window}") -> str:
    """The rate of a number that each replica of analytics has."""
    return f"sum(max without ({REPLICAS}) (rate({name}[{window}])))"


def _over(expression: str, window: str) -> str:
    """With the window in its places; what only counts is made a rate by {seconds}."""
    seconds = _seconds(window) if "{seconds}" in expression else 0
    return expression.format(window=window, seconds=seconds)


def _rate(selector: str) -> str:
    return f"sum(rate({selector}[{{window}}]))"


def _or_none(expression: str) -> str:
    return f"({expression} or vector(0))"


AWAY = "UNAVAILABLE|INTERNAL|UNKNOWN|DEADLINE_EXCEEDED"
NOT_TAKEN = (
    'ingest_digital_chat_frames_total{{outcome="try_again"}}',
    'ingest_digital_mails_received_total{{outcome=~"try_again|error"}}',
    'ingest_voice_calls_total{{outcome=~"log_away|no_key|journal_failed|full|stack_failed"}}',
)
# Turned away before they could say anything: they are no frame and no mail.
TURNED_AWAY = (
    'ingest_digital_chat_refused_total{{reason="full"}}',
    'ingest_digital_mails_refused_total{{reason="too_many_connections"}}',
)
LOST_CALLS = "ingest_voice_calls_lost_total"
OFFERED = (
    "ingest_digital_chat_frames_total",
    "ingest_digital_mails_received_total",
    "ingest_voice_calls_total",
)

OBJECTIVES = (
    Objective(
        name="time_to_offer",
        alert="TimeToOfferTooSlow",
        target=0.99,
        bad=_rate("desk_offer_delay_seconds_count")
        + " - "
        + _rate('desk_offer_delay_seconds_bucket{{le="1.0"}}'),
        total=_rate("desk_offer_delay_seconds_count"),
        least=20,
        summary="Offers reach agents late: customers wait although an agent is free",
        says="99 % of the offers are on the agent's stream within 1 s of the record that made"
        " them possible",
        why="A second is little beside the seconds that an agent takes to answer, and service"
        " levels are counted in tens of them. One in a hundred: a router that is replaced or"
        " killed makes the offers of some seconds late, and a release a day must fit in",
    ),
    Objective(
        name="contacts_lost",
        alert="ContactsLost",
        target=0.9999,
        bad=_or_none(
            f"clamp_min({folded('analytics_records_unanswered_total')}"
            f" - {_or_none(_rate('router_parked_total'))}, 0)"
        )
        + " + "
        + _or_none(_rate(LOST_CALLS))
        + " + "
        + _or_none(f"sum({new_series(LOST_CALLS, '{window}')}) / {{seconds}}"),
        total=folded("analytics_contacts_arrived_total"),
        least=1,
        summary="Contacts that we had accepted are lost",
        says="99.99 % of the accepted contacts are not lost: their record is answered, their call"
        " not ended by a crash of ours",
        why="A record that Kafka has cannot be lost by design, so records should need nothing of"
        " the budget: it is for calls, which live in one process and end with it. One crash with"
        " forty calls is the budget of 400,000 contacts",
    ),
    Objective(
        name="intake",
        alert="IntakeRefuses",
        target=0.999,
        bad=" + ".join(_or_none(_rate(name)) for name in (*NOT_TAKEN, *TURNED_AWAY)),
        total=" + ".join(_or_none(_rate(name)) for name in (*OFFERED, *TURNED_AWAY)).join("()"),
        least=20,
        summary="Customers' calls, chats or mails are not taken",
        says="99.9 % of what customers bring is taken at once: calls, chat frames, mails; what a"
        " customer did wrong does not count",
        why="Who is refused is told to try again, and loses time, not the contact: chats and mail"
        " servers do it by themselves. It is 43 minutes a month, what an outage of Kafka with a"
        " change of its leader, or of the key service, may take; callers hear an apology",
    ),
    Objective(
        name="rpc",
        alert="CallsFail",
        target=0.999,
        bad=_or_none(_rate(f'grpc_server_calls_total{{{{code=~"{AWAY}"}}}}')),
        total=_rate("grpc_server_calls_total"),
        least=50,
        summary="gRPC calls fail: agents' screens and services do not get answers",
        says="99.9 % of the gRPC calls end without UNAVAILABLE, INTERNAL, UNKNOWN or"
        " DEADLINE_EXCEEDED",
        why="Clients repeat a call with the same id, so one that fails is a moment on an agent's"
        " screen. The same share as the intake's, for both depend on the same Kafka and database",
    ),
)


def _seconds(window: str) -> int:
    return int(window[:-1]) * {"m": 60, "h": 3600, "d": 86400}[window[-1]]
