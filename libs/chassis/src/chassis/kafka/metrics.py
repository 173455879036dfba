"""What Kafka costs and how far behind we are."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CONSUMED = Counter(
    "consumer_records_total", "Records handled; flat while lag rises: stuck.", ["topic", "group"]
)
PARKED = Counter(
    "consumer_parked_total",
    "Records that could not be understood; look into the dead letters.",
    ["topic", "group"],
)
LAG_RECORDS = Gauge(
    "consumer_lag_records", "Records of our partitions not handled yet.", ["topic", "group"]
)
LAG_SECONDS = Gauge(
    "consumer_lag_seconds", "Age of the record in hand while there is lag.", ["topic", "group"]
)
HANDLE_SECONDS = Histogram(
    "consumer_handle_seconds",
    "Time to handle one record (or one batch).",
    ["topic", "group"],
    buckets=SECONDS,
)
HANDLE_RETRIES = Counter(
    "consumer_handle_retries_total",
    "Tries repeated because something a handler needs was away.",
    ["topic", "group"],
)
REBALANCES = Counter(
    "consumer_rebalances_total", "Partitions taken away; often: unstable members.", ["group"]
)
SENT = Counter(
    "producer_records_total",
    "Records sent, by outcome ok, refused or unknown.",
    ["topic", "outcome"],
)
IN_FLIGHT_RECORDS = Gauge(
    "producer_in_flight_records",
    "Records not acknowledged yet; rises while the broker is slow or away.",
)
IN_FLIGHT_BYTES = Gauge(
    "producer_in_flight_bytes", "Their bytes; at the limit further records are refused."
)
SEND_SECONDS = Histogram(
    "producer_send_seconds", "Time from send to acknowledgement.", ["topic"], buckets=SECONDS
)
