"""What data teams are promised of the topics, looked up in all that this run has written."""

from datetime import datetime
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contact_center.v1 import (
    audit_events_pb2,
    channel_commands_pb2,
    contact_events_pb2,
    message_events_pb2,
    policy_pb2,
    routing_events_pb2,
)
from local_stack.topics import registered_topics
from tests.e2e.topics_reader import Read, parse
from tests.e2e.world import World

MESSAGES = {
    "contact-events.v1": contact_events_pb2.ContactEvent,
    "routing-events.v1": routing_events_pb2.RoutingStep,
    "message-events.v1": message_events_pb2.MessageEvent,
    "channel-commands.v1": channel_commands_pb2.ChannelCommand,
    "workspace-policies.v1": policy_pb2.WorkspacePolicy,
    "audit-events.v1": audit_events_pb2.AuditEvent,
    "audit-log.v1": audit_events_pb2.SealedAuditEvent,
}
HEADERS = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type")


async def written(world: World, topic: str) -> list[tuple[Read, Any]]:
    """What the services wrote for the workspace; garbage that tests put there is left out."""
    parsed = [(record, parse(record, MESSAGES[topic])) for record in await world.topic(topic)]
    return [
        (record, message)
        for record, message in parsed
        if message is not None and message.workspace == world.stack.workspace
    ]


async def test_every_record_carries_cloud_events_headers(world: World):
    await world.agent("ana")
    assert MESSAGES.keys() == {topic.name for topic in registered_topics() if topic.message}
    for topic in MESSAGES:
        for record, message in await written(world, topic):
            headers = {name: value.decode() for name, value in record.headers}
            where = (topic, record.partition, record.offset, headers)
            assert set(HEADERS) <= headers.keys(), where
            assert headers["ce_specversion"] == "1.0", where
            assert headers["content-type"] == "application/protobuf", where
            assert all(headers[name] for name in HEADERS), where
            assert datetime.fromisoformat(headers["ce_time"]).tzinfo is not None, where
            if topic != "routing-events.v1" and hasattr(message, "event_id"):
                assert headers["ce_id"] == message.event_id, where


async def test_each_step_names_the_record_that_it_answers(world: World):
    facts = {(r.partition, r.offset): fact for r, fact in await written(world, "contact-events.v1")}
    steps = [step for _, step in await written(world, "routing-events.v1")]

    assert steps
    for step in steps:
        fact = facts.get((step.cause.partition, step.cause.offset))
        assert fact is None or fact.event_id == step.event_id
    answered = {(step.cause.partition, step.cause.offset) for step in steps}
    last = max(step.cause.offset for step in steps)
    assert {place for place in facts if place[1] <= last} <= answered


async def test_engine_time_never_goes_back(world: World):
    steps = {step.step_number: step for _, step in await written(world, "routing-events.v1")}
    times = [steps[number].engine_time.ToNanoseconds() for number in sorted(steps)]

    assert times == sorted(times)


async def test_content_is_written_before_the_fact_that_names_it(world: World):
    content = {(r.partition, r.offset): r for r in await world.topic("message-events.v1")}
    named = [
        (record, fact.customer_messaged)
        for record, fact in await written(world, "contact-events.v1")
        if fact.HasField("customer_messaged") and fact.customer_messaged.HasField("position")
    ]
    for record, fact in named:
        said = content[(fact.position.partition, fact.position.offset)]
        message = parse(said, message_events_pb2.MessageEvent)
        assert message.message_recorded.message_id == fact.message_id
        assert said.timestamp_ms <= record.timestamp_ms


async def test_the_newest_policy_is_the_active_one(world: World):
    policies = await written(world, "workspace-policies.v1")
    newest = policies[-1][1]
    activated = [
        decision.policy_activated
        for step in await world.steps()
        for decision in step.decisions
        if decision.HasField("policy_activated")
    ]

    assert newest.policy.version == activated[-1].version


async def test_the_broker_has_the_topics_as_they_are_registered(world: World):
    topics = {world.stack.topic_prefix + topic.name: topic for topic in registered_topics()}
    admin = AIOKafkaAdminClient(bootstrap_servers=world.stack.kafka_bootstrap_servers)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
        answers = await admin.describe_configs(asked)
    finally:
        await admin.close()
    counts = {found["topic"]: len(found["partitions"]) for found in described}
    settings = {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for _, _, _, name, entries in answer.resources
    }
    for name, topic in topics.items():
        assert counts[name] == topic.partitions
        assert {key: settings[name][key] for key in topic.configs} == topic.configs
