"""The calls that this process holds, by their legs and by the contacts they belong to."""

from collections.abc import Callable

from ingest_voice.handlers.session import Session


class Held:
    """A call goes by its contact, and by the consult about it while there is one."""

    def __init__(self) -> None:
        self._by_key: dict[str, Session] = {}
        self._by_contact: dict[str, Session] = {}
        self.on_new_name: Callable[[str], None] = lambda contact_id: None

    def __len__(self) -> int:
        return len(self._by_key)

    def all(self) -> tuple[Session, ...]:
        return tuple(self._by_key.values())

    def of_call(self, call_key: str) -> Session | None:
        return self._by_key.get(call_key)

    def of_contact(self, contact_id: str) -> Session | None:
        return self._by_contact.get(contact_id)

    def add(self, session: Session) -> None:
        self._by_key[session.call.call_key] = session
        self.rename(session)

    def rename(self, session: Session) -> None:
        """The call may belong to other contacts than before."""
        names = session.names
        for name in session.bound:
            if name not in names:
                self._by_contact.pop(name, None)
        new = [name for name in names if name not in session.bound]
        session.bound = names
        for name in new:
            self._by_contact[name] = session
            self.on_new_name(name)

    def remove(self, session: Session) -> None:
        self._by_key.pop(session.call.call_key, None)
        for name in session.bound:
            self._by_contact.pop(name, None)
