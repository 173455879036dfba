"""What the router tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

STEPS = Counter("router_steps_total", "Records applied; stands still when the router does.")
DECISIONS = Counter("router_decisions_total", "Decisions by kind.", ["kind"])
REJECTED = Counter(
    "router_rejected_total", "Rises when writers send what cannot be applied.", ["because"]
)
PARKED = Counter(
    "router_parked_total", "Records of no workspace; look at contact-events.v1.dlq.router."
)
STEP_SECONDS = Histogram(
    "router_step_seconds",
    "From the bytes of a record to the bytes of its step.",
    buckets=(0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 1),
)
ENGINE_LAG = Gauge(
    "router_engine_lag_seconds",
    "How far engine time is behind the last record's stamp: what outages cost, made good slowly.",
    ["workspace"],
)
INPUT_LAG = Gauge(
    "router_input_lag_records", "Records of the log that are not applied yet.", ["partition"]
)
PENDING_TIMERS = Gauge("router_pending_timers", "Deadlines that are armed.", ["workspace"])
STEP_NUMBER = Gauge(
    "router_step_number",
    "The last step of a workspace; readers with a lower one are steps behind.",
    ["workspace"],
)
OVERDUE = Gauge(
    "router_timer_overdue_seconds",
    "How long the earliest deadline should have fired: rises when ticks do not reach the log.",
    ["workspace"],
)
UNGUARDED_SECONDS = Gauge(
    "router_state_without_timer_seconds",
    "For how long there have been states that nothing would ever end; anything but zero is a bug.",
    ["workspace"],
)
REBALANCES = Counter(
    "router_rebalances_total", "Partitions given to this worker anew; often: unstable members."
)
UNGUARDED = Gauge(
    "router_states_without_timer",
    "States that nothing would ever end; anything but zero is a bug.",
    ["workspace"],
)
WAITING = Gauge("router_waiting_contacts", "Contacts in queues, not offered.", ["workspace"])
AGENTS = Gauge("router_agents", "Agents of the roster.", ["workspace"])
SNAPSHOTS = Counter("router_snapshots_total", "Snapshots by outcome.", ["outcome"])
SNAPSHOT_SECONDS = Histogram(
    "router_snapshot_seconds", "How long taking the state of a workspace holds everything up."
)
RECOVERY_SECONDS = Histogram(
    "router_recovery_seconds", "From the assignment of a partition to its first new record."
)
PUBLISHED_AGAIN = Counter(
    "router_steps_published_in_recovery_total", "Steps that were decided and not said before."
)
TICKS = Counter("router_ticks_total", "ClockTicked records appended because a timer was due.")
FOREIGN_OUTPUTS = Counter(
    "router_foreign_outputs_total",
    "Records in the router's own topics that no router wrote: somebody else may write there.",
)
