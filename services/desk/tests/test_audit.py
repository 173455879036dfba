"""What an agent was shown stands in the audit log, with the agent's name."""

from typing import Any

from chassis.kafka import FollowConsumer, FromStart, Record
from chassis.testing import eventually, running
from contact_center.v1 import audit_events_pb2
from contact_center.v1 import customer_service_pb2 as customers
from desk.settings import DeskSettings

from .desk_stage import Stage

WORK = "/contact_center.v1.AgentService/Work"


async def test_who_signed_in_and_what_they_were_shown_is_written_down(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    written: list[audit_events_pb2.AuditEvent] = []

    async def note(record: Record) -> None:
        event = audit_events_pb2.AuditEvent.FromString(record.value)
        if event.workspace == stage.workspace:
            written.append(event)

    stage.router.agent("ana")
    stage.crm.customers["k1"] = customers.Customer(customer_id="k1", name="Ada")
    follower = FollowConsumer(desk, ["audit-events.v1"], note, FromStart(), name="t-audit")
    async with running(follower), connect(desk) as agent:
        await stage.router.offer("ana", "c1", customer_id="k1")
        await agent.expect("customer_shown")
        await eventually(lambda: len(written) >= 2)

    begun, shown = written[:2]
    assert (begun.action, begun.subject, list(begun.roles)) == (WORK, "ana", ["agent"])
    assert (shown.action, shown.subject) == (f"{WORK}/customer_shown", "ana")
    about = {(one.name, one.value) for one in shown.about}
    assert about == {("contact_id", "c1"), ("customer_id", "k1")}
    assert b"Ada" not in shown.SerializeToString()
