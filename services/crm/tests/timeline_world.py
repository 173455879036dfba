"""A customer of two channels, and what the others see of them."""

import asyncpg

from contact_center.v1 import (
    common_pb2,
    customer_service_pb2,
    message_events_pb2,
    routing_events_pb2,
)

TABLES = ("contacts", "message_contacts", "messages", "deliveries", "recordings")
R, M = routing_events_pb2, message_events_pb2
PHONE = "+4930123456"


async def a_call_and_a_chat(crm, log) -> str:
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


async def timeline(crm, log, customer_id, **more):
    request = customer_service_pb2.GetTimelineRequest(
        workspace=log.workspace, customer_id=customer_id, **more
    )
    return (await crm.customers.GetTimeline(request)).contacts


async def has(crm, log, customer_id, count):
    return len(await timeline(crm, log, customer_id)) == count


async def rows_of(crm, log, table, count):
    connection = await asyncpg.connect(crm.settings.database_url.get_secret_value())
    query = f"SELECT count(*) FROM crm.{table} WHERE workspace = $1"
    found = await connection.fetchval(query, log.workspace)
    await connection.close()
    return found == count
