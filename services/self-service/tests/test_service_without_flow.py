"""Where no flow can run, people take over; nothing is lost and nobody waits for ever."""

import pytest
from conftest import StartReplica
from surroundings import POLICY, Surroundings, a_policy, decided

from chassis.testing import eventually
from contact_center.v1 import common_pb2
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import routing_events_pb2 as routing

from .told_texts import MENU, WELCOME, has, has_any


async def test_a_queue_that_the_policy_does_not_have_leads_to_its_first_queue(
    replica: StartReplica, around: Surroundings
):
    async with replica() as service:
        visitor = await around.arrive("web-direct")
        await visitor.queued()
        event = last_request(around, visitor.contact_id)
        await around.activate(a_policy(queues=("front", "back")))
        refused = routing.RecordRejected(
            because=routing.REJECTED_BECAUSE_UNKNOWN_QUEUE, contact_id=visitor.contact_id
        )
        await eventually(lambda: has(service.metric("self_service_flow_policy_mismatches"), 6))
        for _ in range(2):
            await around.decide(
                decided(record_rejected=refused), event_id=event, event_type="QueueRequested"
            )
            await eventually(lambda: len(visitor.requests()) >= 2)
        assert {r.queue for r in visitor.requests()[1:]} == {"front"}

        # The fallback itself is refused: no endless loop.
        fallback = last_request(around, visitor.contact_id)
        await around.decide(
            decided(record_rejected=refused), event_id=fallback, event_type="QueueRequested"
        )
        await eventually(lambda: has(service.metric("self_service_stranded_total"), 1))


@pytest.mark.parametrize("channel", ["chat", "voice"])
async def test_a_flow_that_is_missing_leads_to_people(
    replica: StartReplica, around: Surroundings, channel: str
):
    await around.activate(a_policy({**POLICY, "new": (channel, "nowhere")}))
    async with replica(FALLBACK_QUEUE="") as service:
        contact = await around.arrive("new", channel=channel)

        assert (await contact.queued()).queue == "billing"
        name = 'self_service_fallbacks_total{reason="flow_missing"}'
        assert await service.metric(name) == 1


async def test_a_flow_of_another_channel_leads_to_people(
    replica: StartReplica, around: Surroundings
):
    await around.activate(a_policy({**POLICY, "odd": ("voice", "mail")}))
    async with replica(FALLBACK_QUEUE="sales"):
        caller = await around.arrive("odd", channel="voice")

        assert (await caller.queued()).queue == "sales"
        assert caller.told() == []


async def test_an_entry_point_that_the_policy_gets_a_moment_later(
    replica: StartReplica, around: Surroundings
):
    async with replica() as service:
        early = await around.arrive("soon")
        await eventually(lambda: "entry point unknown so far" in service.log())
        await around.activate(a_policy({**POLICY, "soon": ("chat", "direct")}))

        assert (await early.queued()).queue == "billing"


async def test_a_contact_that_the_router_refused_has_no_flow(
    replica: StartReplica, around: Surroundings
):
    async with replica() as service:
        refused = await around.arrive("nowhere")
        await around.decide(
            decided(
                record_rejected=routing.RecordRejected(
                    because=routing.REJECTED_BECAUSE_UNKNOWN_ENTRY_POINT,
                    contact_id=refused.contact_id,
                )
            ),
            event_type="ContactArrived",
        )
        # The router's word may be read before the arrival, and then no flow begins.
        await eventually(lambda: has(service.metric("self_service_rejected_total"), 1))
        later = await around.arrive("web-direct")
        await later.queued()
        assert not refused.requests()
        await eventually(lambda: has(service.metric("self_service_flows_running"), 0))


async def test_a_destroyed_key_leads_to_people(replica: StartReplica, around: Surroundings):
    async with replica():
        around.keys.destroyed.add("k-erased")
        erased = await around.arrive("web", "erased")
        await erased.is_recognised()

        assert (await erased.queued()).queue == "billing"
        assert erased.told() == []


async def test_a_key_service_that_is_away_is_waited_for(
    replica: StartReplica, around: Surroundings
):
    async with replica() as service:
        around.keys.is_away = True
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await eventually(lambda: has_any(service.metric("consumer_handle_retries_total")))
        around.keys.is_away = False

        await visitor.hears(WELCOME, MENU)


async def test_garbage_is_parked_and_the_rest_goes_on(replica: StartReplica, around: Surroundings):
    async with replica() as service:
        for topic in ("contact-events.v1", "routing-events.v1", "message-events.v1"):
            for garbage in (b"\xff\xfe garbage", b""):
                await around.send_bytes(topic, garbage)
        for odd in (nul_byte(around), unknown_channel(around)):
            await around.say(odd)
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        forged = await visitor.types("billing")
        assert forged.offset >= 0
        assert (await visitor.queued()).queue == "billing"
        await eventually(lambda: has(service.metric("consumer_parked_total"), 8))


def last_request(around: Surroundings, contact_id: str) -> str:
    return around.requested(contact_id)[-1].event_id


def nul_byte(around: Surroundings) -> events.ContactEvent:
    event = around.fact()
    event.contact_arrived.contact_id = "a\0b"
    event.contact_arrived.channel = common_pb2.CHANNEL_CHAT
    event.contact_arrived.entry_point = "web"
    return event


def unknown_channel(around: Surroundings) -> events.ContactEvent:
    event = around.fact()
    event.contact_arrived.contact_id = "c"
    event.contact_arrived.channel = 999  # type: ignore[assignment]
    return event
