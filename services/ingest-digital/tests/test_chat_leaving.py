"""How a chat ends: by word, by staying away, by the contact center."""

import uuid

from digital_keys import opened
from digital_people import PlayedRouter, resume_of
from digital_replica import RunningApp, Start
from digital_topics import TopicReader

from chassis.testing import eventually
from contact_center.v1 import channel_commands_pb2, contact_events_pb2, routing_events_pb2
from ingest_digital.domain import ids
from ingest_digital.settings import Settings

NOT_IN_THIS_STATE = routing_events_pb2.REJECTED_BECAUSE_NOT_IN_THIS_STATE


async def test_leaving_before_an_agent_is_connected(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    async with app.chat() as chat:
        started = await chat.begin()
        await router.opens(started["contact_id"], started["conversation_id"])
        await chat.state("waiting")
        await chat.send({"type": "leave"})
        await chat.next_of("left")
        (left,) = await topics.facts("customer_left")
        await router.ends(started["contact_id"])
        await chat.state("ended")

        assert await chat.closed() == 1000
    assert left.contact_id == started["contact_id"]


async def test_leaving_an_agent(router: PlayedRouter, app: RunningApp, topics: TopicReader) -> None:
    async with app.chat() as chat:
        started = await chat.begin()
        await router.opens(started["contact_id"], started["conversation_id"])
        await router.connects(started["contact_id"])
        await chat.state("connected")
        await chat.send({"type": "leave"})
        await chat.next_of("left")
    (gone,) = await topics.facts("contact_disconnected")

    assert gone.contact_id == started["contact_id"]
    assert gone.by == contact_events_pb2.PARTY_CUSTOMER


async def test_leaving_while_an_agent_accepts_is_said_again_as_a_disconnect(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    async with app.chat() as chat:
        started = await chat.begin()
        contact_id = started["contact_id"]
        await router.opens(contact_id, started["conversation_id"])
        await chat.state("waiting")
        await chat.send({"type": "leave"})
        await chat.next_of("left")
        await router.connects(contact_id)
        await router.refuses(ids.event_id("CustomerLeft", contact_id), NOT_IN_THIS_STATE)
        await eventually(lambda: topics.facts("contact_disconnected"))


async def test_a_closed_window_is_no_end_until_the_time_is_over(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    app = await start(chat_abandon_seconds=1.0)
    async with app.chat() as chat:
        started = await chat.begin()
        await router.opens(started["contact_id"], started["conversation_id"])
        await chat.state("waiting")
    async with app.chat(**resume_of(started)) as chat:
        await chat.begin()
        assert await topics.facts("customer_left") == []
    (left,) = await eventually(lambda: topics.facts("customer_left"))

    assert left.contact_id == started["contact_id"]


async def test_staying_away_from_an_agent_is_a_disconnect(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    app = await start(chat_abandon_seconds=0.5)
    async with app.chat() as chat:
        started = await chat.begin()
        await router.opens(started["contact_id"], started["conversation_id"])
        await router.connects(started["contact_id"])
        await chat.state("connected")
    await eventually(lambda: topics.facts("contact_disconnected"))


async def test_a_restarted_service_still_notices_who_stays_away(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    first = await start(chat_abandon_seconds=60.0)
    async with first.chat() as chat:
        started = await chat.begin()
        await router.opens(started["contact_id"], started["conversation_id"])
        await chat.state("waiting")
    await first.end()
    await start(chat_abandon_seconds=0.5)
    await eventually(lambda: topics.facts("customer_left"))


async def test_a_window_on_another_replica_counts(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    """Both replicas know the chat; only one holds its window."""
    one, other = await start(chat_abandon_seconds=1.0), await start(chat_abandon_seconds=1.0)
    async with one.chat() as stays, other.chat() as goes:
        here, gone = await stays.begin(), await goes.begin()
        for started in (here, gone):
            await router.opens(started["contact_id"], started["conversation_id"])
        await goes.state("waiting")
        await goes.__aexit__()
        await eventually(lambda: topics.facts("customer_left"))
        left = await topics.facts("customer_left")

    assert {fact.contact_id for fact in left} == {gone["contact_id"]}


async def test_the_contact_center_ends_a_chat(
    router: PlayedRouter, start: Start, topics: TopicReader, settings: Settings
) -> None:
    """Two replicas have a window and write the notice; every reader keeps the first."""
    one, other = await start(), await start()
    async with one.chat() as chat:
        started = await chat.begin()
        contact_id, conversation_id = started["contact_id"], started["conversation_id"]
        key_id = (await topics.facts("contact_arrived"))[0].key_id
        async with other.chat(**resume_of(started)) as second:
            await second.begin()
            await router.opens(contact_id, conversation_id, key_id)
            await chat.state("waiting")
            await second.state("waiting")
            end = channel_commands_pb2.EndContact(reason="flow_finished")
            await router.commands(contact_id, conversation_id, end_contact=end)
            ended = await chat.state("ended")
            await second.state("ended")
            await chat.hears("This chat has ended.")
            await chat.say("Bye")
            await chat.hears("Bye")

            assert chat.texts() == ["This chat has ended.", "Bye"]
    assert ended["ended_by"] == "flow"
    notice = (await topics.content())[0].message_recorded
    assert (notice.author, notice.kind) == (contact_events_pb2.PARTY_SYSTEM, 4)
    assert opened(settings.workspace, notice.body, "MessageRecorded.body")


async def test_a_late_command_does_nothing(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    async with app.chat() as chat:
        started = await chat.begin()
        contact_id, conversation_id = started["contact_id"], started["conversation_id"]
        key_id = (await topics.facts("contact_arrived"))[0].key_id
        await router.opens(contact_id, conversation_id, key_id)
        await chat.state("waiting")
        end = channel_commands_pb2.EndContact(reason="agent_ended")
        await router.commands(contact_id, conversation_id, end_contact=end, expired=True)
        await router.commands("another contact", conversation_id, end_contact=end)
        await router.commands(contact_id, str(uuid.uuid4()), end_contact=end)
        await router.commands(contact_id, conversation_id, end_contact=end)
        ended = await chat.state("ended")

    assert ended["ended_by"] == "agent"
    assert len(await topics.content()) == 1
