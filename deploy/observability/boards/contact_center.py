"""What customers and agents feel: the board for the floor and for whoever is on call."""

from deploy.observability.panels import RATE, Board, Panel, Query

OF = 'workspace=~"$workspace"'
REPLICAS = "instance, pod"


def _rate(name: str, by: str, also: str = "") -> str:
    return f"sum by ({by}) (max without ({REPLICAS}) (rate({name}{{{OF}{also}}}[{RATE}])))"


def _now(name: str, by: str, also: str = "") -> str:
    return f"sum by ({by}) (max without ({REPLICAS}) ({name}{{{OF}{also}}}))"


def _share(name: str) -> str:
    return f'max by (queue) ({name}{{{OF},channel="all"}})'


def _quantile(share: float, name: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {_rate(f'{name}_bucket', labels)})"


NOW = (
    Panel(
        title="Waiting",
        says="Customers in queues now.",
        unit="short",
        queries=[Query(_now("analytics_visits_waiting", "workspace"), "{{workspace}}")],
        is_stat=True,
        width=4,
    ),
    Panel(
        title="Longest wait",
        says="How long the customer has waited who waits longest.",
        unit="s",
        queries=[Query(f'max(analytics_longest_wait_seconds{{{OF},channel="all"}})')],
        is_stat=True,
        red_from=300,
        width=4,
    ),
    Panel(
        title="Open contacts",
        says="Contacts that came and have not ended.",
        unit="short",
        queries=[Query(_now("analytics_contacts_open", "workspace"), "{{workspace}}")],
        is_stat=True,
        width=4,
    ),
    Panel(
        title="Lost, ever",
        says="Records of the log without an answer, and calls that a crash ended. Must be 0.",
        unit="short",
        queries=[
            Query(
                "max(analytics_records_unanswered_total)"
                " + (sum(ingest_voice_calls_lost_total) or vector(0))"
            )
        ],
        is_stat=True,
        red_from=1,
        width=4,
    ),
    Panel(
        title="Doubled, ever",
        says="Records of the log with two answers. Must be 0.",
        unit="short",
        queries=[Query("max(analytics_records_doubled_total)")],
        is_stat=True,
        red_from=1,
        width=4,
    ),
    Panel(
        title="Agents who can take one more",
        says="Signed in, available and with a free slot.",
        unit="short",
        queries=[
            Query(_now("analytics_agents", "workspace", ',state="routable"'), "{{workspace}}")
        ],
        is_stat=True,
        width=4,
    ),
)
SERVICE = (
    Panel(
        title="Service level by queue",
        says="Answered within the target, of the cohort since the log began; between its bounds.",
        unit="percentunit",
        queries=[
            Query(_share("analytics_service_level_lower"), "{{queue}} at least"),
            Query(_share("analytics_service_level_upper"), "{{queue}} at most"),
        ],
    ),
    Panel(
        title="Abandon ratio by queue",
        says="Visits whose customer left, of all that entered; net: without short ones.",
        unit="percentunit",
        queries=[
            Query(_share("analytics_abandon_ratio"), "{{queue}}"),
            Query(_share("analytics_abandon_net_ratio"), "{{queue}} net"),
        ],
    ),
    Panel(
        title="Wait of who was answered",
        says="Median and 90th percentile.",
        unit="s",
        queries=[
            Query(_quantile(0.5, "analytics_answer_wait_seconds"), "median"),
            Query(_quantile(0.9, "analytics_answer_wait_seconds"), "p90"),
        ],
    ),
    Panel(
        title="Customers' time to offer",
        says="From the entry into a queue to the first offer: rises when agents are too few.",
        unit="s",
        queries=[
            Query(_quantile(0.5, "analytics_time_to_offer_seconds"), "median"),
            Query(_quantile(0.9, "analytics_time_to_offer_seconds"), "p90"),
        ],
    ),
    Panel(
        title="Offer to accept",
        says="How long agents take to accept.",
        unit="s",
        queries=[
            Query(_quantile(0.5, "analytics_offer_to_accept_seconds"), "median"),
            Query(_quantile(0.9, "analytics_offer_to_accept_seconds"), "p90"),
        ],
    ),
    Panel(
        title="Offers by outcome",
        says="Many missed: agents do not answer. Withdrawn: the customer left first.",
        unit="ops",
        queries=[Query(_rate("analytics_offers_total", "outcome"), "{{outcome}}")],
    ),
)
WORK = (
    Panel(
        title="Contacts arriving",
        says="By channel.",
        unit="ops",
        queries=[Query(_rate("analytics_contacts_arrived_total", "channel"), "{{channel}}")],
    ),
    Panel(
        title="Contacts ending, by cause",
        says="Failed and expired are the bad ones.",
        unit="ops",
        queries=[Query(_rate("analytics_contacts_ended_total", "cause"), "{{cause}}")],
    ),
    Panel(
        title="How visits end",
        says="Answered, abandoned, moved …",
        unit="ops",
        queries=[Query(_rate("analytics_visits_exited_total", "exit"), "{{exit}}")],
    ),
    Panel(
        title="Agents by state",
        says="Routable ones can take a contact; the others say why not.",
        unit="short",
        queries=[Query(_now("analytics_agents", "state"), "{{state}}")],
    ),
    Panel(
        title="Occupancy by team",
        says="Time with a contact, of that and routable idle time.",
        unit="percentunit",
        queries=[Query(f"max by (team) (analytics_occupancy{{{OF}}})", "{{team}}")],
    ),
    Panel(
        title="Handle time",
        says="Talk, hold and wrap-up of an agent's leg.",
        unit="s",
        queries=[
            Query(_quantile(0.5, "analytics_handle_seconds"), "median"),
            Query(_quantile(0.9, "analytics_handle_seconds"), "p90"),
        ],
    ),
)

BOARD = Board(
    uid="contact-center",
    title="Contact center",
    says="What customers and agents feel. Definitions: docs/metrics.md.",
    rows=(("Now", NOW), ("Service", SERVICE), ("Work", WORK)),
)
