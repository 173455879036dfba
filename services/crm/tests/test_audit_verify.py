"""A sealed log that was touched is found out."""

import asyncio
import json
import secrets
from dataclasses import replace

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chassis.kafka import Producer, TopicSpec, ensure_topics
from chassis.testing import eventually, running
from contact_center.v1 import audit_events_pb2
from contact_center.v1 import customer_service_pb2 as pb
from crm.adapters.audit_account import verify
from crm.adapters.audit_reader import everything
from crm.command import read_anchors

from .audited import EVENTS, LOG, Person, a_customer, command, sealed


async def six_links(crm, log):
    customer_id = await a_customer(crm, log)
    ana = Person(crm.settings, log.workspace, "agent", "ana")
    request = pb.GetCustomerRequest(workspace=log.workspace, customer_id=customer_id)
    for _ in range(6):
        await ana.ask("GetCustomer", request)

    async def are_sealed():
        return len(await sealed(crm.settings, log.workspace)) == 6

    await eventually(are_sealed, within=30)


async def test_what_was_removed_or_changed_is_found_and_named(crm, log, tmp_path):
    """Kafka lets nobody change a record: whoever does restores another log, as these are."""
    await six_links(crm, log)
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
    await six_links(crm, log)
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
