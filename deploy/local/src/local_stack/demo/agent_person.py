"""An agent at work over gRPC: signs in, confirms and answers offers, replies, finishes.

It speaks the bare protocol of AgentService, without the desk's own client, so that what it sees is
what any client sees.
"""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import grpc

from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import agent_service_pb2_grpc, common_pb2, routing_events_pb2
from local_stack.tokens import Tokens

TEXT = frozenset(
    {
        common_pb2.CHANNEL_CHAT,
        common_pb2.CHANNEL_IN_APP,
        common_pb2.CHANNEL_SMS,
        common_pb2.CHANNEL_MESSENGER,
    }
)
Work = agents.WorkResponse
Judge = Callable[["AgentPerson", routing_events_pb2.OfferMade], str]


@dataclass(slots=True, kw_only=True)
class Habits:
    """How the agent works, in seconds; `judge` says accept, reject or ignore for each offer."""

    answer_after: float = 0.3
    answer_call_after: float = 0.3
    reply_after: float = 0.3
    talk: float = 3.0
    wrap_up: float = 0.3
    reply: str = "Hello, I have looked into it and it is settled. Is there anything else?"
    disposition: str = "solved"
    judge: Judge = lambda person, offer: "accept"
    transfer_to: dict[str, str] = field(default_factory=dict)  # contact → queue


class AgentPerson:
    """One agent on one stream; `run` until cancelled or signed out, reconnecting over `desks`."""

    def __init__(self, agent_id: str, desks: list[str], habits: Habits, tokens: Tokens) -> None:
        self.agent_id = agent_id
        self.habits = habits
        self.seen: deque[Work] = deque(maxlen=5000)
        self.offers: list[str] = []
        # When each contact was first offered to this agent, by the process's own steady clock.
        self.offered_at: dict[str, float] = {}
        self.handled: list[str] = []
        self.signed_in = asyncio.Event()
        self.is_signed_out = False
        self._desks = itertools.cycle(desks)
        self._tokens = tokens
        self._numbers = itertools.count(1)
        self._outbox: asyncio.Queue[agents.WorkRequest] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[str] = set()
        self._sign_out_id = ""

    async def run(self) -> None:
        """Work until cancelled, signed out or replaced; a broken stream is opened again."""
        try:
            while not self.is_signed_out:
                try:
                    await self._work(next(self._desks))
                except grpc.aio.AioRpcError as error:
                    if error.code() not in (
                        grpc.StatusCode.UNAVAILABLE,
                        grpc.StatusCode.CANCELLED,
                        grpc.StatusCode.UNKNOWN,
                    ):
                        raise
                await asyncio.sleep(0.2)
        finally:
            for task in self._tasks:
                task.cancel()

    def send(self, **command: object) -> str:
        """Queue one command by its field name, for example `accept_offer=...`; returns its id."""
        command_id = f"{self.agent_id}-{next(self._numbers)}"
        if "sign_out" in command:
            self._sign_out_id = command_id
        self._outbox.put_nowait(agents.WorkRequest(command_id=command_id, **command))  # type: ignore[arg-type]
        return command_id

    def write(self, contact_id: str, text: str) -> str:
        """Say something on a written contact; returns the command's id."""
        return self.send(send_message=agents.SendMessage(contact_id=contact_id, text=text))

    def end(self, contact_id: str) -> str:
        """End a contact by word; returns the command's id."""
        return self.send(end_contact=agents.EndContactByAgent(contact_id=contact_id))

    def result(self, command_id: str) -> agents.CommandResult | None:
        """Return the result of a command once it is there."""
        for event in self.seen:
            if event.command_result.command_id == command_id:
                return event.command_result
        return None

    @property
    def snapshot(self) -> routing_events_pb2.AgentState:
        """The agent's state as the last sign-in showed it."""
        shown = [e.snapshot.agent for e in self.seen if e.WhichOneof("event") == "snapshot"]
        return shown[-1] if shown else routing_events_pb2.AgentState()

    @property
    def session_number(self) -> int:
        """The number of the last session; 0 before the first."""
        return self.snapshot.session_number

    async def _work(self, desk: str) -> None:
        self._outbox = asyncio.Queue()
        self.send(hello=agents.Hello(agent_id=self.agent_id))
        async with grpc.aio.insecure_channel(desk) as channel:
            stub = agent_service_pb2_grpc.AgentServiceStub(channel)
            metadata = self._tokens.metadata("agent", self.agent_id)
            async for event in stub.Work(self._requests(), metadata=metadata):
                self.seen.append(event)
                self._react(event)
        # The desk ends the stream of one who signed out.
        self.is_signed_out |= bool(self._sign_out_id)

    async def _requests(self) -> AsyncIterator[agents.WorkRequest]:
        outbox = self._outbox
        while True:
            yield await outbox.get()

    def _react(self, event: Work) -> None:
        kind = event.WhichOneof("event")
        if kind == "snapshot":
            self._on_snapshot(event.snapshot.agent)
        elif kind == "offer_shown":
            self.offered_at.setdefault(event.offer_shown.offer.contact_id, time.perf_counter())
            self._spawn(self._on_offer(event.offer_shown.offer))
        elif kind == "contact_changed":
            self._on_contact(event.contact_changed)
        elif kind == "session_replaced":
            self.is_signed_out = True
        elif kind == "command_result":
            self.is_signed_out |= event.command_result.command_id == self._sign_out_id
        elif kind == "agent_state_changed":
            agent = event.agent_state_changed.agent
            if agent.not_routable_because == "not_responding":
                self._available()

    def _on_snapshot(self, agent: routing_events_pb2.AgentState) -> None:
        if agent.presence != common_pb2.PRESENCE_AVAILABLE:
            self._available()
        for held in agent.contacts:
            if held.state == routing_events_pb2.CONTACT_STATE_CONNECTED:
                self._begin(held.contact_id, held.channel)
            elif held.state == routing_events_pb2.CONTACT_STATE_WRAP_UP:
                self._spawn(self._finish(held.contact_id))
        for offer in agent.offers:
            self._spawn(
                self._on_offer(
                    routing_events_pb2.OfferMade(
                        offer_id=offer.offer_id,
                        contact_id=offer.contact_id,
                        channel=offer.channel,
                        queue=offer.queue,
                    )
                )
            )
        self.signed_in.set()

    def _available(self) -> None:
        self.send(choose_presence=agents.ChoosePresence(presence=common_pb2.PRESENCE_AVAILABLE))

    async def _on_offer(self, offer: routing_events_pb2.OfferMade) -> None:
        self.offers.append(offer.offer_id)
        self.send(confirm_offer=agents.ConfirmOffer(offer_id=offer.offer_id))
        verdict = self.habits.judge(self, offer)
        is_call = offer.channel == common_pb2.CHANNEL_VOICE
        habits = self.habits
        await asyncio.sleep(habits.answer_call_after if is_call else habits.answer_after)
        if verdict == "accept":
            self.send(accept_offer=agents.AcceptOffer(offer_id=offer.offer_id))
        elif verdict == "reject":
            self.send(reject_offer=agents.RejectOffer(offer_id=offer.offer_id))

    def _on_contact(self, change: agents.ContactChanged) -> None:
        if change.state == routing_events_pb2.CONTACT_STATE_CONNECTED:
            self._begin(change.contact_id, change.channel)
        elif change.state == routing_events_pb2.CONTACT_STATE_WRAP_UP:
            self._spawn(self._finish(change.contact_id))

    def _begin(self, contact_id: str, channel: int) -> None:
        if contact_id not in self._in_hand:
            self._in_hand.add(contact_id)
            self._spawn(self._serve(contact_id, channel))

    async def _serve(self, contact_id: str, channel: int) -> None:
        is_written = channel in TEXT or channel == common_pb2.CHANNEL_EMAIL
        if is_written:
            await asyncio.sleep(self.habits.reply_after)
            message = agents.SendMessage(contact_id=contact_id, text=self.habits.reply)
            self.send(send_message=message)
        await asyncio.sleep(self.habits.talk)
        queue = self.habits.transfer_to.pop(contact_id, None)
        if queue is not None:
            self.send(transfer_contact=agents.TransferContact(contact_id=contact_id, queue=queue))
        else:
            self.send(end_contact=agents.EndContactByAgent(contact_id=contact_id))

    async def _finish(self, contact_id: str) -> None:
        await asyncio.sleep(self.habits.wrap_up)
        self.handled.append(contact_id)
        self.send(
            complete_contact=agents.CompleteContact(
                contact_id=contact_id, disposition=self.habits.disposition
            )
        )

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
