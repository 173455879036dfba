"""What an operator of the phone service watches."""

from prometheus_client import Counter, Gauge, Histogram

CALLS = Counter(
    "ingest_voice_calls_total",
    "Calls offered, by what became of the offer; log_away and no_key rise in an outage, "
    "stack_failed when the SIP stack has no ports or files left.",
    ["outcome"],
)
SIP_UNDECODABLE = Counter(
    "ingest_voice_sip_undecodable_total", "Datagrams at the SIP port that are no SIP; dropped."
)
LIVE_CALLS = Gauge("ingest_voice_live_calls", "Customers on the line, or being answered.")
AGENT_LEGS = Counter(
    "ingest_voice_agent_legs_total",
    "Agents' phones called, by outcome; unreachable rises when phones are off or addresses wrong.",
    ["outcome"],
)
ORDERS = Counter(
    "ingest_voice_orders_total", "Commands and decisions carried out on calls held here.", ["order"]
)
ORDERS_EXPIRED = Counter(
    "ingest_voice_orders_expired_total", "Commands that came too late and were dropped."
)
OUTBOX_WAITING = Gauge(
    "ingest_voice_outbox_waiting", "Facts not yet in the log; grows while Kafka is away."
)
RECORDINGS_LOST = Counter(
    "ingest_voice_recordings_lost_total", "Recordings that could not be kept whole on disk."
)
CALLS_LOST = Counter(
    "ingest_voice_calls_lost_total", "Calls that a crash ended; told as failed at the next start."
)
MEDIA_LATENESS = Histogram(
    "ingest_voice_media_lateness_seconds",
    "How late the 20 ms clock of the audio runs; above 0.1 s callers hear gaps.",
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
)
SPEECH_FALLBACKS = Counter(
    "ingest_voice_speech_fallbacks_total", "Prompts played as tones because no voice was to be had."
)
