"""What happens when a deadline is due."""

from router.domain.adjusting import end_adjustment
from router.domain.callbacks import call_due
from router.domain.chain import overflow
from router.domain.contact import Contact, Offer
from router.domain.conversations import complete
from router.domain.desks import fall_silent
from router.domain.endings import start_wrap_up
from router.domain.flow import expire
from router.domain.offer_ends import end_offer
from router.domain.pausing import resume
from router.domain.reasons import OfferOutcome, WithdrawnBecause
from router.domain.sessions import be_gone, be_lost
from router.domain.timers import Timer, TimerKind
from router.domain.transitions import WITH_AGENT
from router.domain.unsaid import look_again
from router.domain.waiting import grow
from router.domain.words import ContactState, Party
from router.domain.workspace import Workspace


def fire(ws: Workspace, timer: Timer) -> None:
    """Do what the timer is for; it still counts."""
    match timer.kind:
        case TimerKind.CONTACT:
            _contact_is_due(ws, ws.contacts[timer.id])
        case TimerKind.SLEEP:
            start_wrap_up(ws, ws.contacts[timer.id], "Deadline", Party.SYSTEM)
        case TimerKind.OFFER:
            _offer_is_due(ws, ws.offers[timer.id])
        case TimerKind.GROWTH:
            _pool_grows(ws, ws.contacts[timer.id])
        case TimerKind.OVERFLOW:
            overflow(ws, ws.contacts[timer.id])
        case TimerKind.CALL:
            call_due(ws, ws.contacts[timer.id])
        case TimerKind.PAUSE:
            resume(ws, timer.id, "")
        case TimerKind.ADJUSTMENT:
            end_adjustment(ws, ws.agents[timer.id])
        case TimerKind.GRACE:
            be_gone(ws, ws.agents[timer.id], WithdrawnBecause.AGENT_LOST)
        case TimerKind.DESK:
            for agent in fall_silent(ws, timer.id):
                be_lost(ws, agent, is_lost_with_desk=True)


def _pool_grows(ws: Workspace, contact: Contact) -> None:
    contact.grow_at = 0
    if contact.state is ContactState.QUEUED:
        grow(ws, contact)


def _contact_is_due(ws: Workspace, contact: Contact) -> None:
    if contact.state is ContactState.WRAP_UP:
        complete(ws, contact, "Deadline")
    elif contact.state in WITH_AGENT:
        start_wrap_up(ws, contact, "Deadline", Party.SYSTEM)
    else:
        expire(ws, contact)


def _offer_is_due(ws: Workspace, offer: Offer) -> None:
    if look_again(ws, offer):
        return
    agent = ws.agents[offer.agent_id]
    if offer.is_accepted:
        end_offer(ws, offer, OfferOutcome.FAILED, reason_code="no_answer")
    elif offer.rings_until:
        agent.is_not_responding = ws.rules.is_miss_not_responding
        end_offer(ws, offer, OfferOutcome.TIMED_OUT)
    else:
        agent.is_undelivered = True
        end_offer(ws, offer, OfferOutcome.WITHDRAWN, WithdrawnBecause.UNDELIVERED)
