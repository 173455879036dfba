"""Why a contact went where it went: asked of a real router over gRPC and by the command."""

import asyncio
import json
import re

import grpc
import grpc.aio
import pytest

from chassis.rpc import GrpcChannel
from chassis.testing import eventually, free_port, running
from contact_center.v1 import common_pb2, contact_events_pb2, routing_service_pb2_grpc
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.commands import explain
from router.settings import RouterSettings

from .on_kafka import a_router, own_topics
from .people import AGENTS, People

E_ = contact_events_pb2
PATIENCE = 300.0
"""Seconds that an answer may take where the machine is busy."""


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


async def test_a_router_tells_why_a_contact_went_where_it_went(kafka, tmp_path, capsys):
    people = People(kafka)
    port = str(free_port())
    async with a_router(kafka, tmp_path, GRPC_PORT=port):
        await people.begin()
        work = asyncio.create_task(people.work())
        contacts = [await people.arrive() for _ in range(6)]
        await eventually(lambda: _all_ended(kafka, contacts), every=0.2)
        people.stop()
        work.cancel()
        waits = await _one_who_waits(kafka)
        await eventually(lambda: _waits(kafka, waits), every=0.2)
        async with running(GrpcChannel(RouterSettings(), f"127.0.0.1:{port}")) as opened:
            stub = routing_service_pb2_grpc.RoutingServiceStub(opened.channel)
            full = await stub.Explain(asked(contacts[0], full_list=True), timeout=PATIENCE)
            waiting = await stub.Explain(asked(waits, full_list=True), timeout=PATIENCE)
            listing = pb.ListRecentContactsRequest(workspace="main", limit=4)
            latest = await stub.ListRecentContacts(listing, timeout=PATIENCE)
            await _is_refused(stub)
        address = ["--address", f"127.0.0.1:{port}", "--within", str(PATIENCE)]
        as_json = await told(capsys, contacts[1], "--json", *address)
        as_text = await told(capsys, contacts[1], "--full", *address)
        unknown = await told(capsys, "nobody", *address)
        nowhere = await told(capsys, contacts[1], "--step", "99999", *address)
        never = await told(capsys, "nobody", "--until", "2020-01-01", *address)
        whom = await told(capsys, *address)
    away = await told(capsys, "nobody", *address)

    _is_whole(full, await kafka.steps(), contacts[0])
    assert not full.HasField("waiting")
    verdicts = {row.id: row.verdict for row in waiting.waiting.candidates}
    assert verdicts == dict.fromkeys(AGENTS, "missing_skill")
    assert {contact.contact_id for contact in latest.contacts} < {*contacts, waits}
    assert len(latest.contacts) == 4
    assert whom[0] == 0 and all(contact_id in whom[1] for contact_id in contacts)
    (offer,) = _offers(full)
    assert [row.verdict for row in offer.full_list.candidates].count("chosen") == 1
    made = offer.decision.offer_made
    assert offer.full_list.candidates[0].id in (made.agent_id, made.contact_id)
    assert len(offer.full_list.candidates) == made.explanation.candidate_count
    assert as_json[0] == 0, as_json[1]
    assert json.loads(as_json[1])["contact_id"] == contacts[1]
    assert as_text[0] == 0, as_text[1]
    assert re.search(r"\d\d:\d\d:\d\d\.\d{3} +arrived: chat at web", as_text[1])
    assert "ended: completed, disposition solved" in as_text[1]
    assert unknown[0] == 1 and "nothing is known of contact 'nobody'" in unknown[1]
    assert nowhere[0] == 1 and "step 99999 makes no offer of this contact" in nowhere[1]
    assert never[0] == 1 and "no step at all was said in that time" in never[1]
    assert away[0] == 1 and "no router answers at" in away[1]


async def _one_who_waits(kafka) -> str:
    """Somebody comes whom no agent can serve."""
    fact = E_.ContactArrived(
        contact_id="waits", channel=common_pb2.CHANNEL_CHAT, entry_point="web", conversation_id="w"
    )
    await kafka.say(contact_arrived=fact)
    vip = [common_pb2.Requirement(skill="vip", level=1)]
    wish = E_.QueueRequested(contact_id="waits", queue="anyone", requirements=vip)
    await kafka.say(queue_requested=wish)
    return "waits"


async def _waits(kafka, contact_id):
    steps = await kafka.steps()
    said = [decision.visit_opened for step in steps for decision in step.decisions]
    return any(visit.contact_id == contact_id for visit in said)


async def told(capsys, *arguments: str) -> tuple[int, str]:
    """Run the verb; return exit code and output."""
    code = await asyncio.to_thread(explain.main, list(arguments))
    output = capsys.readouterr()
    # Beside the answer the log of this process may say what the broker is about.
    return code, output.out if code == 0 else output.out + output.err


def asked(contact_id: str, **more) -> pb.ExplainRequest:
    return pb.ExplainRequest(workspace="main", contact_id=contact_id, **more)


async def _is_refused(stub):
    for request in (
        pb.ExplainRequest(contact_id="c1"),
        asked(""),
        asked("x" * 201),
        asked("c1", step_number=4),
        pb.ExplainRequest(workspace="../etc", contact_id="c1"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Explain(request, timeout=PATIENCE)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Explain(pb.ExplainRequest(workspace="other", contact_id="c1"), timeout=PATIENCE)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Explain(asked("nobody"), timeout=0.05)
    assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def _is_whole(response, steps, contact_id):
    """Nothing about the contact is left out, and it is in order."""
    assert response.is_complete
    numbers = [step.step_number for step in response.steps]
    assert numbers == sorted(set(numbers))
    told = [d.decision for step in response.steps for d in step.decisions if not d.is_passed_over]
    said = [
        decision
        for step in steps
        for decision in step.decisions
        if getattr(getattr(decision, decision.WhichOneof("decision")), "contact_id", "")
        == contact_id
    ]
    assert told == said
    assert all(d.sentence for step in response.steps for d in step.decisions)


def _offers(response):
    return [
        decision
        for step in response.steps
        for decision in step.decisions
        if decision.decision.HasField("offer_made") and not decision.is_passed_over
    ]


async def _all_ended(kafka, contacts):
    ended = {
        decision.contact_ended.contact_id
        for step in await kafka.steps()
        for decision in step.decisions
    }
    return set(contacts) <= ended
