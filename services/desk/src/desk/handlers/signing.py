"""How an agent's stream begins and ends."""

import asyncio
import contextlib
import time
import uuid
from dataclasses import dataclass
from enum import StrEnum

from desk.domain.facts import SignedIn
from desk.domain.names import command_scope, derived_id
from desk.domain.results import Code
from desk.handlers.answers import Answers
from desk.handlers.farewells import Farewells
from desk.handlers.outbox import Outbox
from desk.handlers.ports import Facts, NotWritten
from desk.handlers.session import End, Session
from desk.handlers.sessions import Sessions
from desk.metrics import SIGN_IN_SECONDS, STREAMS, STREAMS_ENDED


class Refusal(StrEnum):
    """Why a stream cannot begin."""

    UNKNOWN_AGENT = "unknown_agent"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    NOT_WRITTEN = "not_written"
    DRAINING = "draining"
    FULL = "full"


class SignInRefused(Exception):
    """The stream ends at once, with the reason."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who signs in, and from where on a broken stream goes on."""

    workspace: str
    agent_id: str
    resume_session_number: int = 0
    resume_after_step: int = 0
    client_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLimits:
    """How long the router may take, and how much may wait for a client."""

    answer_seconds: float
    max_outbox_events: int
    max_outbox_bytes: int


class Signing:
    """Signs agents in and says when they are gone."""

    def __init__(
        self,
        *,
        desk_instance: str,
        facts: Facts,
        sessions: Sessions,
        answers: Answers,
        farewells: Farewells,
        limits: SigningLimits,
    ) -> None:
        self._desk_instance = desk_instance
        self._facts = facts
        self._sessions = sessions
        self._answers = answers
        self._farewells = farewells
        self._limits = limits
        self._is_draining = False

    async def sign_in(self, hello: Hello) -> Session:
        """A started session, its snapshot in the outbox; SignInRefused. Give it to `leave` later.

        It waits among the sessions before anything is said, so no step can pass unseen.
        """
        if self._is_draining:
            raise SignInRefused(Refusal.DRAINING, "draining: connect to another desk")
        if self._sessions.is_full:
            raise SignInRefused(Refusal.FULL, "this desk holds all the streams it may")
        began = time.monotonic()
        session = Session(
            session_id=str(uuid.uuid4()),
            workspace=hello.workspace,
            agent_id=hello.agent_id,
            outbox=Outbox(
                max_events=self._limits.max_outbox_events,
                max_bytes=self._limits.max_outbox_bytes,
            ),
        )
        session.command_scope = command_scope(
            session.session_id, hello.workspace, hello.agent_id, hello.client_id
        )
        session.resume_session_number = hello.resume_session_number
        session.resume_after_step = hello.resume_after_step
        self._sessions.add_waiting(session)
        try:
            await self._say_signed_in(session)
        except BaseException:
            await self.leave(session)
            raise
        SIGN_IN_SECONDS.observe(time.monotonic() - began)
        STREAMS.set(len(self._sessions))
        return session

    async def leave(self, session: Session) -> End | None:
        """The stream is over: tell the router, unless it said so itself or was told.

        Returns why it ended from our side; None when the client went.
        """
        self._sessions.remove(session)
        STREAMS.set(len(self._sessions))
        reason = session.ended.result() if session.ended.done() else None
        session.end(End.GONE)
        STREAMS_ENDED.labels(reason.value if reason else "broken").inc()
        if session.is_started and reason not in (End.REPLACED, End.SIGNED_OUT):
            self._farewells.say_lost(
                session.workspace, session.session_id, session.name(self._desk_instance)
            )
        await session.close()
        return reason

    async def drain(self, within: float) -> None:
        """No new streams; those that are here are asked to reconnect elsewhere, and said lost."""
        self._is_draining = True
        self._sessions.end_all(End.DRAINING)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._sessions.emptied()
        await self._farewells.settle(within=within)

    async def _say_signed_in(self, session: Session) -> None:
        event_id = derived_id(session.session_id, "signed-in")
        fact = SignedIn(
            agent_id=session.agent_id,
            session_id=session.session_id,
            desk_instance=self._desk_instance,
        )
        try:
            async with asyncio.timeout(self._limits.answer_seconds):
                with self._answers.expected(event_id) as answer:
                    await self._facts.append(session.workspace, event_id, fact)
                    result = await answer
        except TimeoutError:
            detail = f"the router did not answer within {self._limits.answer_seconds:g} s"
            raise SignInRefused(Refusal.NO_ANSWER, detail) from None
        except NotWritten as error:
            raise SignInRefused(Refusal.NOT_WRITTEN, "the log does not take a sign-in") from error
        if result.code is Code.REJECTED:
            is_unknown = result.because == "UNKNOWN_AGENT"
            refusal = Refusal.UNKNOWN_AGENT if is_unknown else Refusal.REJECTED
            raise SignInRefused(refusal, result.detail or result.because)
        if not session.is_started:
            raise SignInRefused(Refusal.NO_ANSWER, "the router started no session")
