"""Garbage in the audit log is noticed, and stops nothing."""

from prometheus_client import REGISTRY

from chassis.kafka import Producer
from chassis.testing import eventually, running
from contact_center.v1 import audit_events_pb2, key_service_pb2
from crm.adapters.audit_account import verify
from crm.adapters.audit_reader import everything

LOG = "audit-log.v1"
JUNK = b"\xff"


async def test_what_is_no_link_of_ours_in_the_log_keeps_nobody_from_starting(
    crm_settings, start_crm, log
):
    """It is counted at the start, named by `verify`, and the chain goes on behind it."""

    async def ask_for_a_key(crm):
        request = key_service_pb2.GetKeyRequest(workspace=log.workspace, key_id=log.key.key_id)
        await crm.keys.GetKey(request, timeout=20)

    async def are_sealed():
        found = [record.value async for record in everything(crm_settings, LOG)]
        links = [audit_events_pb2.SealedAuditEvent.FromString(v or b"") for v in found if v != JUNK]
        return sum(log.key.key_id.encode() in link.event for link in links) == 2

    async with start_crm(crm_settings) as crm:
        await log.lease(crm)
        await ask_for_a_key(crm)
    forged = audit_events_pb2.SealedAuditEvent(workspace="*", number=999, hash=b"x")
    async with running(Producer(crm_settings, "test")) as stranger:
        for value in (JUNK, None, forged.SerializeToString()):
            await stranger.send(LOG, "*", value, [])
    before = REGISTRY.get_sample_value("crm_audit_foreign_total")
    async with start_crm(crm_settings) as crm:
        await ask_for_a_key(crm)
        await eventually(are_sealed)

    assert REGISTRY.get_sample_value("crm_audit_foreign_total") == before + 3
    broken = "\n".join((await verify(crm_settings, {})).broken)
    assert broken.count("is no link") == 2
    assert "link 999" in broken
