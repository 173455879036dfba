"""Customers who are called back: once for each offer, whatever dies meanwhile."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ingest_voice.domain.call import AgentLeg
from ingest_voice.domain.calling_back import begin
from ingest_voice.domain.dialling import Result
from ingest_voice.domain.facts import AgentLegFailed, CustomerLegFailed, Fact
from ingest_voice.domain.orders import Connecting, Order
from ingest_voice.handlers.calls import Calls
from ingest_voice.handlers.ports import DialNotes, Keys, NoKey, Outbox
from ingest_voice.handlers.session import Dialled, Session

log = logging.getLogger(__name__)

# Of the time to connect: the agent's share, and what is left so that we are heard before it ends.
AGENT_SHARE = 0.5
MARGIN_SECONDS = 1.0
SHORTEST_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One effect: the customer of one offer is called."""

    command_id: str
    contact_id: str
    offer_id: str
    agent_id: str
    # Whether the customer's phone may have rung.
    is_dialled: bool = False


class Claim(StrEnum):
    """NEW: it is ours to call. UNKNOWN: another process has it, and never said what became."""

    NEW = "new"
    TAKEN = "taken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom to call; `address` is empty when there is no number, or it cannot be opened."""

    address: str = field(repr=False)
    key_id: str
    conversation_id: str


class DialBook(DialNotes, Protocol):
    """Callbacks and dials, on disk; raises chassis' Unavailable when that is away."""

    async def claim(self, dial: Dial) -> Claim: ...

    async def target(self, contact_id: str) -> Target: ...


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Turns the router's word into a call, and a dead process's dials into facts."""

    book: DialBook
    calls: Calls
    keys: Keys
    outbox: Outbox
    now: Callable[[], float] = time.time

    async def connect(self, order: Connecting, decided_at: float) -> None:
        """Call the agent, then the customer; a decision that is too old is nobody's any more."""
        left = decided_at + order.connect_seconds - self.now() - MARGIN_SECONDS
        if left < SHORTEST_SECONDS or self.calls.holds(order.contact_id):
            return
        target = await self.book.target(order.contact_id)
        dial = Dial(
            command_id=f"dial:{order.offer_id}",
            contact_id=order.contact_id,
            offer_id=order.offer_id,
            agent_id=order.agent_id,
        )
        claim = await self.book.claim(dial)
        if claim is Claim.UNKNOWN:
            self.tell_unknown(dial)
        if claim is not Claim.NEW:
            return
        if not target.address:
            self._tell(_missed(dial, Result.NO_NUMBER), dial, Result.NO_NUMBER)
        elif not await self._may_begin(target.key_id):
            self._tell(_agent_failed(dial, "full"), dial, Result.AGENT_FAILED)
        else:
            self._begin(order, dial, target, left)

    async def _may_begin(self, key_id: str) -> bool:
        if not self.calls.has_room:
            return False
        try:
            await self.keys.hold(key_id)
        except NoKey:
            return False
        return True

    def _begin(self, order: Connecting, dial: Dial, target: Target, left: float) -> None:
        call_key = f"callback/{order.offer_id}"
        leg = AgentLeg(
            leg_key=f"{call_key}/agent", offer_id=order.offer_id, agent_id=order.agent_id
        )
        seconds = left * AGENT_SHARE
        call, effects = begin(call_key, order.contact_id, leg, order.voice_address, seconds)
        session = Session(call, target.conversation_id, target.key_id)
        until = asyncio.get_running_loop().time() + left
        session.dialled = Dialled(command_id=dial.command_id, address=target.address, until=until)
        self.calls.begin(session, effects)
        log.info("a customer is called back", extra={"contact.id": order.contact_id})

    def tell_unknown(self, dial: Dial) -> None:
        """A process died between the dial and its answer: nobody knows whether a phone rang."""
        log.warning("a dial of unknown outcome", extra={"contact.id": dial.contact_id})
        self._tell(_missed(dial, Result.UNKNOWN), dial, Result.UNKNOWN)

    def tell_lost(self, dial: Dial) -> None:
        """What an earlier process left without a result."""
        if dial.is_dialled:
            self.tell_unknown(dial)
        else:
            self._tell(_agent_failed(dial, "voice_restarted"), dial, Result.AGENT_FAILED)

    def _tell(self, fact: Fact, dial: Dial, result: Result) -> None:
        self.outbox.tell(fact, conversation_id="", key_id="")
        self.outbox.when_told(lambda: self.book.ended(dial.command_id, result))


@dataclass(frozen=True, slots=True)
class NoTrunk:
    """Says at once that nobody can be called, where no trunk is configured."""

    calls: Calls
    outbox: Outbox

    def on_order(self, order: Order, command_id: str) -> None:
        """Every replica says it: a repeat is refused by the router."""
        if (
            not isinstance(order, Connecting)
            or not order.is_customer_dialled
            or self.calls.holds(order.contact_id)
        ):
            self.calls.on_order(order, command_id)
        else:
            failed = CustomerLegFailed(
                contact_id=order.contact_id, offer_id=order.offer_id, reason="no_trunk"
            )
            self.outbox.tell(failed, conversation_id="", key_id="")


def _missed(dial: Dial, result: Result) -> CustomerLegFailed:
    return CustomerLegFailed(
        contact_id=dial.contact_id, offer_id=dial.offer_id, reason=result.value
    )


def _agent_failed(dial: Dial, reason: str) -> AgentLegFailed:
    return AgentLegFailed(
        contact_id=dial.contact_id, offer_id=dial.offer_id, agent_id=dial.agent_id, reason=reason
    )
