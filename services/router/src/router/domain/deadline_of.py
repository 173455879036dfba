"""Which deadline each owner has now: what a timer is compared with before it fires."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from router.domain.contact import Contact
from router.domain.timers import Timer, TimerKind

if TYPE_CHECKING:
    from router.domain.workspace import Workspace

OF_CONTACT: dict[TimerKind, Callable[[Contact], int]] = {
    TimerKind.CONTACT: lambda contact: contact.deadline_at,
    TimerKind.SLEEP: lambda contact: contact.sleep_at,
    TimerKind.GROWTH: lambda contact: contact.grow_at,
    TimerKind.OVERFLOW: lambda contact: contact.overflow_at,
    TimerKind.CALL: lambda contact: contact.call_at,
}
AT_TIMES = (TimerKind.SLEEP, TimerKind.GROWTH, TimerKind.OVERFLOW, TimerKind.CALL)
"""Of a contact: those it need not have."""


def deadline_of(ws: "Workspace", kind: TimerKind, id: str) -> int:
    """Return what the owner's deadline is now; 0 when there is none."""
    of_contact = OF_CONTACT.get(kind)
    if of_contact is not None:
        contact = ws.contacts.get(id)
        return 0 if contact is None else of_contact(contact)
    match kind:
        case TimerKind.OFFER:
            offer = ws.offers.get(id)
            return 0 if offer is None else offer.deadline_at
        case TimerKind.DESK:
            desk = ws.desks.get(id)
            return 0 if desk is None else desk.silent_at
        case TimerKind.PAUSE:
            return ws.market.paused.get(id, 0)
    agent = ws.agents.get(id)
    if agent is None:
        return 0
    return agent.grace_until if kind is TimerKind.GRACE else agent.adjusted_until


def date_of(ws: "Workspace", id: str) -> int:
    """Return the stamp on which the contact is due to be called; 0 when there is none."""
    contact = ws.contacts.get(id)
    return 0 if contact is None else contact.call_on


def dates(ws: "Workspace") -> Iterator[Timer]:
    """Yield every date that is to come: stamps of the log, not engine time."""
    for contact_id, contact in ws.contacts.items():
        if contact.call_on:
            yield Timer(contact.call_on, TimerKind.CALL, contact_id)


def deadlines(ws: "Workspace") -> Iterator[Timer]:
    """Yield every deadline that counts; a state without one yields a timer due at 0."""
    for contact_id, contact in ws.contacts.items():
        yield Timer(contact.deadline_at, TimerKind.CONTACT, contact_id)
        for kind in AT_TIMES:
            due = OF_CONTACT[kind](contact)
            if due:
                yield Timer(due, kind, contact_id)
    for offer_id, offer in ws.offers.items():
        yield Timer(offer.deadline_at, TimerKind.OFFER, offer_id)
    for agent_id, agent in ws.agents.items():
        if agent.connection == "lost":
            yield Timer(agent.grace_until, TimerKind.GRACE, agent_id)
        if agent.adjusted_until:
            yield Timer(agent.adjusted_until, TimerKind.ADJUSTMENT, agent_id)
    for name, desk in ws.desks.items():
        if desk.silent_at:
            yield Timer(desk.silent_at, TimerKind.DESK, name)
    for queue, until in ws.market.paused.items():
        if until:
            yield Timer(until, TimerKind.PAUSE, queue)
