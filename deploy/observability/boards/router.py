"""The router: does it decide, how fast, how far is it behind, and is its time right."""

from deploy.observability.panels import RATE, Board, Panel, Query

OF = 'workspace=~"$workspace"'


def _quantile(share: float, name: str) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({name}_bucket[{RATE}])))"


NOW = (
    Panel(
        title="Routers",
        says="Processes that answer.",
        unit="short",
        queries=[Query('sum(up{job="router"})')],
        is_stat=True,
        red_below=1,
        width=6,
    ),
    Panel(
        title="Records waiting",
        says="Of the log, not applied yet, as the broker says.",
        unit="short",
        queries=[Query("sum(router_input_lag_records)")],
        is_stat=True,
        red_from=1000,
        width=6,
    ),
    Panel(
        title="States without a timer",
        says="What nothing would ever end. Must be 0.",
        unit="short",
        queries=[Query(f"sum(router_states_without_timer{{{OF}}})")],
        is_stat=True,
        red_from=1,
        width=6,
    ),
    Panel(
        title="Parked records",
        says="Put aside because no workspace could be made out, since the start.",
        unit="short",
        queries=[Query("sum(router_parked_total)")],
        is_stat=True,
        red_from=1,
        width=6,
    ),
)
DECIDING = (
    Panel(
        title="Steps",
        says="Records applied each second.",
        unit="ops",
        queries=[Query(f"sum by (instance) (rate(router_steps_total[{RATE}]))", "{{instance}}")],
    ),
    Panel(
        title="Time of a step",
        says="From the bytes of a record to the bytes of its step.",
        unit="s",
        queries=[
            Query(_quantile(0.5, "router_step_seconds"), "median"),
            Query(_quantile(0.99, "router_step_seconds"), "p99"),
        ],
    ),
    Panel(
        title="Offers: from the record to the agent's stream",
        says="What the machinery adds to a wait: log, router, log, desk. A diamond leads to a"
        " trace.",
        unit="s",
        queries=[
            Query(_quantile(0.5, "desk_offer_delay_seconds"), "median"),
            Query(_quantile(0.99, "desk_offer_delay_seconds"), "p99"),
        ],
    ),
    Panel(
        title="Decisions by kind",
        says="What is decided.",
        unit="ops",
        queries=[Query(f"sum by (kind) (rate(router_decisions_total[{RATE}]))", "{{kind}}")],
    ),
    Panel(
        title="Records that cannot be applied",
        says="Refused, by reason: writers that know less than the router, or too late.",
        unit="ops",
        queries=[
            Query(
                f"sum by (because) (rate(router_rejected_total[{RATE}])) or vector(0)",
                "{{because}}",
            )
        ],
    ),
    Panel(
        title="Waiting for an agent",
        says="Contacts in queues, not offered, as the router has it.",
        unit="short",
        queries=[Query(f"sum by (workspace) (router_waiting_contacts{{{OF}}})", "{{workspace}}")],
    ),
)
TIME = (
    Panel(
        title="Engine time behind the stamps",
        says="What outages cost, made good by at most 2 s a record.",
        unit="s",
        queries=[Query(f"max by (workspace) (router_engine_lag_seconds{{{OF}}})", "{{workspace}}")],
        red_from=60,
    ),
    Panel(
        title="Earliest deadline overdue",
        says="Above a second: ticks do not reach the log.",
        unit="s",
        queries=[
            Query(f"max by (workspace) (router_timer_overdue_seconds{{{OF}}})", "{{workspace}}")
        ],
        red_from=30,
    ),
    Panel(
        title="Deadlines armed, ticks said",
        says="Ticks move the time where nothing else does.",
        unit="short",
        queries=[
            Query(f"sum(router_pending_timers{{{OF}}})", "armed"),
            Query(f"sum(rate(router_ticks_total[{RATE}]))", "ticks/s"),
        ],
    ),
)
RECOVERY = (
    Panel(
        title="Partitions given anew",
        says="Rebalances since the start; it rises at deployments, else rarely.",
        unit="short",
        queries=[Query("sum by (instance) (router_rebalances_total)", "{{instance}}")],
    ),
    Panel(
        title="Taking a partition over",
        says="Mean time from its assignment to its first new record.",
        unit="s",
        queries=[
            Query(
                "sum(router_recovery_seconds_sum)"
                " / clamp_min(sum(router_recovery_seconds_count), 1)",
                "mean",
            )
        ],
    ),
    Panel(
        title="Snapshots by outcome",
        says="damaged: look at the storage.",
        unit="short",
        queries=[Query("sum by (outcome) (router_snapshots_total)", "{{outcome}}")],
    ),
)

BOARD = Board(
    uid="contact-center-router",
    title="Contact center: router",
    says="Does the router decide, how fast, how far behind, and is its time right.",
    rows=(("Now", NOW), ("Deciding", DECIDING), ("Time", TIME), ("Taking over", RECOVERY)),
)
