"""For each alert, series that make it fire and series that must not."""

from dataclasses import dataclass, field

from deploy.observability.configs import JOBS

PAGE, TICKET = "page", "ticket"
LONG = 130
"""Samples: two to four hours by the minute, or three days by the half hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Values are in promtool's notation; every series goes on for `LONG` samples."""

    alert: str
    fires: dict[str, str]
    quiet: dict[str, str]
    severity: str = TICKET
    interval: str = "1m"
    at: str = field(default="")

    @property
    def eval_time(self) -> str:
        """When somebody must have been told, if ever."""
        return self.at or {"1m": "20m", "2m": "80m", "30m": "64h"}[self.interval]


def steady(step: float, start: float = 0) -> str:
    """A counter that grows by so much with each sample."""
    return f"{start:g}+{step:g}x{LONG}"


def still(value: float) -> str:
    """A gauge that stays."""
    return f"{value:g}x{LONG}"


def first_seen(value: float, at: int) -> str:
    """A counter that was not there before, as those with labels and those of new processes."""
    return f"_x{at} {still(value)}"


COUNT = 'desk_offer_delay_seconds_count{job="desk"}'
IN_TIME = 'desk_offer_delay_seconds_bucket{job="desk",le="1.0"}'
ARRIVED = 'analytics_contacts_arrived_total{instance="%s",workspace="main",channel="chat"}'
UNANSWERED = 'analytics_records_unanswered_total{instance="%s"}'
PARKED = 'router_parked_total{job="router"}'
CUT_OFF = 'ingest_voice_calls_lost_total{job="v"}'
TURNED_AWAY = 'ingest_digital_chat_refused_total{reason="%s"}'
FRAMES = 'ingest_digital_chat_frames_total{type="say",outcome="%s"}'
CALLS = 'grpc_server_calls_total{job="crm",method="/m",code="%s"}'
SLOW = {COUNT: steady(60), IN_TIME: steady(30)}
QUICK = {COUNT: steady(60), IN_TIME: steady(60)}
LOST = {
    ARRIVED % "a": steady(10),
    ARRIVED % "b": steady(10),
    UNANSWERED % "a": steady(1),
    UNANSWERED % "b": steady(1),
}
REFUSING = {FRAMES % "ok": steady(30), FRAMES % "try_again": steady(30)}
FAILING = {CALLS % "OK": steady(30), CALLS % "INTERNAL": steady(30)}
UP = 'up{job="%s",instance="a"}'
ALL_UP = {UP % job: still(1) for job in JOBS}
STARTED = 'process_start_time_seconds{job="crm",instance="a"}'
LATE = "event_loop_late_seconds_bucket"

CASES = (
    Case(alert="TimeToOfferTooSlow", severity=PAGE, interval="2m", fires=SLOW, quiet=QUICK),
    Case(alert="TimeToOfferTooSlow", interval="30m", fires=SLOW, quiet=QUICK),
    Case(
        alert="TimeToOfferTooSlow",
        severity=PAGE,
        interval="2m",
        fires=SLOW,
        # Ten offers an hour, all late: too few to wake somebody.
        quiet={COUNT: steady(0.1), IN_TIME: still(0)},
    ),
    Case(
        alert="ContactsLost",
        severity=PAGE,
        interval="2m",
        fires=LOST,
        # What is parked is not lost, and analytics does not count it as that.
        quiet={ARRIVED % "a": steady(10), PARKED: steady(1)},
    ),
    Case(alert="ContactsLost", interval="30m", fires=LOST, quiet={ARRIVED % "a": steady(10)}),
    Case(
        alert="ContactsLost",
        severity=PAGE,
        interval="2m",
        fires={ARRIVED % "a": steady(10), CUT_OFF: steady(1)},
        quiet={ARRIVED % "a": steady(10), CUT_OFF: still(3)},
    ),
    Case(
        alert="ContactsLost",
        severity=PAGE,
        interval="2m",
        # The node died, and the calls with it: another process says so when it begins.
        fires={ARRIVED % "a": steady(10), CUT_OFF: first_seen(40, 37)},
        quiet={ARRIVED % "a": steady(10), CUT_OFF: first_seen(0, 37)},
    ),
    Case(
        alert="IntakeRefuses",
        severity=PAGE,
        interval="2m",
        fires=REFUSING,
        quiet={FRAMES % "ok": steady(30), FRAMES % "invalid": steady(30)},
    ),
    Case(
        alert="IntakeRefuses",
        severity=PAGE,
        interval="2m",
        fires={FRAMES % "ok": steady(30), TURNED_AWAY % "full": steady(30)},
        quiet={FRAMES % "ok": steady(30), TURNED_AWAY % "origin": steady(30)},
    ),
    Case(alert="IntakeRefuses", interval="30m", fires=REFUSING, quiet={FRAMES % "ok": steady(30)}),
    Case(
        alert="CallsFail",
        severity=PAGE,
        interval="2m",
        fires=FAILING,
        quiet={CALLS % "OK": steady(30), CALLS % "NOT_FOUND": steady(30)},
    ),
    Case(alert="CallsFail", interval="30m", fires=FAILING, quiet={CALLS % "OK": steady(30)}),
    Case(
        alert="ServiceDown",
        severity=PAGE,
        fires={'up{job="crm",instance="a"}': still(0)},
        quiet={'up{job="crm",instance="a"}': still(1)},
    ),
    Case(
        alert="ServiceMissing",
        severity=PAGE,
        fires=ALL_UP | {UP % "crm": f"1x5 _x{LONG}"},
        # One that is there and does not answer is down, not missing.
        quiet=ALL_UP | {UP % "crm": still(0)},
    ),
    Case(
        alert="ServiceRestarts",
        severity=PAGE,
        fires={STARTED: "100x5 200x3 300x3 400x3 500x3 500x20"},
        quiet={STARTED: "100x9 200x120", STARTED.replace("crm", "another"): steady(60)},
    ),
    Case(
        alert="RouterMissing",
        severity=PAGE,
        fires={'up{job="router"}': still(0)},
        quiet={'up{job="router"}': still(1)},
    ),
    Case(
        alert="RouterStandsStill",
        severity=PAGE,
        fires={"router_input_lag_records": still(7), "router_steps_total": still(99)},
        quiet={"router_input_lag_records": still(7), "router_steps_total": steady(9)},
    ),
    Case(
        alert="TimersStuck",
        severity=PAGE,
        fires={'router_timer_overdue_seconds{workspace="main"}': still(60)},
        quiet={
            'router_timer_overdue_seconds{workspace="main"}': still(1),
            "self_service_deadline_overdue_seconds": still(1),
        },
    ),
    Case(
        alert="StatesWithoutTimer",
        severity=PAGE,
        fires={'router_states_without_timer{workspace="main"}': still(1)},
        quiet={'router_states_without_timer{workspace="main"}': still(0)},
    ),
    Case(
        alert="RecordsUnanswered",
        severity=PAGE,
        # A record that was parked in the same day hides none that was lost.
        fires={UNANSWERED % "a": "0x10 1x120", UNANSWERED % "b": "0x10 1x120", PARKED: steady(1)},
        quiet={UNANSWERED % "a": still(3), UNANSWERED % "b": still(3), PARKED: "0x5 1x125"},
    ),
    Case(
        alert="RecordsDoubled",
        severity=PAGE,
        fires={"analytics_records_doubled_total": steady(1)},
        quiet={"analytics_records_doubled_total": still(4)},
    ),
    Case(
        alert="StepsBehind",
        fires={'consumer_lag_records{job="desk",group="g",topic="routing-events.v1"}': still(501)},
        quiet={
            'consumer_lag_records{job="desk",group="g",topic="routing-events.v1"}': still(500),
            'consumer_lag_records{job="crm",group="g",topic="message-events.v1"}': still(900),
        },
    ),
    Case(
        alert="ConsumerLags",
        fires={'consumer_lag_seconds{job="crm",group="g",topic="t"}': still(31)},
        quiet={'consumer_lag_seconds{job="crm",group="g",topic="t"}': still(29)},
    ),
    Case(
        alert="EngineTimeBehind",
        fires={'router_engine_lag_seconds{workspace="main"}': still(61)},
        quiet={'router_engine_lag_seconds{workspace="main"}': "600-60x9 0x120"},
    ),
    Case(
        alert="DeadLetters",
        fires={'consumer_parked_total{job="crm",topic="t",group="g"}': steady(1)},
        quiet={'consumer_parked_total{job="crm",topic="t",group="g"}': still(5)},
    ),
    Case(alert="DeadLetters", fires={PARKED: steady(1)}, quiet={PARKED: still(5)}),
    Case(
        alert="DeadLetters",
        fires={'consumer_parked_total{job="crm",topic="t",group="g"}': first_seen(1, 15)},
        # Told once, a quarter of an hour long.
        quiet={'consumer_parked_total{job="crm",topic="t",group="g"}': first_seen(1, 3)},
    ),
    Case(
        alert="RebalanceStorm",
        fires={'consumer_rebalances_total{job="crm",group="g"}': steady(1)},
        quiet={'consumer_rebalances_total{job="crm",group="g"}': steady(0.2)},
    ),
    Case(
        alert="RecordsNotWritten",
        fires={'producer_records_total{job="desk",topic="t",outcome="unknown"}': steady(1)},
        quiet={'producer_records_total{job="desk",topic="t",outcome="ok"}': steady(1)},
    ),
    Case(
        alert="RecordsNotWritten",
        fires={'producer_records_total{job="desk",topic="t",outcome="refused"}': first_seen(9, 17)},
        quiet={'producer_records_total{job="desk",topic="t",outcome="ok"}': first_seen(9, 17)},
    ),
    Case(
        alert="DatabasePoolExhausted",
        fires={
            'postgres_pool_connections{job="crm",instance="a",state="used"}': still(8),
            'postgres_pool_limit{job="crm",instance="a"}': still(8),
        },
        quiet={
            'postgres_pool_connections{job="crm",instance="a",state="used"}': still(7),
            'postgres_pool_limit{job="crm",instance="a"}': still(8),
        },
    ),
    Case(
        alert="DatabaseAway",
        fires={'postgres_unavailable_total{job="crm"}': steady(3)},
        quiet={'postgres_unavailable_total{job="crm"}': steady(0.5)},
    ),
    Case(
        alert="FlowsBroken",
        fires={'self_service_flow_files{state="broken"}': still(1)},
        quiet={
            'self_service_flow_files{state="broken"}': still(0),
            'self_service_flow_files{state="good"}': still(3),
            'self_service_fallbacks_total{reason="r"}': still(3),
        },
    ),
    Case(
        alert="FlowsBroken",
        fires={'self_service_fallbacks_total{reason="r"}': first_seen(1, 15)},
        quiet={'self_service_flows_started_total{flow="f"}': first_seen(1, 15)},
    ),
    Case(
        alert="FlowsBroken",
        fires={'self_service_stranded_total{reason="r"}': first_seen(1, 15)},
        quiet={'self_service_stranded_total{reason="r"}': first_seen(0, 15)},
    ),
    Case(
        alert="MailOutcomeUnknown",
        fires={'ingest_digital_mails_sent_total{outcome="unknown"}': steady(1)},
        quiet={'ingest_digital_mails_sent_total{outcome="sent"}': steady(1)},
    ),
    Case(
        alert="MailOutcomeUnknown",
        fires={'ingest_digital_mails_sent_total{outcome="unknown"}': first_seen(2, 10)},
        quiet={'ingest_digital_mails_sent_total{outcome="sent"}': first_seen(2, 10)},
    ),
    Case(
        alert="AuditLost",
        fires={'grpc_server_audit_lost_total{job="desk"}': "0x10 1x120"},
        quiet={'grpc_server_audit_lost_total{job="desk"}': still(7)},
    ),
    Case(
        alert="LoopLate",
        fires={
            f'{LATE}{{job="desk",le="0.25"}}': steady(10),
            f'{LATE}{{job="desk",le="0.5"}}': steady(100),
            f'{LATE}{{job="desk",le="+Inf"}}': steady(100),
        },
        quiet={
            f'{LATE}{{job="desk",le="0.25"}}': steady(100),
            f'{LATE}{{job="desk",le="0.5"}}': steady(100),
            f'{LATE}{{job="desk",le="+Inf"}}': steady(100),
        },
    ),
)
