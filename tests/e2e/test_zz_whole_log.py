"""After all that: the numbers equal the fold of the log, nothing is lost, nothing is in clear."""

import asyncio

import pytest

from chassis.testing import eventually
from contact_center.v1 import analytics_service_pb2
from tests.e2e.topics_reader import Read
from tests.e2e.world import World

SECRETS = (
    b"4930200001",
    b"4930200100",
    b"anna@example.org",
    b"Where is my invoice",
    b"Your invoice is on its way",
    b"Where is my order",
    b"It will be there on Monday",
    b"order.pdf",
    b"order 4711",
    b"visitor-chat-1",
)


async def test_every_contact_is_accounted_for_exactly_once(world: World):
    report = await world.report()

    assert report.findings == []
    assert report.steps > 0


async def test_analytics_and_prometheus_say_what_the_fold_of_the_log_says(world: World):
    report = await world.report()
    async with world.analytics() as stub:
        request = analytics_service_pb2.GetQueuesRequest(workspace=world.stack.workspace)

        async def same() -> bool:
            answer = await stub.GetQueues(request, metadata=world.metadata, timeout=5)
            for queue in answer.numbers.queues:
                if queue.channel:
                    continue
                counts = report.queues.get(queue.queue, {})
                assert queue.entered == counts.get("entered", 0), queue
                assert queue.waiting == counts.get("waiting", 0), queue
                exits = {name: n for name, n in queue.exits.items() if n}
                told = {k: n for k, n in counts.items() if k not in ("entered", "waiting")}
                assert exits == told, queue
                waits = report.told.get(queue.queue, {})
                outcomes = {name: n for name, n in waits.items() if name != "open"}
                assert queue.wait_estimates.told == sum(waits.values())
                assert dict(queue.wait_estimates.outcomes) == outcomes
            return True

        await eventually(same)
    metrics = await world.metrics("analytics")
    for queue, counts in report.queues.items():
        name = "analytics_visits_entered_total{"
        shown = sum(v for k, v in metrics.items() if k.startswith(name) and f'"{queue}"' in k)
        assert shown == counts["entered"]


async def test_nothing_personal_is_in_clear_in_any_topic(world: World):
    """Searched in the raw log segments of the broker, and in every record as it is consumed."""
    topics = ("contact-events.v1", "routing-events.v1", "message-events.v1", "channel-commands.v1")
    for topic in topics:
        for record in await world.topic(topic):
            _is_clean(topic, record)
    segments = [
        path
        for path in world.stack.kafka_data.rglob("*.log")
        if path.parent.name.startswith(world.stack.topic_prefix)
    ]
    if not segments:
        pytest.skip("RAW SEGMENTS NOT SEARCHED: the broker is not embedded")
    for path in segments:
        data = await asyncio.to_thread(path.read_bytes)
        for secret in SECRETS:
            assert secret not in data, (path.parent.name, secret)


def _is_clean(topic: str, record: Read) -> None:
    for secret in SECRETS:
        for part in (record.key or b"", record.value or b""):
            assert secret not in part, (topic, record.offset, secret)


async def test_the_logs_of_the_services_name_nobody(world: World):
    for instance in world.stack.instances():
        log = await asyncio.to_thread(world.stack.parts.log_file(instance).read_bytes)
        for secret in SECRETS:
            assert secret not in log, (instance, secret)
