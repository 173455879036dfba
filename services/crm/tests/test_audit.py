"""Who read or changed what stands in a sealed log."""

import json

import aiohttp
from pydantic import SecretStr

from chassis.security import development_token
from chassis.testing import eventually, fresh_database
from contact_center.v1 import audit_events_pb2, key_service_pb2
from contact_center.v1 import customer_service_pb2 as pb

from .audited import PHONE, SERVICE, Person, a_customer, command, sealed


async def test_who_read_changed_or_was_refused_stands_in_the_log(crm, log):
    customer_id = await a_customer(crm, log)
    where, settings = {"workspace": log.workspace}, crm.settings
    ana = Person(settings, log.workspace, "agent", "ana")
    quinn = Person(settings, log.workspace, "quality", "quinn")
    adam = Person(settings, log.workspace, "admin", "adam")
    await ana.ask("FindCustomer", pb.FindCustomerRequest(kind="phone", address=PHONE, **where))
    await ana.ask("UpdateCustomer", pb.UpdateCustomerRequest(customer_id=customer_id, **where))
    timeline = pb.GetTimelineRequest(customer_id=customer_id, **where)
    await quinn.ask("GetTimeline", timeline, **{"audit-purpose": "complaint 12"})
    assert await adam.is_refused("GetTimeline", timeline) == "PERMISSION_DENIED"
    other = pb.GetTimelineRequest(customer_id=customer_id, workspace="another")
    assert await quinn.is_refused("GetTimeline", other) == "PERMISSION_DENIED"

    async def all_are_there():
        found = await sealed(settings, log.workspace)
        return found if len(found) == 5 else None

    events = await eventually(all_are_there, within=30)
    told = {
        (event.subject, event.action.removeprefix(f"{SERVICE}/"), event.outcome, event.reason)
        for event in events
    }
    allowed, refused = 1, 2
    assert told == {
        ("ana", "FindCustomer", allowed, ""),
        ("ana", "UpdateCustomer", allowed, ""),
        ("quinn", "GetTimeline", allowed, ""),
        ("adam", "GetTimeline", refused, "role"),
        ("quinn", "GetTimeline", refused, "workspace"),
    }
    by_method = {event.action.rpartition("/")[2]: event for event in events if not event.reason}
    # Found by a number: the log has the id of who was found, and not the number.
    about = {(one.name, one.value) for one in by_method["FindCustomer"].about}
    assert about == {("customer_id", customer_id)}
    assert by_method["GetTimeline"].purpose == "complaint 12"
    assert list(by_method["GetTimeline"].roles) == ["quality"]
    assert all(PHONE.encode() not in event.SerializeToString() for event in events)

    code, out, err = await command(settings, "list", "--about", customer_id)
    assert (code, len(out.splitlines()), err) == (0, 3, "")
    assert {json.loads(line)["subject"] for line in out.splitlines()} == {"ana", "quinn"}


async def test_that_a_service_was_given_a_key_is_written_down(crm, log):
    key = await log.lease(crm)
    request = key_service_pb2.GetKeyRequest(workspace=log.workspace, key_id=key.key_id)
    await crm.keys.GetKey(request, timeout=20)

    async def is_sealed():
        found = await sealed(crm.settings, "*")
        return [event for event in found if ("key_id", key.key_id) in ids(event)]

    (event,) = await eventually(is_sealed, within=30)
    assert event.action == "/contact_center.v1.KeyService/GetKey"
    assert list(event.roles) == ["service"]


async def test_refusals_without_a_name_are_gathered(crm, log):
    nobody = Person(crm.settings, log.workspace, "agent", "ana")
    nobody.token = "x"
    request = pb.GetCustomerRequest(workspace=log.workspace, customer_id="c")
    for _ in range(20):
        assert await nobody.is_refused("GetCustomer", request) == "UNAUTHENTICATED"

    async def are_sealed():
        found = await sealed(crm.settings, "*")
        return [event for event in found if event.reason == "malformed"]

    events = await eventually(are_sealed, within=30)
    assert len(events) <= 3
    assert [event.subject for event in events] == [""] * len(events)


async def test_who_is_kept_from_the_metrics_stands_in_the_log_too(crm_settings, start_crm, log):
    token = development_token("agent", "ana", log.workspace)
    closed = crm_settings.model_copy(update={"admin_token_needed": True})
    async with start_crm(closed) as crm, aiohttp.ClientSession() as session:
        for headers in ({}, {"Authorization": f"Bearer {token}"}):
            url = f"http://127.0.0.1:{crm.admin.port}/metrics"
            async with session.get(url, headers=headers) as response:
                assert response.status in (401, 403)

        async def are_sealed():
            found = [*await sealed(closed, "*"), *await sealed(closed, log.workspace)]
            events = [event for event in found if event.action == "/metrics"]
            return events if len(events) == 2 else None

        events = await eventually(are_sealed, within=30)
    assert [(event.outcome, event.reason, event.subject) for event in events] == [
        (audit_events_pb2.AUDIT_OUTCOME_REFUSED, "missing", ""),
        (audit_events_pb2.AUDIT_OUTCOME_REFUSED, "role", "ana"),
    ]


async def test_a_replica_with_empty_tables_continues_the_chain(
    crm_settings, start_crm, log, infrastructure
):
    """The tables are derived: after a loss, or with an older backup, the log says how far it is."""

    async def are_sealed():
        """Nobody waits for the audit of a service: the next one to run would seal it."""
        found = await sealed(crm_settings, "*")
        return sum(("key_id", log.key.key_id) in ids(event) for event in found) == 3

    async with fresh_database(infrastructure.database_url) as empty:
        lost = crm_settings.model_copy(update={"database_url": SecretStr(empty)})
        for settings in (crm_settings, crm_settings, lost):
            async with start_crm(settings) as crm:
                await log.lease(crm)
                request = key_service_pb2.GetKeyRequest(
                    workspace=log.workspace, key_id=log.key.key_id
                )
                for _ in range(3):
                    await crm.keys.GetKey(request, timeout=20)
                await eventually(are_sealed)
    code, out, err = await command(crm_settings, "verify")

    assert (code, err) == (0, "")
    assert "*: " in out


def ids(event) -> list[tuple[str, str]]:
    return [(one.name, one.value) for one in event.about]
