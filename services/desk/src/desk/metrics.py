"""What a desk's operator needs to see."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

STREAMS = Gauge("desk_streams", "Agents signed in at this replica.")
STREAMS_ENDED = Counter(
    "desk_streams_ended_total",
    "Streams that ended, by reason; 'broken' rises when the network or a client fails.",
    ["reason"],
)
STREAMS_SLOW = Counter(
    "desk_streams_slow_total", "Streams ended because their client did not read."
)
STREAMS_RESUMED = Counter(
    "desk_streams_started_total",
    "Streams that began, with the missed deltas or a snapshot.",
    ["by"],
)
SIGN_INS_REFUSED = Counter(
    "desk_sign_ins_refused_total", "Streams that could not begin, by reason.", ["reason"]
)
SIGN_IN_SECONDS = Histogram(
    "desk_sign_in_seconds", "From Hello to the router's answer.", buckets=SECONDS
)
OFFERS_SHOWN = Counter("desk_offers_shown_total", "Offers put on agents' streams.")
OFFER_DELAY_SECONDS = Histogram(
    "desk_offer_delay_seconds",
    "From the record that made an offer possible, as the log stamped it, to the offer put on the"
    " agent's stream: what the machinery adds to a customer's wait.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
STEP_TO_STREAM_SECONDS = Histogram(
    "desk_step_to_stream_seconds",
    "From the moment a step was written to the moment its event was written to the stream.",
    buckets=SECONDS,
)
COMMANDS = Counter(
    "desk_commands_total",
    "Commands of agents by outcome; 'unknown' rises when the router does not answer.",
    ["command", "code"],
)
COMMAND_SECONDS = Histogram(
    "desk_command_seconds", "From a command to its result.", ["command"], buckets=SECONDS
)
HEARTBEATS = Counter(
    "desk_heartbeats_total",
    "Signs of life; missed ones make the router think that this replica is dead.",
    ["outcome"],
)
CARDS = Counter(
    "desk_customer_cards_total", "Customer cards shown; 'late' rises when crm is away.", ["outcome"]
)
CONVERSATIONS = Counter(
    "desk_conversations_total",
    "Conversations shown; 'incomplete' rises when crm is away or behind.",
    ["outcome"],
)
UNREADABLE = Counter(
    "desk_messages_unreadable_total",
    "Messages that could not be opened, because their key is destroyed or out of reach.",
    ["why"],
)
