"""The agents of the demo: who is ill-tempered when, and their telephones."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from contact_center.v1 import common_pb2, routing_events_pb2
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.demo.colleagues import Colleagues
from local_stack.phone.process import phone
from local_stack.tokens import Tokens

NAMES = ("ana", "bob", "cem", "dia", "eva", "finn")
# Long enough for a caller to give up while it rings.
RING = 4.0


@dataclass(slots=True)
class Tempers:
    """One offer is refused by eva, one is left to ring by finn; one call goes to another queue."""

    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    transferred: list[str] = field(default_factory=list)
    colleagues: Colleagues = field(default_factory=Colleagues)
    transfer_from: str = "sales"
    transfer_to: str = "billing"

    def judge(self, person: AgentPerson, offer: routing_events_pb2.OfferMade) -> str:
        """Say accept, reject or ignore; and mark the one call that is to be transferred."""
        if person.agent_id == "eva" and not self.refused:
            self.refused.append(offer.offer_id)
            return "reject"
        if person.agent_id == "finn" and not self.ignored:
            self.ignored.append(offer.offer_id)
            return "ignore"
        is_call = offer.channel == common_pb2.CHANNEL_VOICE
        if is_call and offer.queue == self.transfer_from and not self.transferred:
            self.transferred.append(offer.contact_id)
            person.habits.transfer_to[offer.contact_id] = self.transfer_to
        if self.refused and self.ignored:
            self.colleagues.look_at(person, offer)
        return "accept"


class Agents:
    """All agents signed in, each with a telephone; `async with` keeps them at work."""

    def __init__(self, desks: list[str], phone_ports: dict[str, int], tokens: Tokens) -> None:
        self.tempers = Tempers()
        self.people = [
            AgentPerson(
                name, desks, Habits(judge=self.tempers.judge, answer_call_after=RING), tokens
            )
            for name in NAMES
        ]
        self._phone_ports = phone_ports
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "Agents":
        await asyncio.gather(*(self._ring_up(name) for name in self._phone_ports))
        for person in self.people:
            task = asyncio.create_task(person.run())
            self._open.push_async_callback(_ended, task)
        async with asyncio.timeout(30):
            await asyncio.gather(*(person.signed_in.wait() for person in self.people))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _ring_up(self, name: str) -> None:
        port = str(self._phone_ports[name])
        await self._open.enter_async_context(
            phone("agent", "--user", name, "--port", port, "--answer", "auto", "--tone", "660")
        )


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
