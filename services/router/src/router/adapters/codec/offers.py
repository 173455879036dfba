"""Decisions about offers as the contract's."""

from typing import Any

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import timestamp
from router.domain import offer_decisions as o


def offer_made(d: o.OfferMade) -> Any:
    """Return the offer with its reasons."""
    return pb.OfferMade(
        offer_id=d.offer_id,
        visit_id=d.visit_id,
        contact_id=d.contact_id,
        queue=d.queue,
        channel=names.CHANNELS[d.channel],
        agent_id=d.agent_id,
        session_number=d.session_number,
        desk_instance=d.desk_instance,
        ring_seconds=d.ring_seconds,
        conversation_id=d.conversation_id,
        customer_id=d.customer_id,
        explanation=_explanation(d.explanation),
        ring=d.ring,
        is_over_capacity=d.is_over_capacity,
        is_direct=d.is_direct,
        opened_by_agent_id=d.opened_by_agent_id,
    )


def offer_ringing(d: o.OfferRinging) -> Any:
    """Return since when it is shown, by its end."""
    return pb.OfferRinging(
        offer_id=d.offer_id,
        contact_id=d.contact_id,
        agent_id=d.agent_id,
        rings_until=timestamp(d.rings_until),
    )


def offer_ended(d: o.OfferEnded) -> Any:
    """Return what became of it."""
    return pb.OfferEnded(
        offer_id=d.offer_id,
        visit_id=d.visit_id,
        contact_id=d.contact_id,
        agent_id=d.agent_id,
        outcome=names.OFFER_OUTCOMES[d.outcome],
        withdrawn_because=names.number(names.WITHDRAWN, d.withdrawn_because),
        reason_code=d.reason_code,
    )


def _explanation(why: o.Explanation) -> Any:
    return pb.Explanation(
        candidate_count=why.candidate_count,
        dropped=[pb.Dropped(reason=reason, count=count) for reason, count in why.dropped],
        best=[
            pb.Candidate(
                id=candidate.id,
                compared=[
                    pb.Compared(what=what, value=value) for what, value in candidate.compared
                ],
            )
            for candidate in why.best
        ],
        question=why.question,
        sentence=why.sentence,
    )
