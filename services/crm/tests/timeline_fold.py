"""The timeline folded from the topics by other code, and as it lies in the database."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime

import asyncpg

from chassis.kafka import FollowConsumer, FromStart
from chassis.testing import running
from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
)
from crm.adapters.consumer import TIMELINE_TOPICS

from .timeline_world import M, R


async def fold(settings, workspace):
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


async def tables_of(settings, workspace):
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
