"""How the pool of connections to Postgres is used."""

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS = Gauge(
    "postgres_pool_connections",
    "Connections of the pool, by state used or idle; all used for long: too small, or slow.",
    ["state"],
)
MOST_CONNECTIONS = Gauge("postgres_pool_limit", "Most connections that the pool may open.")
ACQUIRE_SECONDS = Histogram(
    "postgres_pool_acquire_seconds",
    "Time until a connection of the pool was free.",
    buckets=(0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0),
)
UNAVAILABLE = Counter(
    "postgres_unavailable_total", "Times that the database was away or gave no connection in time."
)
