"""What crm does with what it reads: load, decide, save."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from crm.domain.identification import Arrival, Known, Recognition, recognise


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """A key sealed content of a contact that may be open already."""

    workspace: str
    contact_id: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The customer of a contact, and what a flow or an agent wants to know first."""

    workspace: str
    contact_id: str
    customer_id: str
    is_new: bool
    tier: str
    last_agent_id: str
    contact_count: int


class CustomerBook(Protocol):
    """The customers of one workspace, for as long as nobody else changes them."""

    async def known(self, arrival: Arrival) -> Known: ...
    async def save(self, arrival: Arrival, recognition: Recognition) -> None: ...
    async def identified(self, contact_id: str) -> Sequence[Identified]:
        """The contact, and those of its line that came before it was known."""
        ...

    async def bind_key(self, use: KeyUse) -> None: ...


class CustomerBooks(Protocol):
    """Opens the book of a workspace; saved when the context ends without an exception."""

    def book(self, workspace: str) -> AbstractAsyncContextManager[CustomerBook]: ...


async def identify(arrival: Arrival, books: CustomerBooks) -> list[Identified]:
    """Find or make the contact's customer; the answers that somebody waits for."""
    async with books.book(arrival.workspace) as book:
        known = await book.known(arrival)
        if not known.is_decided:
            await book.save(arrival, recognise(arrival, known))
        identified = await book.identified(arrival.contact_id)
    return [answer for answer in identified if _is_awaited(answer, arrival)]


async def note_key(use: KeyUse, books: CustomerBooks) -> None:
    """Bind the key to the contact's customer, so that destroying the customer's keys reaches it."""
    if use.contact_id and use.key_id:
        async with books.book(use.workspace) as book:
            await book.bind_key(use)


def _is_awaited(answer: Identified, arrival: Arrival) -> bool:
    if answer.contact_id != arrival.contact_id or arrival.is_answer_awaited:
        return True
    return answer.customer_id != arrival.stated_customer_id
