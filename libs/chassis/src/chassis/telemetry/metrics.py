"""How the process itself is, beside what the client library tells of memory and time."""

from prometheus_client import Counter, Histogram

LOOP_LATE = Histogram(
    "event_loop_late_seconds",
    "How late a timer of the event loop fires; above 0.1 s everything here waits for something.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
ADMIN_REFUSED = Counter(
    "admin_refused_total",
    "Requests for /metrics that ADMIN_TOKEN_NEEDED kept out, by code: 401 no token that counts, "
    "403 the wrong role, 503 the issuer's keys are away.",
    ["code"],
)
LOG_LINES = Counter(
    "log_lines_total", "Lines logged, by level; ERROR and CRITICAL should be rare.", ["level"]
)
