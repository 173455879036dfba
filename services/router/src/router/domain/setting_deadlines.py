"""Deadlines of contacts and offers: set, and a timer armed for them."""

from router.domain.clock import milliseconds
from router.domain.contact import Contact, Offer
from router.domain.timers import TimerKind, Timers

CONTACT, OFFER, SLEEP = TimerKind.CONTACT, TimerKind.OFFER, TimerKind.SLEEP


class WithDeadlines:
    """Part of the workspace. The timer of an earlier deadline finds the later one by itself."""

    now: int
    timers: Timers

    def give_contact(self, contact: Contact, seconds: float) -> None:
        """Set the contact's deadline."""
        before, due = contact.deadline_at, self.now + milliseconds(seconds)
        contact.deadline_at = due
        if not self.now < before <= due:
            self.timers.arm(due, CONTACT, contact.contact_id)

    def let_sleep(self, contact: Contact, seconds: float) -> None:
        """The text thread was heard of just now: disconnect it after so long a silence."""
        sleep_at = self.now + milliseconds(seconds)
        if not contact.sleep_at or sleep_at < contact.sleep_at:
            self.timers.arm(sleep_at, SLEEP, contact.contact_id)
        contact.sleep_at = sleep_at

    def give_offer(self, offer: Offer, seconds: float) -> None:
        """Set the offer's deadline."""
        before, due = offer.deadline_at, self.now + milliseconds(seconds)
        offer.deadline_at = due
        if not self.now < before <= due:
            self.timers.arm(due, OFFER, offer.offer_id)

    def arm(self, due: int, kind: TimerKind, id: str) -> int:
        """Wake then, at once when it is over; return when."""
        due = max(due, self.now)
        self.timers.arm(due, kind, id)
        return due
