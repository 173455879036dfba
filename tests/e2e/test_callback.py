"""A caller who would rather be called back, and is: the router, the book of dials, real phones."""

import uuid
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from chassis.events import headers
from chassis.testing import eventually
from contact_center.v1 import contact_events_pb2, routing_events_pb2
from tests.e2e.conftest import TRUNK
from tests.e2e.world import World

CUSTOMER, DIA = "440", "880"
CALLER = "+4930200031"


async def test_a_caller_is_called_back_by_the_agent_whose_turn_it_is(world: World):
    caller = await world.call(CALLER, "--digits", "1.5:3")
    contact_id = await eventually(lambda: _waiting(world))
    await _ask_for_callback(world, contact_id)
    await caller.ended()
    handset = await world.agent_phone(TRUNK, "--tone", CUSTOMER, "--listen-for", DIA)
    phone = await world.agent_phone("dia", "--tone", DIA, "--listen-for", CUSTOMER)
    dia = await world.agent("dia", talk=3.0)

    await phone.event("hears", frequencies=[float(CUSTOMER)])
    await handset.event("hears", frequencies=[float(DIA)])
    back_id = (await phone.event("offered"))["contact_id"]
    await handset.event("ended")
    await eventually(lambda: back_id in dia.handled)
    [ended] = await eventually(lambda: _ends(world, back_id))

    assert back_id != contact_id
    assert ended.cause == routing_events_pb2.CONTACT_CAUSE_COMPLETED
    customer = await world.customer("phone", CALLER)
    shown = await world.timeline(customer.customer_id, lambda found: len(found) == 2)
    assert [contact.contact_id for contact in shown] == [back_id, contact_id]
    [earlier] = await _ends(world, contact_id)
    assert earlier.cause == routing_events_pb2.CONTACT_CAUSE_CALLBACK_TAKEN


async def _waiting(world: World) -> str | None:
    """The contact of the caller, once it is in a queue."""
    facts = await world.facts()
    arrived = [f.contact_arrived for f in facts if f.HasField("contact_arrived")]
    queued = {f.queue_requested.contact_id for f in facts if f.HasField("queue_requested")}
    newest = arrived[-1].contact_id if arrived else ""
    return newest if newest in queued else None


async def _ask_for_callback(world: World, contact_id: str) -> None:
    """As a flow or another service would."""
    event = contact_events_pb2.ContactEvent(
        event_id=str(uuid.uuid4()), workspace=world.stack.workspace, source="tests/e2e"
    )
    event.callback_requested.contact_id = contact_id
    producer = AIOKafkaProducer(bootstrap_servers=world.stack.kafka_bootstrap_servers)
    await producer.start()
    topic = f"{world.stack.topic_prefix}contact-events.v1"
    key = world.stack.workspace.encode()
    said_at = datetime.now(UTC)
    own = headers(event.event_id, "CallbackRequested", event.source, said_at)
    await producer.send_and_wait(topic, event.SerializeToString(), key=key, headers=own)
    await producer.stop()


async def _ends(world: World, contact_id: str) -> list[routing_events_pb2.ContactEnded]:
    said = [d.contact_ended for s in await world.steps() for d in s.decisions]
    return [end for end in said if end.contact_id == contact_id]
