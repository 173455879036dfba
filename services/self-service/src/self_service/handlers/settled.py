"""Contacts that need nothing of us any more, remembered in memory to spare the database."""

from collections import OrderedDict


class Settled:
    """A bounded set of contacts whose flow is over; forgetting one costs a look-up, no more."""

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._contacts: OrderedDict[tuple[str, str], int] = OrderedDict()

    def add(self, workspace: str, contact_id: str, run: int = 0) -> None:
        """This flow of the contact is over."""
        self._contacts[workspace, contact_id] = run
        if len(self._contacts) > self._limit:
            self._contacts.popitem(last=False)

    def last_run(self, workspace: str, contact_id: str) -> int:
        """Return which flow of the contact is over, as far as remembered; -1 for none."""
        return self._contacts.get((workspace, contact_id), -1)

    def discard(self, workspace: str, contact_id: str) -> None:
        """Another flow of the contact has begun."""
        self._contacts.pop((workspace, contact_id), None)

    def __contains__(self, contact: tuple[str, str]) -> bool:
        return contact in self._contacts
