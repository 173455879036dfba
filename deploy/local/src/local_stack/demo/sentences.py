"""Decisions of the router as sentences for people."""

from collections.abc import Callable, Iterator
from typing import Any

from contact_center.v1 import common_pb2, routing_events_pb2

SHORT = 8


def sentences(step: routing_events_pb2.RoutingStep) -> Iterator[str]:
    """Yield one line for each decision of the step that a supervisor would want to see."""
    for decision in step.decisions:
        kind = decision.WhichOneof("decision") or ""
        tell = TELL.get(kind)
        if tell is not None:
            yield f"{step.step_number:>6}  {tell(getattr(decision, kind))}"


def channel_name(channel: int) -> str:
    """Return the channel's short name: voice, chat, email …"""
    name = common_pb2.Channel.Name(channel)  # type: ignore[arg-type]
    return str(name).removeprefix("CHANNEL_").lower()


def short(contact_id: str) -> str:
    """Return enough of an id to tell it from others on one screen."""
    return contact_id[:SHORT]


def _offer_made(made: routing_events_pb2.OfferMade) -> str:
    what = f"{channel_name(made.channel)} {short(made.contact_id)} offered to {made.agent_id}"
    return f"{what}: {made.explanation.sentence}" if made.explanation.sentence else what


def _offer_ended(ended: routing_events_pb2.OfferEnded) -> str:
    outcome = routing_events_pb2.OfferOutcome.Name(ended.outcome).removeprefix("OFFER_OUTCOME_")
    because = ""
    if ended.outcome == routing_events_pb2.OFFER_OUTCOME_WITHDRAWN:
        name = routing_events_pb2.WithdrawnBecause.Name(ended.withdrawn_because)
        because = ": " + name.removeprefix("WITHDRAWN_BECAUSE_").lower()
    told = outcome.lower().replace("_", " ")
    return f"offer of {short(ended.contact_id)} to {ended.agent_id} {told}{because}"


def _contact_ended(ended: routing_events_pb2.ContactEnded) -> str:
    cause = routing_events_pb2.ContactCause.Name(ended.cause).removeprefix("CONTACT_CAUSE_")
    told = cause.lower().replace("_", " ")
    return f"{channel_name(ended.channel)} {short(ended.contact_id)} ended: {told}"


def _transferred(moved: routing_events_pb2.ContactTransferred) -> str:
    what = f"{short(moved.contact_id)} transferred by {moved.from_agent_id} to {moved.queue}"
    return f"{what} as {short(moved.new_contact_id)}"


def _queued(visit: routing_events_pb2.VisitOpened) -> str:
    return f"{channel_name(visit.channel)} {short(visit.contact_id)} waits in {visit.queue}"


def _bound(bound: routing_events_pb2.CustomerBound) -> str:
    if bound.is_new:
        return f"{short(bound.contact_id)} is a new customer"
    return f"{short(bound.contact_id)} is known, {bound.contact_count} contacts before"


def _consult(started: routing_events_pb2.ConsultStarted) -> str:
    return f"{started.agent_id} asks a colleague about {short(started.contact_id)}"


def _conference(opened: routing_events_pb2.ConferenceOpened) -> str:
    both = f"{opened.agent_id} and {opened.consulted_agent_id}"
    return f"{short(opened.contact_id)} is with {both} together"


def _consulted(finished: routing_events_pb2.ConsultFinished) -> str:
    if finished.is_transfer:
        return f"{finished.consulted_agent_id} goes on with {short(finished.contact_id)}"
    return f"the consult about {short(finished.contact_id)} is over"


def _rejected(rejected: routing_events_pb2.RecordRejected) -> str:
    because = routing_events_pb2.RejectedBecause.Name(rejected.because)
    return f"refused, {because.removeprefix('REJECTED_BECAUSE_').lower()}: {rejected.detail}"


TELL: dict[str, Callable[[Any], str]] = {
    "customer_bound": _bound,
    "visit_opened": _queued,
    "offer_made": _offer_made,
    "offer_ended": _offer_ended,
    "contact_transferred": _transferred,
    "consult_started": _consult,
    "conference_opened": _conference,
    "consult_finished": _consulted,
    "contact_ended": _contact_ended,
    "record_rejected": _rejected,
}
