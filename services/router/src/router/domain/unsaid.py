"""Offers that nobody could have seen yet: the time to react runs once their step was said.

While a backlog is worked off, engine time runs through stamps that are long past, and what is
decided meanwhile lies in no output yet. Only a tick whose writer had seen the step there proves
that a desk could have read it. Until then a timer is armed all the same, and looks again.
"""

from router.domain.contact import Offer
from router.domain.reasons import Because, Refused
from router.domain.steering_facts import ClockTicked
from router.domain.versions import BEHAVIOURS
from router.domain.workspace import Workspace


def await_reaction(ws: Workspace, offer: Offer) -> None:
    """Somebody is to react to what this step says of the offer: to show it, or to connect."""
    if BEHAVIOURS[ws.engine_version].is_said_first:
        offer.unsaid_step = ws.step_number
        ws.unsaid[offer.offer_id] = None
    ws.give_offer(offer, _seconds(ws, offer))


def begin(ws: Workspace, offer: Offer) -> None:
    """Its step was seen, or matters no more."""
    offer.unsaid_step = 0
    ws.unsaid.pop(offer.offer_id, None)


def look_again(ws: Workspace, offer: Offer) -> bool:
    """The time of the offer is over: put it off while nobody could have seen its step."""
    if offer.unsaid_step:
        ws.give_offer(offer, _seconds(ws, offer))
    return bool(offer.unsaid_step)


def clock_ticked(ws: Workspace, fact: ClockTicked) -> None:
    """Time has passed; the time to react runs for what the tick's writer had seen said."""
    if not BEHAVIOURS[ws.engine_version].is_said_first:
        return
    if fact.applied_step >= ws.step_number:
        raise Refused(Because.INVALID_FIELD, f"step {fact.applied_step} cannot have been said")
    for offer in [ws.offers[offer_id] for offer_id in ws.unsaid]:
        if offer.unsaid_step <= fact.applied_step:
            begin(ws, offer)
            ws.give_offer(offer, _seconds(ws, offer))


def _seconds(ws: Workspace, offer: Offer) -> float:
    timers = ws.rules.timers
    return timers.connect_seconds if offer.is_accepted else timers.offer_delivery_seconds
