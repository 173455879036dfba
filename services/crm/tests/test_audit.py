"""Who read or changed what stands in a sealed log, and a log that was touched is found out."""

import asyncio
import json
import os
import secrets
import sys
from dataclasses import replace

import aiohttp
import grpc
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from pydantic import SecretStr

from chassis.kafka import Producer, TopicSpec, ensure_topics
from chassis.security import development_token
from chassis.testing import eventually, fresh_database, running
from contact_center.v1 import audit_events_pb2, customer_service_pb2_grpc, key_service_pb2
from contact_center.v1 import customer_service_pb2 as pb
from crm.adapters.audit_account import verify
from crm.adapters.audit_reader import everything
from crm.command import read_anchors

PHONE = "+4930123456"
SERVICE = "/contact_center.v1.CustomerService"
EVENTS, LOG = "audit-events.v1", "audit-log.v1"


async def a_customer(crm, log) -> str:
    await log.lease(crm)
    await log.arrived("c1", log.address("phone", PHONE))
    return (await log.customer_of("c1")).customer_id


class Person:
    """Somebody with one role in the workspace of the test, at crm's door."""

    def __init__(self, settings, workspace, role, name) -> None:
        self.token = development_token(role, name, workspace)
        self.address = f"127.0.0.1:{settings.grpc_port}"

    async def ask(self, method, request, **more):
        given = (("authorization", f"Bearer {self.token}"), *more.items())
        async with grpc.aio.insecure_channel(self.address) as channel:
            stub = customer_service_pb2_grpc.CustomerServiceStub(channel)
            return await getattr(stub, method)(request, metadata=given, timeout=20)

    async def is_refused(self, method, request) -> str:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.ask(method, request)
        return caught.value.code().name


async def sealed(settings, workspace) -> list[audit_events_pb2.AuditEvent]:
    links = [
        audit_events_pb2.SealedAuditEvent.FromString(record.value)
        async for record in everything(settings, LOG)
    ]
    return [
        audit_events_pb2.AuditEvent.FromString(link.event)
        for link in links
        if link.workspace == workspace
    ]


async def command(settings, *arguments) -> tuple[int, str, str]:
    """The real command, as its user calls it."""
    environment = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "TOPIC_PREFIX": settings.topic_prefix,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local_stack.cli", "audit", *arguments, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode, out.decode(), err.decode()


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


async def test_what_was_removed_or_changed_is_found_and_named(crm, log, tmp_path):
    """Kafka lets nobody change a record: whoever does restores another log, as these are."""
    customer_id = await a_customer(crm, log)
    ana = Person(crm.settings, log.workspace, "agent", "ana")
    request = pb.GetCustomerRequest(workspace=log.workspace, customer_id=customer_id)
    for _ in range(6):
        await ana.ask("GetCustomer", request)

    async def are_sealed():
        return len(await sealed(crm.settings, log.workspace)) == 6

    await eventually(are_sealed, within=30)
    code, out, err = await command(crm.settings, "verify", "--keep", str(tmp_path / "anchor"))
    assert (code, err) == (0, "")
    assert f"{log.workspace}: links 1 to 6, head " in out
    records = [record async for record in everything(crm.settings, LOG)]
    events = [record async for record in everything(crm.settings, EVENTS)]
    ours = [n for n, record in enumerate(records) if record.key == log.workspace.encode()]

    removed = [record for n, record in enumerate(records) if n != ours[2]]
    code, _, err = await command(await copied(crm.settings, removed, events), "verify")
    assert code == 1
    assert err.startswith(f"FIRST BROKEN: {log.workspace}: link 4 ")
    assert "follows 2: 3 is missing" in err.splitlines()[0]

    changed = list(records)
    link = audit_events_pb2.SealedAuditEvent.FromString(changed[ours[3]].value)
    event = audit_events_pb2.AuditEvent.FromString(link.event)
    event.subject = "bob"
    link.event = event.SerializeToString()
    changed[ours[3]] = replace(changed[ours[3]], value=link.SerializeToString())
    first = (await verify(await copied(crm.settings, changed, events), {})).broken[0]
    assert first.startswith(f"{log.workspace}: link 4 ")
    assert "was changed" in first

    cut = await copied(crm.settings, [r for n, r in enumerate(records) if n not in ours[4:]], [])
    assert (await verify(cut, {})).broken == []
    anchors = read_anchors(tmp_path / "anchor")
    broken = f"{log.workspace}: the log ends before link 6, which the anchor knows"
    assert (await verify(cut, anchors)).broken == [broken]


async def test_a_log_without_its_beginning_is_verified_from_an_anchor(crm, log, tmp_path):
    """Retention deletes the oldest links; what was kept elsewhere says what they led to."""
    customer_id = await a_customer(crm, log)
    ana = Person(crm.settings, log.workspace, "agent", "ana")
    request = pb.GetCustomerRequest(workspace=log.workspace, customer_id=customer_id)
    for _ in range(6):
        await ana.ask("GetCustomer", request)

    async def are_sealed():
        return len(await sealed(crm.settings, log.workspace)) == 6

    await eventually(are_sealed, within=30)
    records = [record async for record in everything(crm.settings, LOG)]
    ours = [record for record in records if record.key == log.workspace.encode()]
    there = await copied(crm.settings, ours, [])
    # Which partition they have there follows from their key and from how many there are.
    copies = [record async for record in everything(there, LOG)]
    await without_oldest(there, copies[0].partition, 3)
    links = [audit_events_pb2.SealedAuditEvent.FromString(record.value) for record in ours]

    async def verified(number):
        known = {log.workspace: {"number": number, "hash": links[number - 1].hash.hex()}}
        (tmp_path / "anchor").write_text(json.dumps(known))
        return await command(there, "verify", "--anchor", str(tmp_path / "anchor"))

    code, out, err = await verified(3)
    assert (code, err) == (0, "")
    assert f"{log.workspace}: links 4 to 6, tied to the anchor's link 3, head " in out
    code, out, err = await verified(2)
    assert code == 1
    assert f"FIRST BROKEN: {log.workspace}: the log begins with link 4, and the anchor" in err
    code, out, err = await command(there, "verify")
    assert (code, err) == (0, "")
    assert "links 4 to 6 (1 to 3 are gone, and no anchor says what they were), head " in out


async def without_oldest(settings, partition, count):
    """As retention does it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        place = TopicPartition(settings.topic(LOG), partition)
        await admin.delete_records({place: RecordsToDelete(before_offset=count)})
    finally:
        await admin.close()


async def copied(settings, links, events):
    """Settings that lead to topics with these links and events."""
    prefix = f"t{secrets.token_hex(4)}."
    there = settings.model_copy(update={"topic_prefix": prefix})
    counts = {LOG: links, EVENTS: events}
    partitions = 1 + max(record.partition for record in (*links, *events))
    await ensure_topics(there, [TopicSpec(name, partitions) for name in counts])
    async with running(Producer(there, "restore")) as producer:
        for name, records in counts.items():
            sent = [producer.send_soon(name, r.key, r.value, r.headers) for r in records]
            await asyncio.gather(*sent)
    return there


def ids(event) -> list[tuple[str, str]]:
    return [(one.name, one.value) for one in event.about]
