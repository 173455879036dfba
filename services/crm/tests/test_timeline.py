"""The timeline is the fold of the log, whatever is repeated, replayed or away."""

import asyncpg

from chassis.testing import eventually
from contact_center.v1 import (
    common_pb2,
    customer_service_pb2,
)

from .timeline_world import PHONE, TABLES, M, R, a_call_and_a_chat, has, rows_of, timeline


async def test_one_timeline_tells_call_and_chat_with_what_was_said(crm, log):
    customer_id = await a_call_and_a_chat(crm, log)

    async def told():
        contacts = await timeline(crm, log, customer_id)
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
    customer_id = await a_call_and_a_chat(crm, log)
    await eventually(lambda: has(crm, log, customer_id, 2))

    contacts = await timeline(crm, log, customer_id, limit=1, is_without_messages=True)
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
        contacts = await timeline(crm, log, customer_id)
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

    await eventually(lambda: rows_of(crm, log, "messages", 5))
    await eventually(told)


async def test_what_was_said_is_sealed_at_rest_and_unreadable_without_its_key(crm, log):
    customer_id = await a_call_and_a_chat(crm, log)
    await eventually(lambda: rows_of(crm, log, "messages", 2))
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
    chat, _ = await timeline(crm, log, customer_id)
    assert [(m.text, m.is_readable) for m in chat.messages] == [("", False), ("", False)]
