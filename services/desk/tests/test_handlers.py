"""Handlers alone, where the world must fail in ways a shared broker cannot be made to."""

import asyncio
from collections.abc import Sequence
from typing import Any

from chassis.testing import eventually
from desk.domain import commands as c
from desk.domain import facts as f
from desk.domain.agents import AgentView, Channel, Connection, HeldContact, State
from desk.domain.events import Card, Choices, CommandEnded, ConversationShown, Event, MessageShown
from desk.domain.messages import Message, NamedMessages, RecentMessages, SealedMessage
from desk.domain.names import EventId, SessionName
from desk.domain.results import Code, Result
from desk.domain.steps import Step
from desk.handlers.answers import Answers
from desk.handlers.commands import CommandLimits, Commands
from desk.handlers.conversations import ConversationLimits, Conversations
from desk.handlers.farewells import Farewells
from desk.handlers.outbox import Outbox
from desk.handlers.ports import Away, NotWritten
from desk.handlers.session import Session
from desk.handlers.writing import Replies

NAME = SessionName(agent_id="ana", session_number=1, desk_instance="d")


class Log:
    """Takes facts, answers them at once, or refuses a number of times."""

    def __init__(self, answers: Answers, refusals: int = 0) -> None:
        self.written: list[str] = []
        self.ids: list[str] = []
        self.refusals = refusals
        self.is_keyless = False
        self._answers = answers

    async def append(self, workspace: str, event_id: EventId, fact: f.Fact) -> None:
        self._write(type(fact).__name__, event_id)
        self._answers.on_step(Step(workspace=workspace, number=1, event_id=event_id, decisions=()))

    async def record(self, workspace: str, contact: Any, event_id: EventId, *_: str) -> None:
        if self.is_keyless:
            raise Away("the key service is away")
        self._write("message", event_id)

    async def send_mail(self, workspace: str, contact: Any, event_id: EventId, *_: str) -> None:
        self._write("mail", event_id)

    def _write(self, what: str, event_id: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise NotWritten("the log is away")
        self.written.append(what)
        self.ids.append(event_id)


class Crm:
    """Answers when it is let."""

    def __init__(self, *messages: str) -> None:
        self.messages = list(messages)
        self.may_answer = asyncio.Event()

    async def conversation(self, workspace: str, conversation_id: str) -> Sequence[Message]:
        await self.may_answer.wait()
        return [message(text) for text in self.messages]

    async def card(self, workspace: str, customer_id: str) -> Card:
        raise Away("not asked here")


class Opens:
    """Everything is readable, after a moment."""

    async def open(self, sealed: SealedMessage, contact_id: str) -> Message:
        await asyncio.sleep(0)
        return message(sealed.message_id)


def message(message_id: str) -> Message:
    return Message(message_id=message_id, size_bytes=1, payload=message_id)


def sealed(message_id: str) -> SealedMessage:
    return SealedMessage(
        workspace="w",
        conversation_id="t",
        contact_id="c",
        message_id=message_id,
        size_bytes=1,
        payload=None,
    )


def a_session(channel: Channel = Channel.TEXT) -> Session:
    session = Session(
        session_id="0b2bb6c4-0c53-4a22-8f2b-0f4b6a3f8a11",
        workspace="w",
        agent_id="ana",
        outbox=Outbox(max_events=100, max_bytes=1_000_000),
    )
    contact = HeldContact(
        contact_id="c",
        channel=channel,
        state=State.CONNECTED,
        conversation_id="t",
        customer_id="",
        key_id="k",
    )
    session.number = 1
    session.view = AgentView(
        agent_id="ana",
        session_number=1,
        connection=Connection.CONNECTED,
        contacts=(contact,),
        offers=(),
        payload=None,
    )
    return session


def conversations(crm: Crm) -> Conversations:
    return Conversations(
        recent=RecentMessages(max_messages=100, max_bytes=10_000),
        named=NamedMessages(max_messages=100),
        customers=crm,
        reading=Opens(),
        limits=ConversationLimits(max_messages=200, max_bytes=1_000_000, wait_seconds=1.0),
    )


def commands(log: Log, answers: Answers) -> Commands:
    return Commands(
        desk_instance="d",
        facts=log,
        answers=answers,
        replies=Replies(facts=log, writing=log),
        conversations=conversations(Crm()),
        choices=lambda workspace: Choices(),
        limits=CommandLimits(max_in_flight=8, answer_seconds=1.0),
    )


async def events(session: Session, count: int) -> list[Event]:
    async with asyncio.timeout(60):
        return [(await session.outbox.get())[0] for _ in range(count)]


async def result(session: Session) -> Result:
    [ended] = await events(session, 1)
    assert isinstance(ended, CommandEnded)
    return ended.result


async def test_a_log_that_takes_nothing_makes_a_command_unavailable_and_a_repeat_works() -> None:
    answers = Answers()
    log = Log(answers, refusals=1)
    desk, session = commands(log, answers), a_session()
    desk.take(session, "1", c.AcceptOffer(offer_id="o"))
    refused = await result(session)
    desk.take(session, "1", c.AcceptOffer(offer_id="o"))
    accepted = await result(session)

    assert refused.code is Code.UNAVAILABLE
    assert accepted.code is Code.OK
    assert log.written == ["OfferAccepted"]


async def test_a_mail_that_was_half_written_is_finished_by_a_repeat_as_the_same_mail() -> None:
    answers = Answers()
    log = Log(answers)
    desk, session = commands(log, answers), a_session(Channel.EMAIL)
    refused: list[Result] = []
    write = log._write

    def refuse_the_mail_once(what: str, event_id: str) -> None:
        if what == "mail" and not refused:
            refused.append(Result(code=Code.UNAVAILABLE))
            raise NotWritten("the log went away in between")
        write(what, event_id)

    log._write = refuse_the_mail_once  # type: ignore[method-assign]
    desk.take(session, "1", c.SendMessage(contact_id="c", text="hello"))
    first = await result(session)
    desk.take(session, "1", c.SendMessage(contact_id="c", text="hello"))
    second = await result(session)

    assert (first.code, second.code) == (Code.UNAVAILABLE, Code.OK)
    assert log.written == ["message", "message", "mail", "FirstReplied"]
    assert len(set(log.ids[:3])) == 1


async def test_without_the_key_nothing_is_written() -> None:
    answers = Answers()
    log = Log(answers)
    log.is_keyless = True
    desk, session = commands(log, answers), a_session()
    desk.take(session, "1", c.SendMessage(contact_id="c", text="hello"))

    assert (await result(session)).code is Code.UNAVAILABLE
    assert log.written == []


async def test_a_lost_connection_is_said_until_the_log_takes_it() -> None:
    """While this desk beats, nobody else would notice that the agent is gone."""
    log = Log(Answers(), refusals=2)
    farewells = Farewells(log)
    farewells.say_lost("w", "0b2bb6c4-0c53-4a22-8f2b-0f4b6a3f8a11", NAME)
    await eventually(lambda: log.written)

    assert log.written == ["ConnectionLost"]


async def test_messages_that_come_while_a_conversation_loads_are_in_it_once() -> None:
    crm = Crm("old", "both")
    shown, session = conversations(crm), a_session()
    assert session.view is not None
    shown.take_view(session, session.view)
    for message_id in ("both", "new"):
        shown.keep(sealed(message_id))
        shown.show_new(session, sealed(message_id))
    crm.may_answer.set()
    [conversation] = await events(session, 1)
    for message_id in ("newer", "newest"):
        shown.keep(sealed(message_id))
        shown.show_new(session, sealed(message_id))
    live = await events(session, 2)

    assert isinstance(conversation, ConversationShown)
    assert [m.message_id for m in conversation.messages] == ["old", "both", "new"]
    assert conversation.is_complete
    assert [one.message.message_id for one in live if isinstance(one, MessageShown)] == [
        "newer",
        "newest",
    ]
