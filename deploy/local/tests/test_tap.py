"""Any topic can be read as JSON lines."""

import asyncio
import json
import os
import sys
from importlib.metadata import entry_points
from typing import Any

from aiokafka import AIOKafkaProducer
from google.protobuf.json_format import MessageToDict

from contact_center.v1.contact_events_pb2 import ContactEvent

TOPIC = "contact-events.v1"


async def contact_center(
    *arguments: str, servers: str = "", prefix: str = ""
) -> tuple[int, str, str]:
    """Run the command as a person does; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local_stack.cli", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": servers, "TOPIC_PREFIX": prefix},
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def write(servers: str, topic: str, *records: tuple[bytes, bytes | None]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    for key, value in records:
        await producer.send_and_wait(topic, value, key=key, headers=[("ce_type", b"test")])
    await producer.stop()


async def tapped(servers: str, prefix: str, topic: str, *options: str) -> list[dict[str, Any]]:
    arguments = ("tap", topic, "--from-start", "--until-end", *options)
    code, output, errors = await contact_center(*arguments, servers=servers, prefix=prefix)
    assert code == 0, errors
    return [json.loads(line) for line in output.splitlines()]


async def test_a_record_is_shown_with_position_headers_and_decoded_value(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    event = ContactEvent(workspace="tap-1")
    topic = topic_prefix + TOPIC
    await write(kafka_bootstrap_servers, topic, (b"tap-1", event.SerializeToString()))
    lines = await tapped(kafka_bootstrap_servers, topic_prefix, TOPIC, "--key", "tap-1")

    assert len(lines) == 1
    assert lines[0]["key"] == "tap-1"
    assert lines[0]["headers"] == {"ce_type": "test"}
    assert lines[0]["value"] == MessageToDict(event, preserving_proto_field_name=True)
    assert {"topic", "partition", "offset", "time"} <= set(lines[0])


async def test_bytes_that_are_no_message_are_shown_as_base64(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    topic = f"{TOPIC}.dlq.crm"
    records = ((b"tap-2", b"\xff\xff"), (b"tap-2", None))
    await write(kafka_bootstrap_servers, topic_prefix + topic, *records)
    lines = await tapped(kafka_bootstrap_servers, topic_prefix, topic, "--key", "tap-2")

    assert [line["value"] for line in lines] == [{"undecoded_base64": "//8="}, None]


async def test_an_unknown_topic_is_an_error_of_one_line(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    code, _, errors = await contact_center(
        "tap", "no-such-topic", servers=kafka_bootstrap_servers, prefix=topic_prefix
    )

    assert code == 1
    assert "there is no topic" in errors
    assert len(errors.splitlines()) == 1


async def test_without_a_broker_the_message_says_what_to_do(unused_tcp_port: int) -> None:
    code, _, errors = await contact_center("tap", TOPIC, servers=f"127.0.0.1:{unused_tcp_port}")

    assert code == 1
    assert "start one with make up" in errors
    assert "Traceback" not in errors


async def test_the_command_alone_prints_help() -> None:
    code, output, _ = await contact_center()

    assert code == 0
    assert "tap" in output
    assert "up" in output


async def test_an_unknown_verb_prints_help_as_an_error() -> None:
    code, _, errors = await contact_center("frobnicate")

    assert code == 2
    assert "there is no 'frobnicate'" in errors


def test_every_verb_leads_to_a_function() -> None:

    for found in entry_points(group="contact_center.commands"):
        assert callable(found.load()), found
