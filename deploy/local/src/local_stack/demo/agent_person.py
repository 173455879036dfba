"""An agent at work by the agents' client: signs in, answers offers, replies, finishes."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import common_pb2, routing_events_pb2
from contact_center_agent import AgentClient, Channels, ConnectionChanged, wire
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
# Tells whether the contact is somebody else's now.
Meanwhile = Callable[["AgentPerson", str], Awaitable[bool]]


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
    # Contact → what else is done about it before it ends.
    meanwhile: "dict[str, Meanwhile]" = field(default_factory=dict)


class AgentPerson:
    """One agent on one stream; `run` until cancelled or signed out, reconnecting over `desks`."""

    def __init__(
        self,
        agent_id: str,
        desks: list[str],
        habits: Habits,
        tokens: Tokens,
        channels: Channels | None = None,
    ) -> None:
        self.agent_id = agent_id
        self.habits = habits
        self.seen: deque[Work] = deque(maxlen=5000)
        self.offers: list[str] = []
        # When each contact was first offered to this agent, by the process's own steady clock.
        self.offered_at: dict[str, float] = {}
        self.handled: list[str] = []
        # And available, as the router says: whoever comes from now on may be offered.
        self.signed_in = asyncio.Event()
        self.is_signed_out = False
        self._desks = desks
        self._tokens = tokens
        self._channels = channels
        self._client = self._new_client()
        self._tasks: set[asyncio.Task[object]] = set()
        self._in_hand: set[str] = set()

    async def run(self) -> None:
        """Work until cancelled, signed out or replaced; a broken stream is opened again."""
        try:
            await self._work()
        finally:
            for task in self._tasks:
                task.cancel()

    def send(self, **command: object) -> str:
        """Begin one command by its field name, for example `accept_offer=...`; returns its id."""
        request = wire.new_command(**command)
        is_leaving = "sign_out" in command
        self._spawn(self._client.sign_out() if is_leaving else self._client.command(request))
        return request.command_id

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

    def _new_client(self) -> AgentClient:
        return AgentClient(self._desks, self.agent_id, token=self._token, channels=self._channels)

    def _token(self) -> str:
        return self._tokens.of("agent", self.agent_id)

    async def _work(self) -> None:
        async with self._client as client:
            async for event in client.events():
                if not isinstance(event, ConnectionChanged):
                    self.seen.append(event)
                    self._react(event)
            self.is_signed_out = client.is_replaced or client.has_signed_out

    def _react(self, event: Work) -> None:
        kind = event.WhichOneof("event")
        if kind == "snapshot":
            self._on_snapshot(event.snapshot.agent)
        elif kind == "offer_shown":
            self.offered_at.setdefault(event.offer_shown.offer.contact_id, time.perf_counter())
            self._spawn(self._on_offer(event.offer_shown.offer))
        elif kind == "contact_changed":
            self._on_contact(event.contact_changed)
        elif kind == "agent_state_changed":
            agent = event.agent_state_changed.agent
            self._note_presence(agent)
            if agent.not_routable_because == "not_responding":
                self._available()

    def _note_presence(self, agent: routing_events_pb2.AgentState) -> None:
        if agent.presence == common_pb2.PRESENCE_AVAILABLE:
            self.signed_in.set()

    def _on_snapshot(self, agent: routing_events_pb2.AgentState) -> None:
        self._note_presence(agent)
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

    def _available(self) -> None:
        self.send(choose_presence=agents.ChoosePresence(presence=common_pb2.PRESENCE_AVAILABLE))

    async def _on_offer(self, offer: routing_events_pb2.OfferMade) -> None:
        self.offers.append(offer.offer_id)
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
        meanwhile = self.habits.meanwhile.pop(contact_id, None)
        if meanwhile is not None and await meanwhile(self, contact_id):
            return
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
        task: asyncio.Task[object] = asyncio.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
