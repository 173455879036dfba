"""Who the customer is: shown with the offer when known, else as soon as crm says it."""

import asyncio
import time
from collections import OrderedDict

from desk.domain.events import Card, CustomerShown
from desk.handlers.ports import Away, Customers, NotThere
from desk.handlers.session import Session
from desk.metrics import CARDS

MAX_CARDS = 2000
PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class Cards:
    """Asks crm with short deadlines, beside the offer, never before it."""

    def __init__(self, customers: Customers, *, fresh_seconds: float) -> None:
        self._customers = customers
        self._fresh_seconds = fresh_seconds
        self._cards: OrderedDict[tuple[str, str], tuple[float, Card]] = OrderedDict()

    def at_hand(self, workspace: str, customer_id: str) -> Card | None:
        """The card, if crm said it a moment ago."""
        known = self._cards.get((workspace, customer_id))
        if known is None or time.monotonic() - known[0] > self._fresh_seconds:
            return None
        return known[1]

    def show(self, session: Session, contact_id: str, customer_id: str) -> None:
        """CustomerShown follows: at once if the card is at hand, late if crm is away."""
        card = self.at_hand(session.workspace, customer_id)
        if card is not None:
            session.tell(CustomerShown(contact_id=contact_id, card=card))
        else:
            session.spawn(self._ask(session, contact_id, customer_id))

    async def _ask(self, session: Session, contact_id: str, customer_id: str) -> None:
        """Says once that it is late, and goes on asking while the agent has the contact."""
        for attempt, pause in enumerate((*PAUSES_SECONDS, 0.0)):
            try:
                card = await self._customers.card(session.workspace, customer_id)
            except (Away, NotThere):
                CARDS.labels("late").inc()
                if attempt == 0:
                    session.tell(CustomerShown(contact_id=contact_id, card=None))
                await asyncio.sleep(pause)
                if not session.concerns(contact_id):
                    return
            else:
                CARDS.labels("shown").inc()
                self._keep(session.workspace, customer_id, card)
                session.tell(CustomerShown(contact_id=contact_id, card=card))
                return

    def _keep(self, workspace: str, customer_id: str, card: Card) -> None:
        self._cards[(workspace, customer_id)] = (time.monotonic(), card)
        self._cards.move_to_end((workspace, customer_id))
        if len(self._cards) > MAX_CARDS:
            self._cards.popitem(last=False)
