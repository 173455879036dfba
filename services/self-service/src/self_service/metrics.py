"""What operators see of the flows."""

from prometheus_client import Counter, Gauge, Histogram

STARTED = Counter(
    "self_service_flows_started_total", "Contacts whose flow began.", ["flow", "channel"]
)
ENDED = Counter(
    "self_service_flows_ended_total",
    "Flows that ended, by what came of it: queued, resolved, message_taken, left, failed …",
    ["flow", "outcome"],
)
ANSWERS = Counter(
    "self_service_answers_total",
    "Answers to questions: understood, no_match or no_input. Many no_match: a bad question.",
    ["flow", "step", "outcome"],
)
FALLBACKS = Counter(
    "self_service_fallbacks_total",
    "Contacts sent to the fallback queue because their flow could not run. Must be 0.",
    ["reason"],
)
STRANDED = Counter(
    "self_service_stranded_total",
    "Contacts without a flow and without a fallback queue; they wait for their limit. Must be 0.",
    ["reason"],
)
REJECTED = Counter(
    "self_service_rejected_total",
    "Our requests that the router refused. 'repeated' is harmless; others: flow against policy.",
    ["request", "because"],
)
REPEATED = Counter(
    "self_service_repeated_total", "Arrivals of contacts whose flow has begun; harmless."
)
REQUEST_SECONDS = Histogram(
    "self_service_request_seconds",
    "From a contact's arrival in the log to its QueueRequested there, for flows that ask nothing.",
    buckets=(0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
RUNNING = Gauge("self_service_flows_running", "Contacts in a flow now, as this replica counted.")
OVERDUE_SECONDS = Gauge(
    "self_service_deadline_overdue_seconds",
    "Age of the oldest deadline not acted on. Rises: contacts hang in their flow.",
)
FILES = Gauge(
    "self_service_flow_files",
    "Flow files by state: good, broken (an older version runs), missing. Broken must be 0.",
    ["state"],
)
RELOADS = Counter(
    "self_service_flow_reloads_total", "Changed flow files by outcome: good or broken.", ["outcome"]
)
MISMATCHES = Gauge(
    "self_service_flow_policy_mismatches",
    "Queues, skills and attributes named in flows that the active policy does not have. Must be 0.",
)
