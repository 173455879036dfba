"""Contacts that need nothing of us any more, remembered in memory to spare the database."""

from collections import OrderedDict


class Settled:
    """A bounded set of contacts whose flow is over; forgetting one costs a look-up, no more."""

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._contacts: OrderedDict[tuple[str, str], None] = OrderedDict()

    def add(self, workspace: str, contact_id: str) -> None:
        self._contacts[workspace, contact_id] = None
        if len(self._contacts) > self._limit:
            self._contacts.popitem(last=False)

    def __contains__(self, contact: tuple[str, str]) -> bool:
        return contact in self._contacts
