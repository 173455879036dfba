"""Decisions about offers, filled into the contract's."""

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import fill_instant
from router.domain import offer_decisions as o


def offer_made(d: o.OfferMade, m: pb.OfferMade) -> None:
    """Fill in the offer with its reasons."""
    m.offer_id = d.offer_id
    m.visit_id = d.visit_id
    m.contact_id = d.contact_id
    m.queue = d.queue
    m.channel = names.CHANNELS[d.channel]
    m.agent_id = d.agent_id
    m.session_number = d.session_number
    m.desk_instance = d.desk_instance
    m.ring_seconds = d.ring_seconds
    m.conversation_id = d.conversation_id
    m.customer_id = d.customer_id
    _explanation(d.explanation, m.explanation)
    m.ring = d.ring
    m.is_over_capacity = d.is_over_capacity
    m.is_direct = d.is_direct
    m.opened_by_agent_id = d.opened_by_agent_id


def offer_ringing(d: o.OfferRinging, m: pb.OfferRinging) -> None:
    """Fill in since when it is shown, by its end."""
    m.offer_id = d.offer_id
    m.contact_id = d.contact_id
    m.agent_id = d.agent_id
    fill_instant(d.rings_until, m.rings_until)


def offer_ended(d: o.OfferEnded, m: pb.OfferEnded) -> None:
    """Fill in what became of it."""
    m.offer_id = d.offer_id
    m.visit_id = d.visit_id
    m.contact_id = d.contact_id
    m.agent_id = d.agent_id
    m.outcome = names.OFFER_OUTCOMES[d.outcome]
    m.withdrawn_because = names.number(names.WITHDRAWN, d.withdrawn_because)
    m.reason_code = d.reason_code


def _explanation(why: o.Explanation, m: pb.Explanation) -> None:
    m.candidate_count = why.candidate_count
    for reason, count in why.dropped:
        m.dropped.add(reason=reason, count=count)
    for candidate in why.best:
        best = m.best.add(id=candidate.id)
        for what, value in candidate.compared:
            best.compared.add(what=what, value=value)
    m.question = why.question
    m.sentence = why.sentence
