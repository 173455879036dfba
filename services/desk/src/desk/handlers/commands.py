"""Commands become facts; the steps that answer them become results."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from desk.domain import commands as c
from desk.domain import facts as f
from desk.domain.agents import State
from desk.domain.events import Choices, CommandEnded
from desk.domain.faults import MAX_ID_CHARACTERS
from desk.domain.faults import fault as fault_of
from desk.domain.names import EventId, SessionName, derived_id
from desk.domain.results import (
    OK,
    Code,
    Result,
    invalid,
    rejected,
    unavailable,
    unknown,
)
from desk.handlers.answers import Answers
from desk.handlers.conversations import Conversations
from desk.handlers.ports import Away, Facts, NotWritten
from desk.handlers.session import End, Session
from desk.handlers.writing import Replies
from desk.metrics import COMMAND_SECONDS, COMMANDS

MAX_REMEMBERED_RESULTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLimits:
    """How many commands of a session may run at once, and how long the router may take."""

    max_in_flight: int
    answer_seconds: float


class Commands:
    """Carries out what agents ask for. A result is put into the session's outbox."""

    def __init__(
        self,
        *,
        desk_instance: str,
        facts: Facts,
        answers: Answers,
        replies: Replies,
        conversations: Conversations,
        choices: Callable[[str], Choices],
        limits: CommandLimits,
    ) -> None:
        self._desk_instance = desk_instance
        self._facts = facts
        self._answers = answers
        self._replies = replies
        self._conversations = conversations
        self._choices = choices
        self._limits = limits

    def take(self, session: Session, command_id: str, command: c.Command) -> None:
        """Begin; a repeat of a command id waits for, or gets, the same result."""
        if not 0 < len(command_id) <= MAX_ID_CHARACTERS:
            COMMANDS.labels(type(command).__name__, Code.INVALID.value).inc()
            _tell(session, command_id[:MAX_ID_CHARACTERS], invalid("command_id is missing"))
        elif command_id in session.results:
            _tell(session, command_id, session.results[command_id])
        elif command_id in session.in_flight:
            running = session.in_flight[command_id]
            running.add_done_callback(lambda done: _tell_done(session, command_id, done))
        elif len(session.in_flight) >= self._limits.max_in_flight:
            _tell(session, command_id, unavailable("too many commands at once"))
        else:
            self._begin(session, command_id, command)

    async def settle(self, session: Session) -> None:
        """Wait for the commands in flight; each of them is bounded in time."""
        if session.in_flight:
            await asyncio.wait(list(session.in_flight.values()))

    def _begin(self, session: Session, command_id: str, command: c.Command) -> None:
        """What is said to one contact is done in the order it came; all else at once."""
        lane = c.lane(command)
        before = session.lanes.get(lane) if lane else None
        task = asyncio.create_task(self._run(session, command_id, command, before))
        session.in_flight[command_id] = task
        if lane:
            session.lanes[lane] = task
        task.add_done_callback(lambda done: _ended(session, command_id, command, done))

    async def _run(
        self,
        session: Session,
        command_id: str,
        command: c.Command,
        before: "asyncio.Task[Result] | None",
    ) -> Result:
        name = type(command).__name__
        began = time.monotonic()
        event_id = derived_id(_scope(session, command), f"command:{command_id}")
        if before is not None:
            await asyncio.wait([before])
        fault = fault_of(command)
        result = invalid(fault) if fault else await self._carry_out(session, event_id, command)
        COMMANDS.labels(name, result.code.value).inc()
        COMMAND_SECONDS.labels(name).observe(time.monotonic() - began)
        return result

    async def _carry_out(self, session: Session, event_id: EventId, command: c.Command) -> Result:
        if (known := self._answers.recent(event_id)) is not None:
            return known
        try:
            async with asyncio.timeout(self._limits.answer_seconds):
                match command:
                    case c.SendMessage():
                        return await self._replies.send(session, event_id, command)
                    case c.CompleteContact():
                        return await self._complete(session, event_id, command)
                    case c.ReadConversation():
                        return await self._read(session, command)
                    case c.SignOut():
                        return await self._sign_out(session, event_id)
                    case _:
                        fact = _fact(session.name(self._desk_instance), command)
                        return await self._ask(session, event_id, fact)
        except NotWritten:
            return unavailable("the log did not take it; repeat it with the same command id")
        except Away as error:
            return unavailable(str(error))
        except TimeoutError:
            return unknown(f"no answer within {self._limits.answer_seconds:g} s")

    async def _ask(self, session: Session, event_id: EventId, fact: f.Fact) -> Result:
        """Say the fact and wait for the step that answers it."""
        with self._answers.expected(event_id) as answer:
            await self._facts.append(session.workspace, event_id, fact)
            return await answer

    async def _complete(
        self, session: Session, event_id: EventId, command: c.CompleteContact
    ) -> Result:
        contact = session.held(command.contact_id)
        if contact is None:
            return rejected("NOT_YOUR_CONTACT", f"contact {command.contact_id!r}")
        choices = self._choices(session.workspace)
        if choices.is_known and command.disposition not in choices.dispositions:
            return rejected("UNKNOWN_DISPOSITION", f"disposition {command.disposition!r}")
        name = session.name(self._desk_instance)
        if contact.state.is_talking and contact.channel.is_written:
            disconnected = await self._ask(
                session,
                derived_id(event_id, "disconnect"),
                f.Disconnected(session=name, contact_id=contact.contact_id),
            )
            # The customer may have left in this moment: then it is in wrap-up, too.
            if not disconnected.is_ok and disconnected.because != "NOT_IN_THIS_STATE":
                return disconnected
        finished = f.WrapUpFinished(
            session=name,
            contact_id=contact.contact_id,
            disposition=command.disposition,
            note=command.note,
            key_id=contact.key_id,
        )
        return await self._ask(session, event_id, finished)

    async def _read(self, session: Session, command: c.ReadConversation) -> Result:
        contact = session.thread(command.contact_id)
        if contact is None or contact.state is State.OTHER:
            return rejected("NOT_YOUR_CONTACT", f"contact {command.contact_id!r}")
        await self._conversations.read_again(session, contact)
        return OK

    async def _sign_out(self, session: Session, event_id: EventId) -> Result:
        fact = f.SignedOut(session=session.name(self._desk_instance))
        session.is_signing_out = True
        try:
            return await self._ask(session, event_id, fact)
        finally:
            # One that was not answered in time may still come true: then the session is gone.
            session.is_signing_out = False


def _scope(session: Session, command: c.Command) -> str:
    """Within what the command's id is unique; what is about the session itself is said in each."""
    is_of_session = isinstance(command, c.SignOut | c.ChoosePresence)
    return session.session_id if is_of_session else session.command_scope


def _fact(name: SessionName, command: c.Command) -> f.Fact:
    """The fact that a plain request is."""
    match command:
        case c.ChoosePresence():
            return f.PresenceChosen(
                session=name,
                presence=command.presence,
                reason_code=command.reason_code,
                is_next=command.is_next,
            )
        case c.ConfirmOffer():
            return f.OfferDelivered(session=name, offer_id=command.offer_id)
        case c.AcceptOffer():
            return f.OfferAccepted(session=name, offer_id=command.offer_id)
        case c.RejectOffer():
            return f.OfferRejected(
                session=name, offer_id=command.offer_id, reason_code=command.reason_code
            )
        case c.TransferContact():
            return f.TransferRequested(
                session=name,
                contact_id=command.contact_id,
                queue=command.queue,
                to_agent_id=command.to_agent_id,
                flow=command.flow,
                wanted=command.wanted,
            )
        case c.ConsultColleague():
            return f.ConsultRequested(
                session=name,
                contact_id=command.contact_id,
                queue=command.queue,
                to_agent_id=command.to_agent_id,
                wanted=command.wanted,
            )
        case _:
            return _fact_of_contact(name, command)


def _fact_of_contact(name: SessionName, command: c.Command) -> f.Fact:
    """The fact that says no more than which contact."""
    match command:
        case c.HoldContact():
            return f.HoldStarted(session=name, contact_id=command.contact_id)
        case c.ResumeContact():
            return f.HoldEnded(session=name, contact_id=command.contact_id)
        case c.EndContact():
            return f.Disconnected(session=name, contact_id=command.contact_id)
        case c.EndConsult():
            return f.ConsultEnded(session=name, contact_id=command.contact_id)
        case c.StartConference():
            return f.ConferenceStarted(session=name, contact_id=command.contact_id)
        case c.TransferToConsulted():
            return f.ConsultTransferRequested(session=name, contact_id=command.contact_id)
        case _:
            raise ValueError(f"{type(command).__name__} is more than one fact")


def _ended(
    session: Session, command_id: str, command: c.Command, done: "asyncio.Task[Result]"
) -> None:
    session.in_flight.pop(command_id, None)
    if session.lanes.get(c.lane(command)) is done:
        del session.lanes[c.lane(command)]
    if done.cancelled():
        return
    if (error := done.exception()) is not None:
        session.fail(error)
        return
    result = done.result()
    if result.is_final:
        session.results[command_id] = result
        if len(session.results) > MAX_REMEMBERED_RESULTS:
            del session.results[next(iter(session.results))]
    _tell(session, command_id, result)
    if isinstance(command, c.SignOut) and result.is_ok:
        session.end(End.SIGNED_OUT)


def _tell_done(session: Session, command_id: str, done: "asyncio.Task[Result]") -> None:
    if not done.cancelled() and done.exception() is None:
        _tell(session, command_id, done.result())


def _tell(session: Session, command_id: str, result: Result) -> None:
    session.tell(CommandEnded(command_id=command_id, result=result))
