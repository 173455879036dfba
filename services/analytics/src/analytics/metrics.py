"""What an operator of analytics itself wants to know; the numbers are in exposition.py."""

from prometheus_client import Counter, Gauge, Histogram

STEPS = Counter("analytics_steps_total", "Routing steps folded in; flat while lag rises: stuck.")
FOLD_SECONDS = Histogram(
    "analytics_fold_seconds",
    "Time to read and fold one batch of steps.",
    buckets=(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0),
)
CHECKPOINTS = Counter(
    "analytics_checkpoints_total",
    "Checkpoints by outcome; failed ones only make the next start longer.",
    ["outcome"],
)
UNANSWERED = Counter(
    "analytics_records_unanswered_total",
    "Records of the log that no step answers, and that were not parked either. Must be 0.",
)
DOUBLED = Counter(
    "analytics_records_doubled_total", "Records of the log that two steps answer. Must be 0."
)
WATCHES = Gauge("analytics_watches", "Boards that are being watched.")
