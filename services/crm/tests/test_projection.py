"""The rows of the timeline equal the fold of the topics, whatever dies or is away."""

import asyncio
import signal

import grpc
import pytest

from chassis.kafka import FollowConsumer, FromStart
from chassis.postgres import Database
from chassis.testing import eventually, running
from contact_center.v1 import (
    customer_service_pb2,
)
from crm.adapters.consumer import TIMELINE_TOPICS, TimelineProjection
from crm.adapters.timeline_store import TimelineStore
from crm.app import MIGRATIONS

from .timeline_fold import fold, tables_of
from .timeline_world import PHONE, R, a_call_and_a_chat, has, rows_of, timeline


async def test_the_rows_equal_an_independent_fold_of_the_topics_also_after_a_replay(crm, log):
    customer_id = await a_call_and_a_chat(crm, log)
    await _repeats_and_old_steps(log)
    expected = await fold(crm.settings, log.workspace)

    async def equal():
        assert await tables_of(crm.settings, log.workspace) == expected
        return True

    await eventually(equal)
    async with running(Database(crm.settings, "crm", MIGRATIONS)) as database:
        # Once with the positions, once as if they had been lost.
        for forget in ("", "DELETE FROM projected_steps; DELETE FROM projected_positions"):
            if forget:
                await database.execute(forget)
            await _replay_one_by_one(crm.settings, database, log.workspace, expected)
    assert len(await timeline(crm, log, customer_id)) == 2


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
    expected = await fold(crm_settings, log.workspace)

    async def equal():
        tables = await tables_of(crm_settings, log.workspace)
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
        await eventually(lambda: rows_of(crm, log, "contacts", 1))
        await eventually(lambda: rows_of(crm, log, "messages", 1))
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
        await eventually(lambda: has(crm, log, customer_id, 5))
    await gate.shut()


async def _replay_one_by_one(settings, database, workspace, expected) -> None:
    """From offset 0; no record may change a row, not even for a moment."""
    replay = TimelineProjection(TimelineStore(database))
    wrong = []

    async def again(record):
        await replay.handle_batch([record])
        if workspace.encode() in record.value:
            tables = await tables_of(settings, workspace)
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
