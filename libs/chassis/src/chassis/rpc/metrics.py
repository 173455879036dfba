"""What each method is asked and how it answers."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CALLS = Counter(
    "grpc_server_calls_total",
    "Calls that ended; UNAVAILABLE and INTERNAL are ours to explain.",
    ["method", "code"],
)
CALL_SECONDS = Histogram(
    "grpc_server_call_seconds", "Time of one unary call.", ["method"], buckets=SECONDS
)
OPEN_STREAMS = Gauge("grpc_server_open_streams", "Streams that are open now.", ["method"])
AUDIT_LOST = Counter(
    "grpc_server_audit_lost_total",
    "Refusals, and what an agent's stream showed, that are missing in the audit log because Kafka "
    "did not take them; other calls are not answered then.",
)
REFUSED = Counter(
    "grpc_server_refused_total",
    "Calls refused before they reached us, by what is wrong with the token, or `undecodable`: "
    "bytes that are no request; rises in an attack, and when an issuer's or a client's settings "
    "are wrong.",
    ["reason"],
)
