"""Customers and agents who put up with faults: they come back, and say again what was lost."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiosmtplib
from websockets.exceptions import WebSocketException

from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import common_pb2, routing_events_pb2
from contact_center_agent import AgentRefused
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.demo.agents import NAMES
from local_stack.demo.chat_customer import ChatCustomer, ChatRefused
from tests.chaos.callers import Callers
from tests.e2e.world import World

HABITS = {"answer_after": 0.2, "reply_after": 0.2, "talk": 0.5, "wrap_up": 0.2}
CHATS_PER_SECOND = 3.0
MAILS_PER_SECOND = 0.5
MOST_OPEN = 60
AGAIN_SECONDS = 3.0
BACK_SECONDS = 0.5
PATIENCE_SECONDS = 90.0
# Of those who chat: who is asked by the flow what it is about.
ASKED_SHARE = 0.3
# What is said of it again when nothing happens: the flow's service may be away.
SAYS_AGAIN_SECONDS = 5.0
# How long a call lasts at most, and how many of them are put on hold.
CALL_SECONDS = 6.0
HOLD_SECONDS = 1.0
HELD_SHARE = 0.4
LOST = (ChatRefused, WebSocketException, OSError, TimeoutError)

R = routing_events_pb2
SERVED = (R.CONTACT_STATE_CONNECTED, R.CONTACT_STATE_ON_HOLD)


@dataclass(slots=True)
class Chat:
    """One chat as its customer knows it; `acked` of what was `said`, by message."""

    visitor: str
    conversation_id: str
    said: dict[str, str] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)


class StubbornAgent(AgentPerson):
    """Does a thing until it is so: what was said into a stream that broke never arrived."""

    def __init__(self, chance: Random, *args: Any) -> None:
        super().__init__(*args)
        self._chance = chance
        self._calls: dict[str, float] = {}
        self._state = routing_events_pb2.AgentState()

    async def run(self) -> None:
        """Work until cancelled, whatever ends a stream."""
        try:
            while True:
                with suppress(AgentRefused):
                    self._client = self._new_client()
                    await self._work()
                # A fault may have taken the session; the person at the desk signs in again.
                self.is_signed_out = self._client.has_signed_out
                await asyncio.sleep(BACK_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()

    async def insist(self) -> None:
        """Choose to be available, and bring to an end what is in hand, until cancelled."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            if self.signed_in.is_set() and not self.is_signed_out:
                self._again()

    def _again(self) -> None:
        agent = self._state
        if agent.presence != common_pb2.PRESENCE_AVAILABLE or agent.not_routable_because in (
            "not_responding",
            "undelivered",
        ):
            self._available()
        for held in agent.contacts:
            if held.state in SERVED and not self._is_talking(held.contact_id):
                self.end(held.contact_id)
            elif held.state == R.CONTACT_STATE_WRAP_UP:
                self._spawn(self._finish(held.contact_id))
        for offer in agent.offers:
            self.send(accept_offer=agents.AcceptOffer(offer_id=offer.offer_id))

    def _is_talking(self, contact_id: str) -> bool:
        began = self._calls.get(contact_id)
        return began is not None and time.monotonic() < began + CALL_SECONDS

    async def _serve(self, contact_id: str, channel: int) -> None:
        """A call lasts a while, and some of them are put on hold."""
        if channel != common_pb2.CHANNEL_VOICE:
            await super()._serve(contact_id, channel)
            return
        self._calls[contact_id] = time.monotonic()
        seconds = self._chance.uniform(1.0, CALL_SECONDS - HOLD_SECONDS)
        if self._chance.random() < HELD_SHARE:
            await asyncio.sleep(seconds / 2)
            self.send(hold_contact=agents.HoldContact(contact_id=contact_id))
            await asyncio.sleep(HOLD_SECONDS)
            self.send(resume_contact=agents.ResumeContact(contact_id=contact_id))
            seconds /= 2
        await asyncio.sleep(seconds)
        self.end(contact_id)

    def _react(self, event: Any) -> None:
        kind = event.WhichOneof("event")
        if kind == "snapshot":
            self._state = event.snapshot.agent
            self._in_hand = {held.contact_id for held in self._state.contacts} & self._in_hand
        elif kind == "agent_state_changed":
            self._state = event.agent_state_changed.agent
        super()._react(event)


class Crowd:
    """`come` brings customers in, from a seed, until `closed`; agents work until `leave`."""

    def __init__(self, world: World, chance: Random, desks: list[str]) -> None:
        self._world = world
        self._chance = chance
        self._desks = desks
        self.callers = Callers(world, Random(chance.random()))
        self.people: list[StubbornAgent] = []
        self.accepted: set[str] = set()
        self.chats: list[Chat] = []
        self.mails_tried = 0
        self.mails_accepted = 0
        self.refused = 0
        self.impatient = 0
        self._visits: set[asyncio.Task[None]] = set()
        self._work: list[asyncio.Task[None]] = []
        self._is_open = True
        # As long as things break nobody gives up.
        self._gives_up_at = float("inf")

    async def begin(self) -> None:
        """Sign the agents in, each with a telephone; return when all are."""
        await asyncio.gather(
            # Of a call whose line vanished the telephone hears nothing any more.
            *(self._world.agent_phone(name, "--hangup-after", "20") for name in NAMES)
        )
        for number, name in enumerate(NAMES):
            turn = number % len(self._desks)
            desks = self._desks[turn:] + self._desks[:turn]
            chance = Random(self._chance.random())
            person = StubbornAgent(chance, name, desks, Habits(**HABITS), self._world.tokens)
            self.people.append(person)
            self._work += [asyncio.create_task(work) for work in (person.run(), person.insist())]
        async with asyncio.timeout(60):
            await asyncio.gather(*(person.signed_in.wait() for person in self.people))

    async def come(self) -> None:
        """Let customers arrive until cancelled or closed."""
        calls = asyncio.create_task(self.callers.come())
        try:
            await self._come()
        finally:
            calls.cancel()

    async def _come(self) -> None:
        while self._is_open:
            rate = CHATS_PER_SECOND + MAILS_PER_SECOND
            await asyncio.sleep(self._chance.expovariate(rate))
            if len(self._visits) >= MOST_OPEN:
                continue
            is_mail = self._chance.random() < MAILS_PER_SECOND / rate
            visit = asyncio.create_task(self._mail() if is_mail else self._visit())
            self._visits.add(visit)
            visit.add_done_callback(self._visits.discard)

    async def close(self) -> None:
        """Bring nobody in any more; return when those inside are done."""
        self._is_open = False
        self._gives_up_at = time.monotonic() + PATIENCE_SECONDS
        if self._visits:
            await asyncio.wait(set(self._visits))
        await self.callers.close()

    async def leave(self) -> None:
        """Agents go home."""
        for task in (*self._work, *self._visits):
            task.cancel()
        await asyncio.gather(*self._work, *self._visits, return_exceptions=True)

    def broken(self) -> Iterator[BaseException]:
        """Yield what ended an agent's work early."""
        for task in self._work:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                yield error

    async def _visit(self) -> None:
        is_asked = self._chance.random() < ASKED_SHARE
        chat = self._world.chat(entry_point="web" if is_asked else "web-direct")
        async with chat:
            try:
                await chat.start()
            except LOST:
                self.refused += 1
                return
            self.accepted.add(chat.contact_id)
            known = Chat(chat.visitor_id, chat.conversation_id)
            self.chats.append(known)
            await self._stay(chat, known, is_asked=is_asked)

    async def _stay(self, chat: ChatCustomer, known: Chat, *, is_asked: bool) -> None:
        """Say what it is about, wait for the end, and come back as often as the line breaks."""
        is_connected = True
        while True:
            try:
                if not is_connected:
                    await chat.resume()
                    is_connected = True
                await self._say(chat, known)
                await chat.state("ended", within=SAYS_AGAIN_SECONDS)
                return
            except TimeoutError:
                if is_asked and set(known.said) == known.acked:
                    known.said[str(uuid.uuid4())] = "My invoice"
            except LOST:
                is_connected = False
                await asyncio.sleep(BACK_SECONDS)
            if time.monotonic() > self._gives_up_at:
                self.impatient += 1
                return

    async def _say(self, chat: ChatCustomer, known: Chat) -> None:
        """Say it under the same id until it is acknowledged: a browser does no less."""
        if not known.said:
            known.said[str(uuid.uuid4())] = "My invoice"
        for message_id, text in known.said.items():
            if message_id not in known.acked:
                await chat.say(text, client_msg_id=message_id)
                known.acked.add(message_id)

    async def _mail(self) -> None:
        self.mails_tried += 1
        try:
            await self._world.mail(
                sender=f"chaos{self.mails_tried}@example.org",
                recipient="billing@cc.test",
                subject="A bill",
                text="Which one?",
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            self.refused += 1
        else:
            self.mails_accepted += 1
