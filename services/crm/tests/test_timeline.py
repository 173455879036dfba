"""The timeline is the fold of the log, whatever is repeated, replayed or away."""

import asyncio
import signal
from collections import defaultdict
from datetime import UTC, datetime

import asyncpg
import grpc
import pytest

from chassis.kafka import FollowConsumer, FromStart
from chassis.postgres import Database
from chassis.testing import eventually, running
from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
    customer_service_pb2,
    message_events_pb2,
    routing_events_pb2,
)
from crm.adapters.consumer import TIMELINE_TOPICS, TimelineProjection
from crm.adapters.timeline_store import TimelineStore
from crm.app import MIGRATIONS

TABLES = ("contacts", "message_contacts", "messages", "deliveries", "recordings")
R, M = routing_events_pb2, message_events_pb2
PHONE = "+4930123456"


async def test_one_timeline_tells_call_and_chat_with_what_was_said(crm, log):
    customer_id = await _a_call_and_a_chat(crm, log)

    async def told():
        contacts = await _timeline(crm, log, customer_id)
        assert [contact.contact_id for contact in contacts] == ["chat", "call"]
        chat, call = contacts
        assert [(m.text, m.delivery) for m in chat.messages] == [
            ("hello", M.DELIVERY_STATUS_UNSPECIFIED),
            ("how are you", M.DELIVERY_STATUS_DELIVERED),
        ]
        assert chat.channel == common_pb2.CHANNEL_CHAT
        assert not chat.HasField("ended_at")
        assert (call.queue, call.agent_id, call.disposition) == ("billing", "ana", "solved")
        assert call.cause == R.CONTACT_CAUSE_COMPLETED
        assert call.note == "wants a new bill"
        assert call.ended_at.ToDatetime() > call.arrived_at.ToDatetime()
        assert call.lineage.initial_id == "call"
        [recording] = call.recordings
        assert (recording.recording_id, recording.duration_seconds) == ("r1", 12.5)
        return True

    await eventually(told)


async def test_a_timeline_without_messages_and_with_a_limit_is_short(crm, log):
    customer_id = await _a_call_and_a_chat(crm, log)
    await eventually(lambda: _has(crm, log, customer_id, 2))

    contacts = await _timeline(crm, log, customer_id, limit=1, is_without_messages=True)
    assert [(contact.contact_id, len(contact.messages)) for contact in contacts] == [("chat", 0)]


async def test_a_message_belongs_to_the_contact_that_the_router_names(crm, log):
    await log.lease(crm)
    await log.arrived("c1", log.address("phone", PHONE))
    customer_id = (await log.customer_of("c1")).customer_id
    await log.opened("c1", conversation_id="v")
    await log.arrived("c2", log.address("phone", PHONE))
    await log.opened("c2", conversation_id="v")
    received = R.MessageReceived(contact_id="c2", conversation_id="v", message_id="m1")
    await log.step({"message_received": received})
    await log.message("v", "c1", "m1", "late")

    async def told():
        contacts = await _timeline(crm, log, customer_id)
        return [[m.text for m in c.messages] for c in contacts] == [["late"], []]

    await eventually(told)


async def test_a_conversation_is_told_oldest_first(crm, log):
    await log.lease(crm)
    for number in range(5):
        await log.message("v1", "c1", f"m{number}", f"text {number}")
    request = customer_service_pb2.GetConversationRequest(
        workspace=log.workspace, conversation_id="v1", limit=3
    )

    async def told():
        answer = await crm.customers.GetConversation(request)
        return [m.text for m in answer.messages] == ["text 2", "text 3", "text 4"]

    await eventually(lambda: _rows_of(crm, log, "messages", 5))
    await eventually(told)


async def test_what_was_said_is_sealed_at_rest_and_unreadable_without_its_key(crm, log):
    customer_id = await _a_call_and_a_chat(crm, log)
    await eventually(lambda: _rows_of(crm, log, "messages", 2))
    connection = await asyncpg.connect(crm.settings.database_url.get_secret_value())
    dump = str(
        [
            [dict(row) for row in await connection.fetch(f"SELECT * FROM crm.{table}")]
            for table in (*TABLES, "customers", "identities", "contact_keys")
        ]
    )
    await connection.execute(
        "UPDATE crm.contact_keys SET wrapped = NULL, destroyed_at = now() WHERE key_id = $1",
        log.key.key_id,
    )
    await connection.close()

    for secret in ("hello", "how are you", "wants a new bill", PHONE):
        assert secret not in dump
        assert secret.encode().hex() not in dump
    chat, _ = await _timeline(crm, log, customer_id)
    assert [(m.text, m.is_readable) for m in chat.messages] == [("", False), ("", False)]


async def test_the_rows_equal_an_independent_fold_of_the_topics_also_after_a_replay(crm, log):
    customer_id = await _a_call_and_a_chat(crm, log)
    await _repeats_and_old_steps(log)
    expected = await _fold(crm.settings, log.workspace)

    async def equal():
        assert await _tables(crm.settings, log.workspace) == expected
        return True

    await eventually(equal)
    async with running(Database(crm.settings, "crm", MIGRATIONS)) as database:
        # Once with the positions, once as if they had been lost.
        for forget in ("", "DELETE FROM projected_steps; DELETE FROM projected_positions"):
            if forget:
                await database.execute(forget)
            await _replay_one_by_one(crm.settings, database, log.workspace, expected)
    assert len(await _timeline(crm, log, customer_id)) == 2


async def test_after_kill_9_under_traffic_the_rows_equal_the_fold_and_everybody_is_identified(
    crm_settings, log, process
):
    async def traffic(numbers):
        for number in numbers:
            contact = f"c{number}"
            await log.arrived(contact, log.address("phone", f"+49301234{number % 7}"))
            await log.opened(contact, conversation_id=contact)
            await log.message(contact, contact, f"m{number}", "text")
            ended = R.ContactEnded(contact_id=contact, cause=R.CONTACT_CAUSE_ABANDONED)
            await log.step({"contact_ended": ended})

    await process.start()
    await traffic(range(20))
    await log.customer_of("c0")
    for round_ in range(1, 4):
        await traffic(range(round_ * 20, round_ * 20 + 20))
        assert await process.end(signal.SIGKILL) == -signal.SIGKILL
        await process.start()

    for number in range(80):
        same = await log.customer_of(f"c{number % 7}")
        assert (await log.customer_of(f"c{number}")).customer_id == same.customer_id
    expected = await _fold(crm_settings, log.workspace)

    async def equal():
        tables = await _tables(crm_settings, log.workspace)
        for name, rows in expected.items():
            wrong = [key for key in rows | tables[name] if rows.get(key) != tables[name].get(key)]
            assert not wrong, (name, wrong[0], rows.get(wrong[0]), tables[name].get(wrong[0]))
        return True

    await eventually(equal)
    assert len(expected["contacts"]) == len(expected["messages"]) == 80
    assert await process.end(signal.SIGTERM) == 0


async def test_garbage_is_parked_once_and_the_rest_goes_on(crm, log):
    parked = []

    async def note(record):
        if record.header("dlq.offset"):
            parked.append((record.topic, record.header("dlq.reason").decode(), record.value))

    dead = [f"{topic}.dlq.crm" for topic in ("contact-events.v1", *TIMELINE_TOPICS)]
    async with running(FollowConsumer(crm.settings, dead, note)):
        for topic in ("contact-events.v1", *TIMELINE_TOPICS):
            await log.producer.send(topic, log.workspace, b"\xff garbage")
            await log.producer.send(topic, log.workspace, None)
        await log.arrived("c" * 300, log.address("phone", PHONE))
        await log.opened("bad\x00id")
        await log.message("v1", "c1", "", "no id")
        await log.arrived("c1", log.address("phone", PHONE))
        await log.opened("c1")
        await log.message("v1", "c1", "m1", "after the garbage")

        await log.customer_of("c1")
        await eventually(lambda: _rows_of(crm, log, "contacts", 1))
        await eventually(lambda: _rows_of(crm, log, "messages", 1))
        await eventually(lambda: len(parked) >= 9)
    assert len(parked) == 9
    assert {topic for topic, *_ in parked} == set(dead)
    reasons = {reason for _, reason, _ in parked}
    assert "bytes that are no RoutingStep" in reasons
    assert "contact_id has 300 characters, at most 255" in reasons
    assert not any("no id" in reason for reason in reasons)


async def test_while_postgres_is_away_consumers_wait_and_lose_nothing(
    crm_settings, log, start_crm, make_gate
):
    url = crm_settings.database_url.get_secret_value()
    host, port = url.rsplit("@", 1)[1].split("/")[0].split(":")
    gate = make_gate(host, int(port))
    await gate.open()
    through = url.replace(f"@{host}:{port}/", f"@127.0.0.1:{gate.port}/")
    settings = crm_settings.model_copy(
        update={"database_url": type(crm_settings.database_url)(through)}
    )
    async with start_crm(settings) as crm:
        await log.arrived("c0", log.address("phone", PHONE))
        customer_id = (await log.customer_of("c0")).customer_id
        await gate.shut()
        for number in range(1, 6):
            await log.arrived(f"c{number}", log.address("phone", PHONE))
            await log.opened(f"c{number}")
        request = customer_service_pb2.GetCustomerRequest(
            workspace=log.workspace, customer_id=customer_id
        )
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await crm.customers.GetCustomer(request, timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        await gate.open()

        for number in range(1, 6):
            assert (await log.customer_of(f"c{number}")).customer_id == customer_id
        await eventually(lambda: _has(crm, log, customer_id, 5))
    await gate.shut()


async def _a_call_and_a_chat(crm, log) -> str:
    await log.lease(crm)
    phone = log.address("phone", PHONE)
    await log.arrived("call", phone)
    customer_id = (await log.customer_of("call")).customer_id
    lineage = common_pb2.Lineage(initial_id="call", related_ids=["x", "y"])
    await log.opened("call", channel=common_pb2.CHANNEL_VOICE, entry_point="line", lineage=lineage)
    await log.step({"visit_opened": R.VisitOpened(contact_id="call", queue="triage")})
    await log.step({"visit_opened": R.VisitOpened(contact_id="call", queue="billing")})
    await log.step()
    await log.step(
        {"contact_connected": R.ContactConnected(contact_id="call", agent_id="ana")},
        {"visit_ended": R.VisitEnded(contact_id="call", exit=R.VISIT_EXIT_ANSWERED)},
    )
    await log.step(
        {
            "contact_ended": R.ContactEnded(
                contact_id="call",
                cause=R.CONTACT_CAUSE_COMPLETED,
                agent_id="ana",
                disposition="solved",
                note=log.sealed("WrapUpFinished.note", "wants a new bill"),
            )
        }
    )
    stored = M.RecordingStored(
        contact_id="call", recording_id="r1", uri="file:r1", duration_seconds=12.5
    )
    await log.said("call-conversation", recording_stored=stored)
    await log.arrived("chat", phone, channel=common_pb2.CHANNEL_CHAT)
    await log.opened("chat", channel=common_pb2.CHANNEL_CHAT, conversation_id="v")
    await log.message("v", "chat", "m1", "hello")
    await log.message("v", "chat", "m2", "how are you")
    for status in (M.DELIVERY_STATUS_SENT, M.DELIVERY_STATUS_DELIVERED, M.DELIVERY_STATUS_SENT):
        await log.said("v", delivery_updated=M.DeliveryUpdated(message_id="m2", status=status))
    return customer_id


async def _replay_one_by_one(settings, database, workspace, expected) -> None:
    """From offset 0; no record may change a row, not even for a moment."""
    replay = TimelineProjection(TimelineStore(database))
    wrong = []

    async def again(record):
        await replay.handle_batch([record])
        if workspace.encode() in record.value:
            tables = await _tables(settings, workspace)
            wrong.extend([] if tables == expected else [(record.topic, record.offset)])

    reader = FollowConsumer(settings, TIMELINE_TOPICS, again, FromStart())
    async with running(reader):
        await asyncio.wait_for(reader.caught_up(), 60)
    assert wrong == []


async def _repeats_and_old_steps(log) -> None:
    """What an old router and unsure writers may add: nothing of it counts."""
    stale = {"contact_ended": R.ContactEnded(contact_id="chat", cause=R.CONTACT_CAUSE_FAILED)}
    invented = {"contact_opened": R.ContactOpened(contact_id="never opened")}
    before = log.step_number
    await log.step(stale, invented, number=3)
    log.step_number = before
    await log.message("v", "chat", "m1", "another text under an old id")
    await log.step({"message_received": R.MessageReceived(contact_id="chat", message_id="m1")})


async def _fold(settings, workspace):
    """The tables as they must be, folded from the topics by other code."""
    contacts, assigned, messages = defaultdict(dict), {}, {}
    deliveries, recordings, last = {}, {}, 0
    order = ["", "UNKNOWN", "SENT", "FAILED", "INTERRUPTED", "DELIVERED"]

    async def fold(record):
        nonlocal last
        if record.topic == "routing-events.v1":
            step = R.RoutingStep.FromString(record.value)
            if step.workspace != workspace or step.step_number <= last:
                return
            last = step.step_number
            for decision in step.decisions:
                _fold_decision(decision, step, contacts, assigned)
            return
        event = M.MessageEvent.FromString(record.value)
        if event.workspace != workspace:
            return
        said = event.message_recorded
        if event.HasField("message_recorded") and said.message_id not in messages:
            at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
            messages[said.message_id] = (
                event.conversation_id,
                said.contact_id,
                contact_events_pb2.Party.Name(said.author)[6:].lower(),
                M.MessageKind.Name(said.kind)[13:].lower(),
                said.body.SerializeToString(),
                at,
                record.offset,
            )
        if event.HasField("delivery_updated"):
            update = event.delivery_updated
            status = M.DeliveryStatus.Name(update.status)[16:]
            known = deliveries.get(update.message_id, ("",))[0]
            if order.index(status) > order.index(known):
                deliveries[update.message_id] = (status,)
        if event.HasField("recording_stored"):
            stored = event.recording_stored
            recordings[stored.recording_id] = (
                stored.contact_id,
                stored.uri,
                stored.duration_seconds,
            )

    reader = FollowConsumer(settings, TIMELINE_TOPICS, _understood(fold), FromStart())
    async with running(reader):
        await asyncio.wait_for(reader.caught_up(), 30)
    return {
        "contacts": dict(contacts),
        "message_contacts": assigned,
        "messages": messages,
        "deliveries": {key: (status.lower(),) for key, (status,) in deliveries.items()},
        "recordings": recordings,
    }


def _understood(fold):
    async def handle(record):
        if not record.value.startswith(b"\xff") and record.value:
            await fold(record)

    return handle


def _fold_decision(decision, step, contacts, assigned):
    at = step.stamped_at.ToDatetime(tzinfo=UTC)
    if decision.HasField("contact_opened"):
        opened = decision.contact_opened
        contacts[opened.contact_id] |= {
            "channel": common_pb2.Channel.Name(opened.channel)[8:]
            .lower()
            .replace("unspecified", ""),
            "entry_point": opened.entry_point,
            "conversation_id": opened.conversation_id,
            "initial_id": opened.lineage.initial_id,
            "related_ids": list(opened.lineage.related_ids),
            "arrived_at": at,
            "opened_by": R.OpenedBy.Name(opened.opened_by)[10:].lower(),
            "is_consult": opened.opened_by == R.OPENED_BY_CONSULT,
        }
    if decision.HasField("contact_transferred"):
        contacts[decision.contact_transferred.new_contact_id]["is_consult"] = False
    if decision.HasField("visit_opened"):
        contacts[decision.visit_opened.contact_id]["queue"] = decision.visit_opened.queue
    if decision.HasField("contact_connected"):
        connected = decision.contact_connected
        contacts[connected.contact_id]["agent_id"] = connected.agent_id
    if decision.HasField("contact_ended"):
        ended = decision.contact_ended
        contacts[ended.contact_id] |= {
            "ended_at": at,
            "cause": R.ContactCause.Name(ended.cause)[14:].lower(),
            "disposition": ended.disposition,
        }
        if ended.HasField("note"):
            contacts[ended.contact_id]["note"] = ended.note.SerializeToString()
    if decision.HasField("message_received"):
        received = decision.message_received
        assigned[received.message_id] = (received.contact_id,)


async def _tables(settings, workspace):
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    columns = {
        "contacts": "contact_id, channel, entry_point, conversation_id, initial_id, related_ids,"
        " arrived_at, ended_at, cause, queue, agent_id, disposition, note, opened_by, is_consult",
        "message_contacts": "message_id, contact_id",
        "messages": "message_id, conversation_id, contact_id, author, kind, body, said_at,"
        " position",
        "deliveries": "message_id, status",
        "recordings": "recording_id, contact_id, uri, duration_seconds",
    }
    found = {}
    for table, names in columns.items():
        query = f"SELECT {names} FROM crm.{table} WHERE workspace = $1"
        rows = [tuple(row.values()) for row in await connection.fetch(query, workspace)]
        found[table] = {row[0]: row[1:] for row in rows}
    names = columns["contacts"].split(", ")[1:]
    found["contacts"] = {
        key: {n: v for n, v in zip(names, row, strict=True) if v is not None}
        for key, row in found["contacts"].items()
    }
    await connection.close()
    return found


async def _timeline(crm, log, customer_id, **more):
    request = customer_service_pb2.GetTimelineRequest(
        workspace=log.workspace, customer_id=customer_id, **more
    )
    return (await crm.customers.GetTimeline(request)).contacts


async def _has(crm, log, customer_id, count):
    return len(await _timeline(crm, log, customer_id)) == count


async def _rows_of(crm, log, table, count):
    connection = await asyncpg.connect(crm.settings.database_url.get_secret_value())
    query = f"SELECT count(*) FROM crm.{table} WHERE workspace = $1"
    found = await connection.fetchval(query, log.workspace)
    await connection.close()
    return found == count
