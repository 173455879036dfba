"""The contact table of the glossary: which states an event may find, and where it leads."""

from typing import NamedTuple

from router.domain.words import ContactState

IN_FLOW, QUEUED, OFFERED, CONNECTING, CONNECTED, ON_HOLD, WRAP_UP, ENDED = ContactState
BEFORE_CONNECTED = (IN_FLOW, QUEUED, OFFERED, CONNECTING)
WITHOUT_OFFER = (IN_FLOW, QUEUED)
"""What ends a contact ends its offers first, with `OfferEnded`, and then finds it here."""
WITH_AGENT = (CONNECTED, ON_HOLD)


class Row(NamedTuple):
    """One row of the table."""

    found: tuple[ContactState, ...]
    on: str
    leads_to: tuple[ContactState, ...]


ROWS = (
    Row((IN_FLOW,), "QueueRequested", (QUEUED,)),
    Row((IN_FLOW,), "FlowFinished", (ENDED,)),
    Row((IN_FLOW,), "CustomerLeft", (ENDED,)),
    Row((IN_FLOW,), "CallbackDue", (QUEUED,)),
    Row((QUEUED,), "OfferMade", (OFFERED,)),
    Row((OFFERED, CONNECTING), "OfferEnded", (QUEUED,)),
    Row((OFFERED,), "OfferAccepted", (CONNECTING, CONNECTED)),
    Row((CONNECTING,), "AgentConnected", (CONNECTED,)),
    Row((QUEUED, OFFERED, CONNECTING), "CustomerLeft", (ENDED,)),
    Row((QUEUED, OFFERED), "CallbackRequested", (ENDED,)),
    Row((QUEUED,), "MessageTaken", (ENDED,)),
    Row((QUEUED,), "Moved", (QUEUED, IN_FLOW)),
    Row((QUEUED,), "Ejected", (ENDED,)),
    Row((CONNECTING,), "CustomerLegFailed", (QUEUED,)),
    Row((QUEUED,), "PutOff", (IN_FLOW, ENDED)),
    Row(WITHOUT_OFFER, "Deadline", (ENDED,)),
    Row((CONNECTED,), "HoldStarted", (ON_HOLD,)),
    Row((ON_HOLD,), "HoldEnded", (CONNECTED,)),
    Row((CONNECTED,), "Interrupted", (ON_HOLD,)),
    Row((ON_HOLD,), "InterruptEnded", (CONNECTED,)),
    Row(WITH_AGENT, "TransferRequested", (WRAP_UP,)),
    Row(WITH_AGENT, "ContactDisconnected", (WRAP_UP,)),
    Row(WITH_AGENT, "Deadline", (WRAP_UP,)),
    Row(WITH_AGENT, "AgentGone", (QUEUED,)),
    Row(WITHOUT_OFFER, "ConsultEnded", (ENDED,)),
    Row(WITH_AGENT, "ConsultEnded", (WRAP_UP,)),
    Row((WRAP_UP,), "WrapUpFinished", (ENDED,)),
    Row((WRAP_UP,), "Deadline", (ENDED,)),
    Row((WRAP_UP,), "AgentRemoved", (ENDED,)),
    Row(BEFORE_CONNECTED, "ChannelFailed", (ENDED,)),
    Row((*WITH_AGENT, WRAP_UP), "ChannelFailed", (WRAP_UP,)),
)
ALLOWED = {(found, row.on, to) for row in ROWS for found in row.found for to in row.leads_to}
FOUND = {(found, row.on) for row in ROWS for found in row.found}


def may(state: ContactState, on: str) -> bool:
    """Tell whether the table has a row for this event in this state."""
    return (state, on) in FOUND


def check(state: ContactState, on: str, to: ContactState) -> None:
    """Raise AssertionError when the table has no such move: then the engine itself is wrong."""
    if (state, on, to) not in ALLOWED:
        raise AssertionError(f"{state} cannot become {to} on {on}")
