"""Who reads the log, asked after the heal: crm, analytics and the flows know what it says."""

import asyncpg

from chassis.sealing import address_token
from chassis.testing import eventually
from contact_center.v1 import (
    analytics_service_pb2,
    common_pb2,
    contact_events_pb2,
    customer_service_pb2,
)
from tests.chaos.crowd import Crowd
from tests.e2e.fold import Finding
from tests.e2e.invariants import Report
from tests.e2e.topics_reader import parse
from tests.e2e.world import World, is_ended

WITHIN = 60.0
LOST = "voice_restarted"
NEVER = float("inf")


class Arrivals:
    """What the topics say of who came: by address, and which contacts a conversation had."""

    def __init__(self) -> None:
        self.by_token: dict[str, dict[str, str]] = {}
        """Contact → conversation, of each address."""
        self.opened: dict[str, list[str]] = {}
        self.lost_at: dict[str, float] = {}
        """When it was first said that a call was lost, in seconds since 1970."""


async def arrivals(world: World) -> Arrivals:
    """Read the topics."""
    found = Arrivals()
    for record in await world.topic("contact-events.v1"):
        event = parse(record, contact_events_pb2.ContactEvent)
        if event is None:
            continue
        if event.HasField("contact_arrived"):
            arrived = event.contact_arrived
            for address in arrived.addresses:
                known = found.by_token.setdefault(address.token, {})
                known[arrived.contact_id] = arrived.conversation_id
        elif event.channel_failed.reason == LOST:
            said = event.occurred_at.ToMicroseconds() / 1e6
            found.lost_at.setdefault(event.channel_failed.contact_id, said)
    for step in await world.steps():
        for decision in step.decisions:
            if decision.HasField("contact_opened"):
                opened = decision.contact_opened
                found.opened.setdefault(opened.conversation_id, []).append(opened.contact_id)
    return found


def calls_lost(world: World, crowd: Crowd, found: Arrivals) -> list[Finding]:
    """I1, I13: a call that the caller heard answered is one contact, and no call is two.

    A process that dies between the log and the answer leaves a contact that nobody heard of; the
    phone asks again, and the next process answers. The first is told as lost before that.
    """
    findings = []
    for heard in crowd.callers.heard:
        contacts = found.by_token.get(_token(world, "phone", heard.number), {})
        answered_at = NEVER if heard.answered_at is None else heard.answered_at
        living = [one for one in contacts if found.lost_at.get(one, NEVER) > answered_at]
        if heard.answered_at is not None and len(living) != 1:
            told = f"{len(contacts)} arrivals, {len(living)} of them not lost before"
            findings.append(("I13", f"a call answered at {answered_at:.3f} has {told}"))
    return findings


async def crm_says_otherwise(world: World, crowd: Crowd, found: Arrivals) -> list[Finding]:
    """I7: each customer's timeline has each of their contacts once, and each message once."""
    findings: list[Finding] = []
    for heard in crowd.callers.heard:
        findings += await _timeline(world, found, "phone", heard.number, {})
    for chat in crowd.chats:
        said = {text: list(chat.said.values()).count(text) for text in chat.said.values()}
        lost = len(chat.said) - len(chat.acked)
        findings += await _timeline(world, found, "chat", chat.visitor, said, lost)
    return findings


async def _timeline(
    world: World, found: Arrivals, kind: str, address: str, said: dict[str, int], lost: int = 0
) -> list[Finding]:
    conversations = set(found.by_token.get(_token(world, kind, address), {}).values())
    wanted = sorted(one for name in conversations for one in found.opened.get(name, ()))
    if not wanted:
        return []
    last: list[customer_service_pb2.TimelineContact] = []

    def agrees(contacts: list[customer_service_pb2.TimelineContact]) -> bool:
        last[:] = contacts
        return sorted(c.contact_id for c in contacts) == wanted and all(
            is_ended([contact]) for contact in contacts
        )

    try:
        customer = await world.customer(kind, address)
        await world.timeline(customer.customer_id, agrees)
    except AssertionError:
        return [("I7", f"crm knows {[c.contact_id for c in last]} of {wanted}")]
    ids = [message.message_id for contact in last for message in contact.messages]
    if len(ids) != len(set(ids)):
        return [("I7", f"crm shows a message of {wanted} twice")]
    texts = [message.text for contact in last for message in contact.messages]
    # What was not acknowledged may be there or not.
    return [
        ("I13", f"crm shows {texts.count(text)} of {count} messages of {wanted}")
        for text, count in said.items()
        if not count - lost <= texts.count(text) <= count
    ]


async def analytics_says_otherwise(world: World, report: Report) -> list[Finding]:
    """I7: the numbers of each queue equal the fold of the log."""
    request = analytics_service_pb2.GetQueuesRequest(workspace=world.stack.workspace)
    async with world.analytics() as stub:

        async def same() -> bool:
            answer = await stub.GetQueues(request, metadata=world.metadata, timeout=5)
            shown = {queue.queue: queue for queue in answer.numbers.queues if not queue.channel}
            for name, counts in report.queues.items():
                queue = shown[name]
                exits = {exit: n for exit, n in queue.exits.items() if n}
                told = {k: n for k, n in counts.items() if k not in ("entered", "waiting")}
                assert (queue.entered, queue.waiting) == (counts["entered"], counts["waiting"])
                assert exits == told, f"{name}: {exits}, but {told}"
            for channel in answer.numbers.channels:
                name = common_pb2.Channel.Name(channel.channel).removeprefix("CHANNEL_").lower()
                arrived = sum(report.contacts.get(name, {}).values())
                assert channel.arrived == arrived, f"{name}: {channel.arrived}, but {arrived}"
            return True

        try:
            await eventually(same, within=WITHIN, every=0.5)
        except AssertionError as error:
            return [("I7", f"analytics: {error}")]
    return []


async def flows_left(world: World) -> list[Finding]:
    """I12: each flow went on or ended: all contacts are over, so none is left."""
    connection = await asyncpg.connect(world.stack.database_url, timeout=10)
    query = "SELECT count(*) FROM self_service.flow_states WHERE awaiting <> 'over'"

    async def none() -> bool:
        left = await connection.fetchval(query)
        assert left == 0, f"{left} flows go on, though every contact is over"
        return True

    try:
        await eventually(none, within=WITHIN, every=0.5)
    except AssertionError as error:
        return [("I12", str(error))]
    finally:
        await connection.close()
    return []


def _token(world: World, kind: str, address: str) -> str:
    return address_token(world.environment["ADDRESS_TOKEN_SECRET"], kind, address)
