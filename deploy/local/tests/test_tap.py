"""Any topic can be read: by people, as JSON lines, as Parquet."""

import asyncio
import json
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiokafka import AIOKafkaProducer
from google.protobuf.json_format import MessageToDict

from contact_center.v1.common_pb2 import CHANNEL_CHAT, CHANNEL_EMAIL, Sealed
from contact_center.v1.contact_events_pb2 import PARTY_CUSTOMER, ContactArrived, ContactEvent
from contact_center.v1.message_events_pb2 import MessageEvent, MessageRecorded
from contact_center.v1.routing_events_pb2 import ContactOpened, Decision, RoutingStep
from local_stack.errors import StackError
from local_stack.tap.reading import Reading
from local_stack.tap.starts import milliseconds
from local_stack.tap.where import conditions

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
    arguments = ("tap", topic, "--from", "start", "--until-end", "--json", *options)
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


async def test_people_read_sentences_and_sealed_content_stays_sealed(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    event = MessageEvent(
        workspace="tap-3",
        message_recorded=MessageRecorded(
            contact_id="c1",
            author=PARTY_CUSTOMER,
            body=Sealed(key_id="k1", nonce=b"n", ciphertext=b"secret"),
        ),
    )
    topic = topic_prefix + "message-events.v1"
    await write(kafka_bootstrap_servers, topic, (b"tap-3", event.SerializeToString()))
    code, output, errors = await contact_center(
        *("tap", "message-events.v1", "--from", "start", "--until-end", "--key", "tap-3"),
        servers=kafka_bootstrap_servers,
        prefix=topic_prefix,
    )

    assert code == 0, errors
    [line] = output.splitlines()
    assert "message_recorded" in line
    assert "contact_id=c1" in line
    assert "author=customer" in line
    assert "body=‹sealed, 6 bytes, key k1›" in line
    assert "secret" not in output


async def test_only_what_is_asked_for_is_shown(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    chat = ContactArrived(contact_id="c1", channel=CHANNEL_CHAT)
    mail = ContactArrived(contact_id="c2", channel=CHANNEL_EMAIL)
    events = [ContactEvent(workspace="tap-4", contact_arrived=each) for each in (chat, mail)]
    records = [(b"tap-4", event.SerializeToString()) for event in events]
    await write(kafka_bootstrap_servers, topic_prefix + TOPIC, *records)
    options = ("--key", "tap-4", "--where", "contact_arrived", "--where", "channel=email")
    lines = await tapped(kafka_bootstrap_servers, topic_prefix, TOPIC, *options)

    assert [line["value"]["contact_arrived"]["contact_id"] for line in lines] == ["c2"]


async def test_a_topic_is_exported_as_parquet_and_duckdb_reads_it(
    kafka_bootstrap_servers: str, topic_prefix: str, tmp_path: Path
) -> None:
    opened = [
        Decision(contact_opened=ContactOpened(contact_id=f"c{n}", channel=CHANNEL_CHAT))
        for n in range(3)
    ]
    step = RoutingStep(workspace="tap-5", step_number=7, decisions=opened)
    await write(
        kafka_bootstrap_servers,
        topic_prefix + "routing-events.v1",
        (b"tap-5", step.SerializeToString()),
        (b"tap-5", b"\xff\xff"),
    )
    file = tmp_path / "it's steps.parquet"
    code, output, errors = await contact_center(
        *("tap", "routing-events.v1", "--key", "tap-5", "--parquet", str(file)),
        servers=kafka_bootstrap_servers,
        prefix=topic_prefix,
    )
    rows = duckdb.sql(
        "SELECT step_number, number, kind, contact_id, channel, body->>'channel'"
        " FROM read_parquet($file) WHERE kind IS NOT NULL ORDER BY number",
        params={"file": str(file)},
    ).fetchall()

    assert code == 0, errors
    assert "4 rows" in output
    assert rows == [
        (7, n, "contact_opened", f"c{n}", "CHANNEL_CHAT", "CHANNEL_CHAT") for n in range(3)
    ]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("expression", "is_shown"),
    [
        ("contact_arrived", True),
        ("contact_opened", False),
        ("channel=chat", True),
        ("contact_arrived.channel = CHANNEL_CHAT", True),
        ("channel=email", False),
        ("channel!=email", True),
        ("offset>=12", True),
        ("offset>12", False),
        ("offset<=12", True),
        ("step_number<9", True),
        ("is_new=true", True),
        ("ce_source~INGEST", True),
        ("kind=sms", False),
        ("kind=phone", True),
        ("addresses.kind=phone", True),
        ("contact_arrived.kind=phone", False),
        ("time>=2026-01-01", True),
    ],
)
def test_a_condition_holds_or_not(expression: str, is_shown: bool) -> None:
    content = {
        "offset": 12,
        "time": "2026-01-31T08:00:00.000+00:00",
        "headers": {"ce_source": "ingest-voice/1"},
        "value": {
            "step_number": "8",
            "is_new": True,
            "contact_arrived": {
                "channel": "CHANNEL_CHAT",
                "addresses": [{"kind": "email"}, {"kind": "phone"}],
            },
        },
    }
    [condition] = conditions([expression])

    assert condition.holds(content) is is_shown


@pytest.mark.parametrize("expression", ["", "=", "a b", "x" * 300, "a.b.c.d.e.f.g.h.i"])
def test_what_is_no_condition_is_said_so(expression: str) -> None:
    with pytest.raises(StackError, match="--where"):
        conditions([expression])


def test_a_beginning_may_be_a_time_or_an_age() -> None:
    assert milliseconds("15m", now=1_000.0) == 100_000
    assert milliseconds("1970-01-01T00:01", now=0.0) == 60_000
    assert milliseconds("1970-01-01T01:01:00+01:00", now=0.0) == 60_000
    with pytest.raises(StackError, match="yesterday"):
        milliseconds("yesterday", now=0.0)


async def test_reading_may_begin_at_a_position(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    topic = f"{TOPIC}.dlq.router"
    await write(kafka_bootstrap_servers, topic_prefix + topic, *[(b"tap-6", b"\xff")] * 3)
    arguments = ("tap", topic, "--from", "0:1", "--until-end", "--json", "--key", "tap-6")
    code, output, errors = await contact_center(
        *arguments, servers=kafka_bootstrap_servers, prefix=topic_prefix
    )

    assert code == 0, errors
    assert [json.loads(line)["offset"] for line in output.splitlines()] == [1, 2]


async def test_reading_from_now_to_now_ends_while_others_write(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    """A client that is closed with a fetch under way may never be done with it."""
    topic = topic_prefix + TOPIC
    is_over = asyncio.Event()

    async def writing() -> None:
        while not is_over.is_set():
            await write(kafka_bootstrap_servers, topic, *[(b"busy", b"x")] * 5)

    async def read() -> int:
        reading = Reading(servers=kafka_bootstrap_servers, topic=topic, start="end", until_end=True)
        return len([record async for record in reading.records(asyncio.Event())])

    writer = asyncio.create_task(writing())
    try:
        readers = [asyncio.create_task(read()) for _ in range(6)]
        _, stuck = await asyncio.wait(readers, timeout=60)
    finally:
        is_over.set()
        await writer

    assert not stuck


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
