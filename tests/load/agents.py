"""Agents of a load: at the desk over gRPC, or as facts in the log."""

import asyncio
from typing import Any
from uuid import uuid4

from contact_center.v1 import common_pb2, contact_events_pb2, routing_events_pb2
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.tokens import Tokens
from tests.load.fact_log import FactLog

DISPOSITION = "solved"
HEARTBEAT_SECONDS = 1.0
SIGN_IN_SECONDS = 60.0
E_ = contact_events_pb2


def names(count: int) -> list[str]:
    """Return the ids of a load's agents."""
    return [f"load{number:03d}" for number in range(count)]


class DeskAgents:
    """Everybody signs in at the desk, answers at once and talks for so many seconds."""

    def __init__(self, desk: str, tokens: Tokens, talk: float) -> None:
        self._desk, self._tokens = desk, tokens
        self._habits = Habits(answer_after=0.0, reply_after=0.0, talk=talk, wrap_up=0.0)
        self._tasks: list[asyncio.Task[None]] = []

    async def sign_in(self, count: int) -> None:
        """Return when everybody is there."""
        people = [AgentPerson(n, [self._desk], self._habits, self._tokens) for n in names(count)]
        self._tasks = [asyncio.create_task(person.run()) for person in people]
        async with asyncio.timeout(SIGN_IN_SECONDS):
            await asyncio.gather(*(person.signed_in.wait() for person in people))

    async def stop(self) -> None:
        """Close every stream; the desk says that they are lost."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class FactAgents:
    """Nobody is at a desk: what agents would say is appended, as an answer to each step."""

    def __init__(self, talk: float) -> None:
        self.log: FactLog | None = None
        self._talk = talk
        self._desk = f"load-{uuid4()}"
        self._sessions: dict[str, int] = {}
        self._names: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._signed_in = asyncio.Event()

    async def sign_in(self, count: int) -> None:
        """Return when everybody is there."""
        assert self.log is not None
        self._names = set(names(count))
        self._spawn(self._heartbeats())
        for name in names(count):
            fact = E_.AgentSignedIn(
                agent_id=name, session_id=str(uuid4()), desk_instance=self._desk
            )
            await self.log.say(agent_signed_in=fact)
        async with asyncio.timeout(SIGN_IN_SECONDS):
            await self._signed_in.wait()

    async def stop(self) -> None:
        """Sign out."""
        assert self.log is not None
        for name in self._sessions:
            await self.log.say(agent_signed_out=E_.AgentSignedOut(**self._of(name)))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heard(self, decision: Any) -> None:
        """Answer a decision about one of us."""
        kind = decision.WhichOneof("decision")
        body = getattr(decision, kind)
        if kind == "agent_session_started" and body.agent.agent_id in self._names:
            self._sessions[body.agent.agent_id] = body.agent.session_number
            self._available(body.agent.agent_id)
            if len(self._sessions) == len(self._names):
                self._signed_in.set()
        elif kind == "agent_state_changed" and body.agent.agent_id in self._names:
            if body.agent.not_routable_because == "not_responding":
                self._available(body.agent.agent_id)
        elif kind == "offer_made" and body.agent_id in self._names:
            given = self._of(body.agent_id) | {"offer_id": body.offer_id}
            self._say(offer_delivered=E_.OfferDelivered(**given))
            self._say(offer_accepted=E_.OfferAccepted(**given))
        elif kind == "contact_connected" and body.agent_id in self._names:
            self._spawn(self._talk_and_end(body))
        elif kind == "wrap_up_started" and body.agent_id in self._names:
            given = self._of(body.agent_id) | {"contact_id": body.contact_id}
            self._say(wrap_up_finished=E_.WrapUpFinished(**given, disposition=DISPOSITION))

    async def _talk_and_end(self, body: routing_events_pb2.ContactConnected) -> None:
        assert self.log is not None
        await asyncio.sleep(self._talk)
        fact = E_.ContactDisconnected(contact_id=body.contact_id, by=E_.PARTY_CUSTOMER)
        await self.log.say(contact_disconnected=fact)

    async def _heartbeats(self) -> None:
        assert self.log is not None
        while True:
            await self.log.say(desk_heartbeat=E_.DeskHeartbeat(desk_instance=self._desk))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    def _available(self, name: str) -> None:
        chosen = E_.PresenceChosen(**self._of(name), presence=common_pb2.PRESENCE_AVAILABLE)
        self._say(presence_chosen=chosen)

    def _of(self, name: str) -> dict[str, Any]:
        number = self._sessions.get(name, 0)
        return {"agent_id": name, "session_number": number, "desk_instance": self._desk}

    def _say(self, **fact: Any) -> None:
        assert self.log is not None
        self._spawn(self.log.say(**fact))

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
