"""Every service the same way: rate, errors and time of calls and topics, use of pools."""

from deploy.observability.panels import RATE, Board, Panel, Query


def _rate(name: str, by: str, where: str = "") -> Query:
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(","))
    return Query(f"sum by ({by}) (rate({name}{where}[{RATE}])) or vector(0)", legend)


def _p99(name: str, by: str) -> Query:
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(","))
    return Query(
        f"histogram_quantile(0.99, sum by (le, {by}) (rate({name}_bucket[{RATE}])))", legend
    )


CALLS = (
    Panel(
        title="Calls by service and code",
        says="gRPC calls that ended.",
        unit="ops",
        queries=[_rate("grpc_server_calls_total", "job, code")],
    ),
    Panel(
        title="Calls that failed",
        says="UNAVAILABLE, INTERNAL, UNKNOWN and DEADLINE_EXCEEDED are ours to explain.",
        unit="ops",
        queries=[
            _rate(
                "grpc_server_calls_total",
                "method, code",
                '{code=~"UNAVAILABLE|INTERNAL|UNKNOWN|DEADLINE_EXCEEDED"}',
            )
        ],
    ),
    Panel(
        title="Time of calls, p99",
        says="Unary ones, by method. A diamond leads to a trace.",
        unit="s",
        queries=[_p99("grpc_server_call_seconds", "method")],
    ),
    Panel(
        title="Open streams",
        says="Agents and boards.",
        unit="short",
        queries=[Query("sum by (method) (grpc_server_open_streams)", "{{method}}")],
    ),
    Panel(
        title="Services that answer",
        says="Processes by service.",
        unit="short",
        queries=[Query("sum by (job) (up)", "{{job}}")],
    ),
    Panel(
        title="Log lines by level",
        says="ERROR and CRITICAL should be rare.",
        unit="ops",
        queries=[_rate("log_lines_total", "job, level", '{level!="INFO"}')],
    ),
)
TOPICS = (
    Panel(
        title="Records handled",
        says="By group and topic; flat while lag rises: stuck.",
        unit="ops",
        queries=[_rate("consumer_records_total", "group, topic")],
    ),
    Panel(
        title="Records behind",
        says="For routing-events.v1: steps behind.",
        unit="short",
        queries=[Query("max by (group, topic) (consumer_lag_records)", "{{group}} {{topic}}")],
    ),
    Panel(
        title="Seconds behind",
        says="Age of the record in hand while others wait.",
        unit="s",
        queries=[Query("max by (group, topic) (consumer_lag_seconds)", "{{group}} {{topic}}")],
        red_from=30,
    ),
    Panel(
        title="Time of a record or batch, p99",
        says="By group.",
        unit="s",
        queries=[_p99("consumer_handle_seconds", "group")],
    ),
    Panel(
        title="Dead letters, since the start",
        says="Records that nobody could understand.",
        unit="short",
        queries=[
            Query("sum by (job) (consumer_parked_total) or vector(0)", "{{job}}"),
            Query("sum by (job) (router_parked_total)", "{{job}}"),
        ],
    ),
    Panel(
        title="Rebalances and repeated tries",
        says="Partitions that moved; handlers that waited for something that was away.",
        unit="short",
        queries=[
            Query("sum by (group) (consumer_rebalances_total) or vector(0)", "moved {{group}}"),
            Query("sum by (group) (consumer_handle_retries_total) or vector(0)", "tries {{group}}"),
        ],
    ),
)
KAFKA = (
    Panel(
        title="Records written",
        says="By topic.",
        unit="ops",
        queries=[_rate("producer_records_total", "topic")],
    ),
    Panel(
        title="Records not written",
        says="Refused, or of unknown outcome: Kafka is away or slow.",
        unit="ops",
        queries=[_rate("producer_records_total", "job, outcome", '{outcome!="ok"}')],
    ),
    Panel(
        title="Until Kafka has a record, p99",
        says="From send to acknowledgement.",
        unit="s",
        queries=[_p99("producer_send_seconds", "job")],
    ),
    Panel(
        title="Records in flight",
        says="Not acknowledged yet.",
        unit="short",
        queries=[Query("sum by (job) (producer_in_flight_records)", "{{job}}")],
    ),
    Panel(
        title="Bytes in flight",
        says="At the limit further records are refused.",
        unit="bytes",
        queries=[Query("sum by (job) (producer_in_flight_bytes)", "{{job}}")],
    ),
)
POOLS = (
    Panel(
        title="Connections to Postgres in use",
        says="Of those that the pool may open.",
        unit="percentunit",
        queries=[
            Query(
                'sum by (job) (postgres_pool_connections{state="used"})'
                " / sum by (job) (postgres_pool_limit)",
                "{{job}}",
            )
        ],
        red_from=1,
    ),
    Panel(
        title="Until a connection was free, p99",
        says="Rises when the pool is too small or Postgres slow.",
        unit="s",
        queries=[_p99("postgres_pool_acquire_seconds", "job")],
    ),
    Panel(
        title="Postgres away",
        says="Times that it did not answer.",
        unit="ops",
        queries=[_rate("postgres_unavailable_total", "job")],
    ),
    Panel(
        title="Processor",
        says="Cores in use.",
        unit="short",
        queries=[_rate("process_cpu_seconds_total", "job")],
    ),
    Panel(
        title="Memory",
        says="Resident.",
        unit="bytes",
        queries=[Query("sum by (job) (process_resident_memory_bytes)", "{{job}}")],
    ),
    Panel(
        title="Event loop late, p99",
        says="Above 0.1 s everything in the process waits for something.",
        unit="s",
        queries=[_p99("event_loop_late_seconds", "job")],
        red_from=0.1,
    ),
)

BOARD = Board(
    uid="contact-center-platform",
    title="Contact center: platform",
    says="Every service the same way: rate, errors and time of calls and topics, use of pools.",
    rows=(("Calls", CALLS), ("Topics", TOPICS), ("Kafka", KAFKA), ("Pools", POOLS)),
    by_workspace=False,
)
