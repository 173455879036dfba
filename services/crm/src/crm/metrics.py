"""What an operator of crm wants to know."""

from prometheus_client import Counter, Gauge, Histogram

KEYS_LEASED = Counter("crm_keys_leased_total", "Keys given to ingest; stops when nobody calls.")
KEYS_ASKED = Counter(
    "crm_keys_asked_total",
    "Keys asked for by id, by outcome; many not_found: destroyed or foreign keys.",
    ["outcome"],
)
KEYS_TO_REWRAP = Gauge(
    "crm_keys_to_rewrap",
    "Keys that still need one of OLDER_MASTER_KEYS; at 0 these may be taken away.",
)
AUDIT_SEALED = Counter(
    "crm_audit_sealed_total",
    "Audit events sealed into the chain of their workspace; stops when nobody reads or changes.",
)
AUDIT_FOREIGN = Counter(
    "crm_audit_foreign_total",
    "Records that a start found in the audit log and that are no links of ours; must be 0: somebody"
    " else writes there.",
)
IDENTIFIED = Counter(
    "crm_identified_total",
    "Contacts whose customer was said, by outcome new or known.",
    ["outcome"],
)
IDENTIFY_SECONDS = Histogram(
    "crm_identify_seconds",
    "Time of the database work for one contact; flows wait for it.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
PROJECTED = Counter(
    "crm_projected_total", "Records written into the timeline, by topic.", ["topic"]
)
UNREADABLE = Counter(
    "crm_unreadable_total",
    "Sealed texts that did not open although their key is there; should be 0.",
    ["field"],
)
WATCHES = Gauge("crm_watches", "Timelines that are being watched.")
