"""Everything around self-service, on the real topics: customers, channels, crm and the router."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError
from key_service import KeyServiceAtTheEdge, key_of

from chassis.kafka import FollowConsumer, FromStart, Position, Producer, Record
from chassis.sealing import SealedBytes, open_sealed, seal
from chassis.testing import eventually
from contact_center.v1 import channel_commands_pb2 as orders
from contact_center.v1 import common_pb2, policy_pb2
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import message_events_pb2 as content
from contact_center.v1 import routing_events_pb2 as routing

TOPICS = ("contact-events.v1", "message-events.v1", "channel-commands.v1")
POLICY = {
    "hotline": ("voice", "main"),
    "web": ("chat", "main"),
    "web-direct": ("chat", "direct"),
    "billing-mail": ("email", "mail"),
    "support-mail": ("email", "mail"),
}


def a_policy(
    entry_points: dict[str, tuple[str, str]] | None = None,
    queues: tuple[str, ...] = ("billing", "sales", "support"),
) -> policy_pb2.Policy:
    policy = policy_pb2.Policy(version=1)
    for queue in queues:
        policy.queues.add(name=queue)
    for name, (channel, flow) in (POLICY if entry_points is None else entry_points).items():
        policy.entry_points.add(
            name=name,
            flow=flow,
            channel=channel_number(channel),
            address=name.replace("-mail", "@cc.test"),
        )
    return policy


def channel_number(name: str) -> Any:
    return common_pb2.Channel.Value(f"CHANNEL_{name.upper()}")


@dataclass
class Heard:
    """All that was written, by topic, in the order of its partition."""

    facts: list[events.ContactEvent] = field(default_factory=list)
    messages: list[content.MessageEvent] = field(default_factory=list)
    commands: list[orders.ChannelCommand] = field(default_factory=list)
    # Headers of each record by its ce_id.
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def handle(self, record: Record) -> None:
        kinds: dict[str, tuple[Any, list[Any]]] = {
            "contact-events.v1": (events.ContactEvent, self.facts),
            "message-events.v1": (content.MessageEvent, self.messages),
            "channel-commands.v1": (orders.ChannelCommand, self.commands),
        }
        kind, heard = kinds[record.topic]
        headers = {name: value.decode() for name, value in record.headers}
        self.headers[headers.get("ce_id", "")] = headers
        try:
            heard.append(kind.FromString(record.value))
        except DecodeError:
            return


class Surroundings:
    """One workspace of a test's own."""

    def __init__(self, producer: Producer, heard: Heard, keys: KeyServiceAtTheEdge) -> None:
        self.workspace = f"w-{uuid.uuid4().hex[:8]}"
        self.keys = keys
        self._producer = producer
        self._heard = heard
        self._steps = 0

    async def activate(self, policy: policy_pb2.Policy | None = None) -> None:
        said = policy_pb2.WorkspacePolicy(workspace=self.workspace, policy=policy or a_policy())
        await self._send("workspace-policies.v1", self.workspace, said)

    async def arrive(
        self, entry_point: str = "web", contact_id: str = "", channel: str = ""
    ) -> "Customer":
        """A contact comes in; with the id of an earlier one it is that again."""
        customer = Customer(self, contact_id or str(uuid.uuid4()))
        channel = channel or POLICY.get(entry_point, ("chat", ""))[0]
        event = self.fact(f"arrived-{customer.contact_id}")
        arrived = event.contact_arrived
        arrived.contact_id = customer.contact_id
        arrived.conversation_id = customer.conversation_id
        arrived.entry_point = entry_point
        arrived.key_id = customer.key_id
        arrived.channel = channel_number(channel)
        await self.say(event)
        return customer

    def fact(self, event_id: str = "") -> events.ContactEvent:
        return events.ContactEvent(
            event_id=event_id or str(uuid.uuid4()), workspace=self.workspace, source="test"
        )

    async def say(self, event: events.ContactEvent) -> Position:
        return await self._send("contact-events.v1", self.workspace, event)

    async def decide(
        self, *decisions: routing.Decision, event_id: str = "", event_type: str = ""
    ) -> None:
        """The router says its next step."""
        self._steps += 1
        step = routing.RoutingStep(
            workspace=self.workspace,
            step_number=self._steps,
            event_id=event_id,
            event_type=event_type,
            decisions=decisions,
        )
        await self._send("routing-events.v1", self.workspace, step)

    async def write(self, message: content.MessageEvent) -> Position:
        return await self._send("message-events.v1", message.conversation_id, message)

    async def send_bytes(
        self, topic: str, value: bytes, headers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        await self._producer.send(topic, self.workspace, value, headers)

    def headers(self, event_id: str) -> dict[str, str]:
        return self._heard.headers[event_id]

    async def _send(self, topic: str, key: str, message: Any) -> Position:
        return await self._producer.send(topic, key, message.SerializeToString())

    def facts(self, kind: str, contact_id: str) -> list[Any]:
        found = [
            getattr(event, kind)
            for event in self._heard.facts
            if event.workspace == self.workspace and event.WhichOneof("fact") == kind
        ]
        return [fact for fact in found if fact.contact_id == contact_id]

    def requested(self, contact_id: str) -> list[events.ContactEvent]:
        """Every QueueRequested of the contact, with its envelope."""
        return [
            event
            for event in self._heard.facts
            if event.workspace == self.workspace and event.queue_requested.contact_id == contact_id
        ]

    def said(self, contact_id: str) -> list[content.MessageEvent]:
        """What the flow told a contact, repeats left out as every reader does."""
        seen: set[str] = set()
        told = []
        for event in self._heard.messages:
            recorded = event.message_recorded
            is_ours = event.workspace == self.workspace and recorded.contact_id == contact_id
            if is_ours and recorded.author == events.PARTY_FLOW and recorded.message_id not in seen:
                seen.add(recorded.message_id)
                told.append(event)
        return told

    def ordered(self, contact_id: str) -> list[orders.ChannelCommand]:
        return [
            command
            for command in self._heard.commands
            if command.workspace == self.workspace and command.contact_id == contact_id
        ]


class Customer:
    """One contact, seen from the customer's side."""

    def __init__(self, around: Surroundings, contact_id: str) -> None:
        self.around = around
        self.contact_id = contact_id
        self.conversation_id = f"v-{contact_id}"
        self.key_id = f"k-{contact_id}"

    async def hears(self, *texts: str, within: float = 60) -> None:
        """Wait until the flow told exactly these."""

        def told() -> bool:
            assert self.told() == list(texts)
            return True

        await eventually(told, within=within)

    def told(self) -> list[str]:
        said = self.around.said(self.contact_id)
        return [self.opened(e.message_recorded.body, "MessageRecorded.body") for e in said]

    async def queued(self, within: float = 60) -> events.QueueRequested:
        """Wait for the request; the first, and there must not be different ones."""
        requests: list[events.QueueRequested] = await eventually(self.requests, within=within)
        return requests[0]

    def requests(self) -> list[events.QueueRequested]:
        return self.around.facts("queue_requested", self.contact_id)

    async def types(self, text: str, contact_id: str | None = None) -> Position:
        message = self._message(content.MESSAGE_KIND_TEXT, text)
        if contact_id is not None:
            message.message_recorded.contact_id = contact_id
        return await self.around.write(message)

    async def presses(self, digits: str) -> None:
        """Answer the last question that was asked."""
        message = self._message(content.MESSAGE_KIND_DIGITS, digits)
        message.message_recorded.reply_to_message_id = self.question_id()
        await self.around.write(message)

    async def presses_nothing(self) -> None:
        event = content.MessageEvent(
            event_id=str(uuid.uuid4()),
            workspace=self.around.workspace,
            conversation_id=self.conversation_id,
        )
        event.input_missed.contact_id = self.contact_id
        event.input_missed.message_id = self.question_id()
        await self.around.write(event)

    def question_id(self) -> str:
        asked = [c.ask for c in self.around.ordered(self.contact_id) if c.HasField("ask")]
        return str(asked[-1].message_id)

    async def is_recognised(self, *, is_new: bool = False, tier: str = "") -> None:
        event = self.around.fact()
        event.customer_identified.contact_id = self.contact_id
        event.customer_identified.customer_id = "someone"
        event.customer_identified.is_new = is_new
        event.customer_identified.tier = tier
        await self.around.say(event)

    async def leaves(self) -> None:
        event = self.around.fact()
        event.customer_left.contact_id = self.contact_id
        await self.around.say(event)

    def opened(self, sealed: common_pb2.Sealed, purpose: str) -> str:
        place = f"{self.around.workspace}|{purpose}|{sealed.key_id}".encode()
        found = SealedBytes(sealed.key_id, sealed.nonce, sealed.ciphertext)
        return open_sealed(key_of(self.around.workspace, sealed.key_id), found, place).decode()

    def _message(self, kind: Any, text: str) -> content.MessageEvent:
        message_id = str(uuid.uuid4())
        workspace = self.around.workspace
        place = f"{workspace}|MessageRecorded.body|{self.key_id}".encode()
        body = seal(self.key_id, key_of(workspace, self.key_id), text.encode(), place)
        event = content.MessageEvent(
            event_id=message_id, workspace=workspace, conversation_id=self.conversation_id
        )
        recorded = event.message_recorded
        recorded.message_id = message_id
        recorded.contact_id = self.contact_id
        recorded.author = events.PARTY_CUSTOMER
        recorded.kind = kind
        recorded.body.key_id = body.key_id
        recorded.body.nonce = body.nonce
        recorded.body.ciphertext = body.ciphertext
        return event


def following(settings: Any, heard: Heard) -> FollowConsumer:
    return FollowConsumer(settings, TOPICS, heard.handle, FromStart(), name="test")


def decided(**decision: Any) -> routing.Decision:
    return routing.Decision(**decision)
