"""Commands that come before we know that their contact's call is ours."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

MOST_CONTACTS = 2000
MOST_EACH = 16
KEPT_SECONDS = 5.0

C = TypeVar("C")


class Early(Generic[C]):
    """A flow may speak on a transferred call before we read that it was transferred.

    Most of what is kept is for other channels and other replicas: it is forgotten soon.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: OrderedDict[str, tuple[float, list[C]]] = OrderedDict()

    def __contains__(self, contact_id: str) -> bool:
        return contact_id in self._kept

    def keep(self, contact_id: str, command: C) -> None:
        """Keep a command for a while, unless there are too many."""
        self._forget_old()
        _, commands = self._kept.setdefault(contact_id, (self._now() + KEPT_SECONDS, []))
        if len(commands) < MOST_EACH:
            commands.append(command)
        if len(self._kept) > MOST_CONTACTS:
            self._kept.popitem(last=False)

    def next_of(self, contact_id: str) -> C | None:
        """The contact's next command; none are left of it after None."""
        self._forget_old()
        _, commands = self._kept.get(contact_id, (0.0, []))
        if commands:
            return commands.pop(0)
        self._kept.pop(contact_id, None)
        return None

    def _forget_old(self) -> None:
        while self._kept:
            contact_id, (until, _) = next(iter(self._kept.items()))
            if until > self._now():
                return
            del self._kept[contact_id]
