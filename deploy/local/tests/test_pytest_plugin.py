"""The fixtures that the whole project's tests rely on."""

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from local_stack.topics import registered_topics


async def test_every_registered_topic_is_there_under_the_prefix(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap_servers)
    await admin.start()
    names = [topic_prefix + topic.name for topic in registered_topics()]
    found = await admin.describe_topics(names)
    await admin.close()

    partitions = {topic["topic"]: len(topic["partitions"]) for topic in found}
    assert sorted(partitions) == sorted(names)
    assert partitions[f"{topic_prefix}contact-events.v1"] == 4
    assert partitions[f"{topic_prefix}contact-events.v1.dlq.router"] == 1


async def test_the_broker_stamps_contact_events_itself(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    """Engine time is made from these stamps; a producer's clock must not matter."""
    topic = f"{topic_prefix}contact-events.v1"
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(topic, b"x", key=b"main", timestamp_ms=1_000)
    await producer.stop()
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    record = await consumer.getone()
    await consumer.stop()

    log_append_time = 1
    assert record.timestamp_type == log_append_time
    assert record.timestamp > 1_000


async def test_the_database_is_fresh_and_ours(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetch(
        "SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    await connection.execute("CREATE SCHEMA of_a_service")
    await connection.close()

    assert tables == []
