"""Customers who are called back, in their turn or when they want; messages that become tasks."""

from router.domain.chain import enter_queue
from router.domain.clock import milliseconds
from router.domain.contact import Contact
from router.domain.contact_decisions import CallbackPutOff, CallbackTaken, TaskTaken
from router.domain.contact_facts import CallbackRequested, CustomerLegFailed, MessageTaken
from router.domain.deadline_of import dates
from router.domain.endings import end_contact
from router.domain.flow import check_queue, leave_queue
from router.domain.hours import is_open, next_change
from router.domain.lookup import contact_of, live_offer, require
from router.domain.offer_ends import withdraw_offers
from router.domain.opening import open_contact, successor
from router.domain.reasons import Because, ContactCause, Refused, VisitExit, WithdrawnBecause
from router.domain.timers import TimerKind
from router.domain.versions import BEHAVIOURS
from router.domain.visits import end_visit
from router.domain.words import CALLS, Channel, ContactState, OpenedBy, QueuedBy
from router.domain.workspace import Workspace

LATEST = 30 * 86_400_000
NEVER = frozenset({"no_number", "no_trunk"})
"""Why a customer cannot be dialled, however often it is tried."""


def callback_requested(ws: Workspace, fact: CallbackRequested) -> None:
    """QUEUED, OFFERED → ENDED callback_taken; a new contact keeps the place in line."""
    old = contact_of(ws, fact.contact_id)
    require(old, "CallbackRequested")
    if fact.scheduled_at > ws.clock.last_stamp + LATEST:
        detail = "scheduled_at is more than 30 days ahead"
        raise Refused(Because.INVALID_FIELD, detail, contact_id=fact.contact_id)
    channel = old.channel if old.channel in CALLS else Channel.VOICE
    new = successor(ws, old, channel, "")
    new.is_callback = True
    new.key_id = fact.key_id or old.key_id
    queue = old.queue
    leave_queue(ws, old, VisitExit.CALLBACK_TAKEN, WithdrawnBecause.CUSTOMER_LEFT)
    ws.say(
        CallbackTaken(
            contact_id=old.contact_id,
            new_contact_id=new.contact_id,
            scheduled_at=fact.scheduled_at,
            addresses=fact.addresses,
        )
    )
    end_contact(ws, old, "CallbackRequested", ContactCause.CALLBACK_TAKEN)
    open_contact(ws, new, OpenedBy.CALLBACK, "")
    new.queue = queue
    _call_on(ws, new, fact.scheduled_at, before=fact.scheduled_at)


def call_due(ws: Workspace, contact: Contact) -> None:
    """It is time to call: the contact waits in its queue, at its place."""
    contact.call_at = contact.call_on = 0
    schedule = ws.schedules.get(ws.queues[contact.queue].schedule)
    if schedule is not None and not is_open(schedule, ws.clock.last_stamp):
        opens = next_change(schedule, ws.clock.last_stamp)
        if opens is not None:
            _call_on(ws, contact, opens, before=ws.now + opens - ws.clock.last_stamp)
            return
    enter_queue(ws, contact, "CallbackDue", contact.queue, QueuedBy.CALLBACK)


def customer_leg_failed(ws: Workspace, fact: CustomerLegFailed) -> None:
    """The customer was dialled and not reached: again after the gap, or failed.

    Where no number or no trunk is to be had, no further try would do better.
    """
    contact = contact_of(ws, fact.contact_id)
    require(contact, "CustomerLegFailed")
    offer = live_offer(ws, fact.offer_id, contact.agent_id)
    if not contact.is_callback or offer.offer_id != contact.offer_id:
        detail = "no customer is dialled for it"
        raise Refused(Because.NOT_IN_THIS_STATE, detail, contact_id=fact.contact_id)
    rules, is_sensible = ws.rules.callbacks, BEHAVIOURS[ws.engine_version].is_dialled_sensibly
    is_hopeless = is_sensible and fact.reason in NEVER
    contact.attempts += 1
    because = WithdrawnBecause.CHANNEL_FAILED if is_hopeless else WithdrawnBecause.CUSTOMER_LEFT
    withdraw_offers(ws, contact, because)
    end_visit(ws, contact, VisitExit.FAILED)
    if is_hopeless or contact.attempts >= rules.attempts:
        reason = fact.reason if is_sensible else ""
        end_contact(ws, contact, "PutOff", ContactCause.FAILED, reason=reason)
        return
    ws.move(contact, "PutOff", ContactState.IN_FLOW)
    _call_at(ws, contact, ws.now + milliseconds(rules.gap_seconds))
    ws.say(
        CallbackPutOff(
            contact_id=contact.contact_id,
            attempts=contact.attempts,
            until=contact.call_at,
            reason=fact.reason,
        )
    )


def message_taken(ws: Workspace, fact: MessageTaken) -> None:
    """QUEUED → ENDED message_taken; a task with lineage waits in the queue."""
    old = contact_of(ws, fact.contact_id)
    require(old, "MessageTaken")
    queue = fact.queue or old.queue
    check_queue(ws, queue, fact.contact_id)
    new = successor(ws, old, Channel.TASK, "")
    leave_queue(ws, old, VisitExit.MESSAGE_TAKEN, WithdrawnBecause.CUSTOMER_LEFT)
    ws.say(TaskTaken(contact_id=old.contact_id, new_contact_id=new.contact_id))
    end_contact(ws, old, "MessageTaken", ContactCause.MESSAGE_TAKEN)
    open_contact(ws, new, OpenedBy.TASK, "")
    enter_queue(ws, new, "QueueRequested", queue, QueuedBy.TASK)


def _call_on(ws: Workspace, contact: Contact, stamp: int, *, before: int) -> None:
    """Call on this date, as the log's stamps have it; before version 3 at that engine time."""
    if not BEHAVIOURS[ws.engine_version].is_called_on_its_date:
        _call_at(ws, contact, before)
        return
    if stamp <= ws.clock.last_stamp:
        _call_at(ws, contact, ws.now)
        return
    contact.call_on = stamp
    ws.dates.arm(stamp, TimerKind.CALL, contact.contact_id)
    ws.dates.compact(lambda: dates(ws), len(ws.contacts))
    # Engine time lags behind the stamps, or is ahead where those went back: the limit is not over
    # before the date, whichever it is.
    until_then = (stamp - min(ws.now, ws.clock.last_stamp)) / 1000
    ws.give_contact(contact, until_then + ws.rules.timers.flow_limit_seconds)


def _call_at(ws: Workspace, contact: Contact, due: int) -> None:
    contact.call_at = ws.arm(due, TimerKind.CALL, contact.contact_id)
    until_then = (contact.call_at - ws.now) / 1000
    ws.give_contact(contact, until_then + ws.rules.timers.flow_limit_seconds)
