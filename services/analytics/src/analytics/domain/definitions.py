"""Which definitions the published numbers follow; docs/metrics.md says them in words.

A change of meaning gets a new version: checkpoints of another one are folded again.
"""

VERSION = "2026-11.3"

DEFINITIONS = {
    "visits": "entered, waiting and exits by cause; entered = exits + waiting",
    "longest_wait": "age of the oldest waiting visit",
    "service_level": "answered in T / (entered - short abandons - ejected before waiting)",
    "asa": "mean wait of answered visits, with median and p90",
    "abandon_rate": "abandoned / entered; net without short ones on both sides",
    "time_to_offer": "from the entry of a visit to its first offer",
    "offer_to_accept": "from an offer to its acceptance",
    "expected_wait": "ranges told to customers, and how many were answered within them",
    "aht": "talk + hold + wrap-up per agent leg, booked where the leg began",
    "aht_attention": "the same, shared among the contacts that the agent held",
    "occupancy": "time with a contact / (that + routable idle)",
    "load_occupancy": "contact time / slots over the same time",
    "offers": "made, accepted, rejected, missed, withdrawn, rescinded, failed per agent",
    "contacts": "arrived, open and ended by cause per channel",
}
