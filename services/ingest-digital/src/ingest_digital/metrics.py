"""What operators can see of web chat and mail."""

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge(
    "ingest_digital_chat_sockets", "Open chat windows of this replica. Falls when clients go away."
)
CONVERSATIONS = Gauge(
    "ingest_digital_chat_conversations",
    "Conversations in memory. At its limit the oldest ones cannot be resumed any more.",
)
FRAMES = Counter(
    "ingest_digital_chat_frames_total",
    "Frames from browsers by type and outcome. try_again rises while Kafka or the keys are away.",
    ["type", "outcome"],
)
CLOSED = Counter(
    "ingest_digital_chat_closed_total",
    "Chat sockets that this side closed, by close code. 4xxx rise with bad or hostile clients.",
    ["code"],
)
CHAT_REFUSED = Counter(
    "ingest_digital_chat_refused_total",
    "Browsers turned away before a chat began, by reason: full is ours to mend; origin, path and "
    "handshake rise with foreign pages and scanners.",
    ["reason"],
)
ACCEPT_SECONDS = Histogram(
    "ingest_digital_chat_accept_seconds",
    "From a frame to its answer: what the customer waits until Kafka has a start or a message.",
    ["type"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ABANDONED = Counter(
    "ingest_digital_chat_abandoned_total", "Chats ended because no window was open for too long."
)
MAILS_IN = Counter(
    "ingest_digital_mails_received_total",
    "Mails by outcome. try_again rises while Kafka, Postgres, the keys or the store are away.",
    ["outcome"],
)
MAIL_REFUSED = Counter(
    "ingest_digital_mails_refused_total",
    "Mails refused before they were read, by reason. Rises with wrong addresses or large files;"
    " not_understood: commands out of place, lines too long, or what is no SMTP.",
    ["reason"],
)
MAIL_DEFECTS = Counter(
    "ingest_digital_mail_defects_total", "Mails whose MIME was broken and read as far as possible."
)
MAIL_SECONDS = Histogram(
    "ingest_digital_mail_accept_seconds",
    "From the end of DATA to the answer: store, Postgres and Kafka together.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
SECURITY = Counter(
    "ingest_digital_security_events_total",
    "Forged tokens, and mails that repeat a Message-ID with other content. Look at the log.",
    ["kind"],
)
MAILS_OUT = Counter(
    "ingest_digital_mails_sent_total",
    "Results of our own mails. unknown: somebody must look whether the customer got it.",
    ["outcome"],
)
MAILS_WAITING = Gauge(
    "ingest_digital_mails_waiting", "Our own mails without a result. Rises while the relay is away."
)
