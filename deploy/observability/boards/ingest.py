"""The doors: calls, chats and mails, and the flows behind them."""

from deploy.observability.objectives import OBJECTIVES
from deploy.observability.panels import RATE, Board, Panel, Query

INTAKE = next(one for one in OBJECTIVES if one.name == "intake")


def _rate(name: str, by: str, also: str = "") -> Query:
    expr = f"sum by ({by}) (rate({name}{{{also}}}[{RATE}]))".replace("{}", "")
    return Query(f"{expr} or vector(0)", f"{{{{{by}}}}}")


def _quantile(share: float, name: str) -> Query:
    expr = f"histogram_quantile({share}, sum by (le) (rate({name}_bucket[{RATE}])))"
    return Query(expr, f"p{share * 100:g}")


NOW = (
    Panel(
        title="Not taken",
        says="Share of calls, chat frames and mails refused for a reason of ours.",
        unit="percentunit",
        queries=[Query(INTAKE.recorded(RATE))],
        is_stat=True,
        red_from=INTAKE.budget,
        width=6,
    ),
    Panel(
        title="Calls now",
        says="Customers on the line.",
        unit="short",
        queries=[Query("sum(ingest_voice_live_calls)")],
        is_stat=True,
        width=6,
    ),
    Panel(
        title="Chat windows now",
        says="Open connections of browsers.",
        unit="short",
        queries=[Query("sum(ingest_digital_chat_sockets)")],
        is_stat=True,
        width=6,
    ),
    Panel(
        title="Mails without a result",
        says="Our own mails that the relay has not answered for.",
        unit="short",
        queries=[Query("sum(ingest_digital_mails_waiting)")],
        is_stat=True,
        red_from=50,
        width=6,
    ),
)
DOORS = (
    Panel(
        title="Calls by outcome",
        says="log_away, no_key, journal_failed, full, stack_failed: refused for a reason of ours.",
        unit="ops",
        queries=[_rate("ingest_voice_calls_total", "outcome")],
    ),
    Panel(
        title="Chat frames by outcome",
        says="try_again: Kafka or the keys are away.",
        unit="ops",
        queries=[_rate("ingest_digital_chat_frames_total", "outcome")],
    ),
    Panel(
        title="Browsers turned away",
        says="Before a chat began. full: more than CHAT_MAX_CONNECTIONS; origin: a foreign page.",
        unit="ops",
        queries=[_rate("ingest_digital_chat_refused_total", "reason")],
    ),
    Panel(
        title="Mails by outcome",
        says="try_again, error: the sender's server keeps the mail and comes again.",
        unit="ops",
        queries=[_rate("ingest_digital_mails_received_total", "outcome")],
    ),
    Panel(
        title="Chat: from a frame to its answer",
        says="What a customer waits until Kafka has the message.",
        unit="s",
        queries=[
            _quantile(0.5, "ingest_digital_chat_accept_seconds"),
            _quantile(0.99, "ingest_digital_chat_accept_seconds"),
        ],
    ),
    Panel(
        title="Mail: from its end to the answer",
        says="Store, Postgres and Kafka together.",
        unit="s",
        queries=[
            _quantile(0.5, "ingest_digital_mail_accept_seconds"),
            _quantile(0.99, "ingest_digital_mail_accept_seconds"),
        ],
    ),
    Panel(
        title="Mails that we sent, by result",
        says="unknown: somebody must look whether the customer got it.",
        unit="ops",
        queries=[_rate("ingest_digital_mails_sent_total", "outcome")],
    ),
)
VOICE = (
    Panel(
        title="How late the audio's clock runs",
        says="Above 0.1 s callers hear gaps.",
        unit="s",
        queries=[
            _quantile(0.5, "ingest_voice_media_lateness_seconds"),
            _quantile(0.99, "ingest_voice_media_lateness_seconds"),
        ],
        red_from=0.1,
    ),
    Panel(
        title="Agents' phones, by outcome",
        says="unreachable: off, or a wrong address.",
        unit="ops",
        queries=[_rate("ingest_voice_agent_legs_total", "outcome")],
    ),
    Panel(
        title="Facts of calls not yet in the log",
        says="Grows while Kafka is away.",
        unit="short",
        queries=[Query("sum(ingest_voice_outbox_waiting)", "waiting")],
    ),
)
FLOWS = (
    Panel(
        title="Flows that end, by outcome",
        says="queued: to people. failed: their flow could not go on.",
        unit="ops",
        queries=[_rate("self_service_flows_ended_total", "outcome")],
    ),
    Panel(
        title="Fallbacks and strandings, since the start",
        says="Customers whose flow could not run. Must be 0.",
        unit="short",
        queries=[
            Query("sum(self_service_fallbacks_total) or vector(0)", "to the fallback queue"),
            Query("sum(self_service_stranded_total) or vector(0)", "without a queue"),
        ],
    ),
    Panel(
        title="From arrival to the queue",
        says="Flows that ask nothing.",
        unit="s",
        queries=[
            _quantile(0.5, "self_service_request_seconds"),
            _quantile(0.99, "self_service_request_seconds"),
        ],
    ),
)

BOARD = Board(
    uid="contact-center-ingest",
    title="Contact center: ingest",
    says="The doors: calls, chats and mails, and the flows behind them.",
    rows=(("Now", NOW), ("Doors", DOORS), ("Voice", VOICE), ("Flows", FLOWS)),
    by_workspace=False,
)
