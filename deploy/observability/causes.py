"""Alerts on causes: what is broken before, or beside, what customers feel."""

from dataclasses import dataclass

from deploy.observability.configs import JOBS
from deploy.observability.objectives import new_series

PAGE, TICKET = "page", "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """`lasts`: how long it must be so before somebody is told."""

    alert: str
    severity: str
    expr: str
    lasts: str
    summary: str


def counted(selector: str, window: str, by: str = "") -> str:
    """Whether anything was counted in the window, also by a series that is new in it."""
    grown, new = f"increase({selector}[{window}])", new_series(selector, window)
    return "\nor ".join(f"sum{by and f' by ({by})'} ({one}) > 0" for one in (grown, new))


# The router has a page of its own, because nobody is served without it.
NEEDED = [job for job in JOBS if job != "router"]
UNANSWERED = "analytics_records_unanswered_total"

CAUSES = (
    Cause(
        alert="ServiceDown",
        severity=PAGE,
        expr="up == 0",
        lasts="2m",
        summary="{{ $labels.job }} ({{ $labels.instance }}) does not answer",
    ),
    Cause(
        alert="ServiceMissing",
        severity=PAGE,
        # A pod that cannot start is no target: there is nothing that would not answer.
        expr="\nor ".join(f'absent(up{{job="{job}"}})' for job in NEEDED),
        lasts="2m",
        summary="No process of {{ $labels.job }} is there at all",
    ),
    Cause(
        alert="ServiceRestarts",
        severity=PAGE,
        # Up for moments, again and again, it is never away for long enough to be called down.
        expr='changes(process_start_time_seconds{job=~"' + "|".join(JOBS) + '"}[15m]) > 3',
        lasts="0m",
        summary="{{ $labels.job }} ({{ $labels.instance }}) ends and starts again and again",
    ),
    Cause(
        alert="RouterMissing",
        severity=PAGE,
        expr='absent(up{job="router"} == 1)',
        lasts="1m",
        summary="No router runs: contacts wait, nobody is offered anything",
    ),
    Cause(
        alert="RouterStandsStill",
        severity=PAGE,
        expr="sum(router_input_lag_records) > 0 and sum(rate(router_steps_total[1m])) == 0",
        lasts="1m",
        summary="Records wait for the router and none is applied",
    ),
    Cause(
        alert="TimersStuck",
        severity=PAGE,
        expr="max by (workspace) (router_timer_overdue_seconds) > 30\n"
        "or max(self_service_deadline_overdue_seconds) > 60",
        lasts="1m",
        summary="Deadlines do not fire: offers do not time out, flows do not go on",
    ),
    Cause(
        alert="StatesWithoutTimer",
        severity=PAGE,
        expr="max by (workspace) (router_states_without_timer) > 0",
        lasts="1m",
        summary="Contacts, offers or agents of {{ $labels.workspace }} that nothing will ever end",
    ),
    Cause(
        alert="RecordsUnanswered",
        severity=PAGE,
        expr=f"sum(max without (instance, pod) (increase({UNANSWERED}[1h]))) > 0.5",
        lasts="0m",
        summary="Records of the log that the router never answered: somebody may wait for ever",
    ),
    Cause(
        alert="RecordsDoubled",
        severity=PAGE,
        expr="sum(max without (instance, pod)"
        " (increase(analytics_records_doubled_total[15m]))) > 0",
        lasts="0m",
        summary="Records of the log were answered twice: two agents may have one contact",
    ),
    Cause(
        alert="StepsBehind",
        severity=TICKET,
        expr='max by (job, group) (consumer_lag_records{topic="routing-events.v1"}) > 500',
        lasts="5m",
        summary="{{ $labels.group }} is {{ $value }} routing steps behind",
    ),
    Cause(
        alert="ConsumerLags",
        severity=TICKET,
        expr="max by (job, topic, group) (consumer_lag_seconds) > 30",
        lasts="5m",
        summary="{{ $labels.group }} is {{ $value }} s behind in {{ $labels.topic }}",
    ),
    Cause(
        alert="EngineTimeBehind",
        severity=TICKET,
        expr="max by (workspace) (router_engine_lag_seconds) > 60",
        lasts="10m",
        summary="Timers of {{ $labels.workspace }} run {{ $value }} s late after an outage",
    ),
    Cause(
        alert="DeadLetters",
        severity=TICKET,
        expr=counted("consumer_parked_total", "15m", "job")
        + "\nor "
        + counted("router_parked_total", "15m", "job"),
        lasts="0m",
        summary="{{ $labels.job }} put records aside that it could not understand",
    ),
    Cause(
        alert="RebalanceStorm",
        severity=TICKET,
        expr="sum by (job) (increase(consumer_rebalances_total[15m])) > 6\n"
        "or sum by (job) (increase(router_rebalances_total[15m])) > 6",
        lasts="0m",
        summary="Partitions of {{ $labels.job }} move again and again",
    ),
    Cause(
        alert="RecordsNotWritten",
        severity=TICKET,
        expr=counted('producer_records_total{outcome!="ok"}', "5m", "job"),
        lasts="2m",
        summary="{{ $labels.job }} cannot write to Kafka in time",
    ),
    Cause(
        alert="DatabasePoolExhausted",
        severity=TICKET,
        expr='postgres_pool_connections{state="used"}\n'
        ">= on (job, instance) group_left postgres_pool_limit",
        lasts="2m",
        summary="{{ $labels.job }} uses every connection to Postgres that it may open",
    ),
    Cause(
        alert="DatabaseAway",
        severity=TICKET,
        expr="sum by (job) (increase(postgres_unavailable_total[5m])) > 5",
        lasts="2m",
        summary="Postgres does not answer {{ $labels.job }}",
    ),
    Cause(
        alert="FlowsBroken",
        severity=TICKET,
        expr=counted("self_service_fallbacks_total", "15m")
        + "\nor "
        + counted("self_service_stranded_total", "15m")
        + '\nor max(self_service_flow_files{state="broken"}) > 0',
        lasts="0m",
        summary="Customers are not served by their flow, or a flow file is broken",
    ),
    Cause(
        alert="MailOutcomeUnknown",
        severity=TICKET,
        expr=counted('ingest_digital_mails_sent_total{outcome="unknown"}', "1h"),
        lasts="0m",
        summary="Mails of which nobody knows whether the customer got them",
    ),
    Cause(
        alert="AuditLost",
        severity=TICKET,
        expr=counted("grpc_server_audit_lost_total", "15m", "job"),
        lasts="0m",
        summary="{{ $labels.job }} let people see what the audit log does not know of",
    ),
    Cause(
        alert="LoopLate",
        severity=TICKET,
        expr="histogram_quantile(0.9, sum by (job, le)"
        " (rate(event_loop_late_seconds_bucket[5m]))) > 0.25",
        lasts="5m",
        summary="{{ $labels.job }} has too much to do: everything in it waits",
    ),
)
