"""The sessions of this desk: signed in, waiting to be, and given up."""

import asyncio
from collections import OrderedDict

from desk.handlers.session import End, Session

MAX_GIVEN_UP = 10_000


class Sessions:
    """Indexes over the sessions; all of them are bounded by `max_streams`."""

    def __init__(self, *, max_streams: int) -> None:
        self._max_streams = max_streams
        self._waiting: dict[str, Session] = {}
        self._by_agent: dict[tuple[str, str], Session] = {}
        self._by_thread: dict[tuple[str, str], set[Session]] = {}
        self._emptied = asyncio.Event()
        self._given_up: OrderedDict[str, None] = OrderedDict()

    @property
    def is_full(self) -> bool:
        """No other stream is taken."""
        return len(self._waiting) + len(self._by_agent) >= self._max_streams

    def __len__(self) -> int:
        return len(self._by_agent)

    def all(self) -> list[Session]:
        """Everyone who is signed in."""
        return list(self._by_agent.values())

    def workspaces(self) -> set[str]:
        """Where our agents work."""
        everyone = [*self._by_agent.values(), *self._waiting.values()]
        return {session.workspace for session in everyone}

    def add_waiting(self, session: Session) -> None:
        """A sign-in was, or is about to be, said."""
        self._waiting[session.session_id] = session

    def waiting(self, session_id: str) -> Session | None:
        """Who waits for that session to start."""
        return self._waiting.get(session_id)

    def started(self, session: Session) -> None:
        """The router took the sign-in; an earlier session of the agent here must be gone."""
        self._waiting.pop(session.session_id, None)
        self._by_agent[(session.workspace, session.agent_id)] = session

    def of_agent(self, workspace: str, agent_id: str) -> Session | None:
        """The agent's session, if it is here."""
        return self._by_agent.get((workspace, agent_id))

    def on_thread(self, workspace: str, conversation_id: str) -> set[Session]:
        """Whose contacts are on the conversation."""
        return self._by_thread.get((workspace, conversation_id), set())

    def index_threads(self, session: Session, before: set[str], after: set[str]) -> None:
        """The conversations of the session's contacts have changed."""
        for conversation_id in before - after:
            key = (session.workspace, conversation_id)
            self._by_thread[key].discard(session)
            if not self._by_thread[key]:
                del self._by_thread[key]
        for conversation_id in after - before:
            self._by_thread.setdefault((session.workspace, conversation_id), set()).add(session)

    def remove(self, session: Session) -> None:
        """The stream is over."""
        key = (session.workspace, session.agent_id)
        if self._by_agent.get(key) is session:
            del self._by_agent[key]
        if self._waiting.pop(session.session_id, None) is not None:
            self._given_up[session.session_id] = None
            if len(self._given_up) > MAX_GIVEN_UP:
                self._given_up.popitem(last=False)
        self.index_threads(session, _threads(session), set())
        if not self._by_agent and not self._waiting:
            self._emptied.set()

    async def emptied(self) -> None:
        """Return when nobody is left."""
        if self._by_agent or self._waiting:
            self._emptied.clear()
            await self._emptied.wait()

    def was_given_up(self, session_id: str) -> bool:
        """The stream broke before its sign-in was answered; asked once."""
        return self._given_up.pop(session_id, True) is None

    def end_all(self, reason: End) -> None:
        """Every stream is to end."""
        for session in (*self._by_agent.values(), *self._waiting.values()):
            session.end(reason)


def _threads(session: Session) -> set[str]:
    if session.view is None:
        return set()
    return {contact.conversation_id for contact in session.view.contacts}
