"""Customers and agents who put up with faults: they come back, and say again what was lost."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import aiosmtplib
from websockets.exceptions import WebSocketException

from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import common_pb2, routing_events_pb2
from contact_center_agent import AgentRefused
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.demo.chat_customer import ChatCustomer, ChatRefused
from tests.e2e.world import World

NAMES = ("ana", "bob", "cem", "dia", "eva", "finn")
HABITS = {"answer_after": 0.2, "reply_after": 0.2, "talk": 0.5, "wrap_up": 0.2}
CHATS_PER_SECOND = 3.0
MAILS_PER_SECOND = 0.5
MOST_OPEN = 60
AGAIN_SECONDS = 3.0
BACK_SECONDS = 0.5
MOST_TRIES = 200
PATIENCE_SECONDS = 90.0
LOST = (ChatRefused, WebSocketException, OSError, TimeoutError)

R = routing_events_pb2
SERVED = (R.CONTACT_STATE_CONNECTED, R.CONTACT_STATE_ON_HOLD)


class StubbornAgent(AgentPerson):
    """Does a thing until it is so: what was said into a stream that broke never arrived."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
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
            if held.state in SERVED:
                self.end(held.contact_id)
            elif held.state == R.CONTACT_STATE_WRAP_UP:
                self._spawn(self._finish(held.contact_id))
        for offer in agent.offers:
            self.send(accept_offer=agents.AcceptOffer(offer_id=offer.offer_id))

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
        self.people: list[StubbornAgent] = []
        self.accepted: set[str] = set()
        self.mails_tried = 0
        self.mails_accepted = 0
        self.refused = 0
        self.impatient = 0
        self._visits: set[asyncio.Task[None]] = set()
        self._work: list[asyncio.Task[None]] = []
        self._is_open = True

    async def begin(self) -> None:
        """Sign the agents in; return when all are."""
        for number, name in enumerate(NAMES):
            turn = number % len(self._desks)
            desks = self._desks[turn:] + self._desks[:turn]
            person = StubbornAgent(name, desks, Habits(**HABITS), self._world.tokens)
            self.people.append(person)
            self._work += [asyncio.create_task(work) for work in (person.run(), person.insist())]
        async with asyncio.timeout(60):
            await asyncio.gather(*(person.signed_in.wait() for person in self.people))

    async def come(self) -> None:
        """Let customers arrive until cancelled or closed."""
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
        if self._visits:
            await asyncio.wait(set(self._visits))

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
        chat = self._world.chat()
        async with chat:
            try:
                await chat.start()
            except LOST:
                self.refused += 1
                return
            self.accepted.add(chat.contact_id)
            await self._stay(chat)

    async def _stay(self, chat: ChatCustomer) -> None:
        """Wait for the end of the chat, and come back as often as the line breaks."""
        is_connected = True
        for _ in range(MOST_TRIES):
            try:
                if not is_connected:
                    await chat.resume()
                    is_connected = True
                await chat.state("ended", within=PATIENCE_SECONDS)
                return
            except TimeoutError:
                self.impatient += 1
                return
            except LOST:
                is_connected = False
                await asyncio.sleep(BACK_SECONDS)

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
