"""The desk with the real router: a chat from its arrival to its end, and a kill in between."""

import asyncio
import os
import secrets
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import policy_pb2 as policy
from contact_center.v1 import routing_events_pb2 as routing
from desk.settings import DeskSettings
from local_stack.topics import create_topics, delete_topics, registered_topics

from .desk_process import desk_process
from .desk_stage import Stage

POLICY = policy.Policy(
    skills=[{"name": "talk"}],
    queues=[{"name": "support", "target_seconds": 20, "target_share": 0.8}, {"name": "billing"}],
    entry_points=[
        {"name": "widget", "channel": "CHANNEL_CHAT", "address": "web", "flow": "main"},
    ],
    capacities=[{"channels": ["CHANNEL_CHAT"], "slots": 2}],
    dispositions=["solved", "spam"],
    break_reasons=["lunch"],
    timers={"offer_ring_seconds": 20, "agent_grace_seconds": 15, "wrap_up_seconds": 60},
)


@asynccontextmanager
async def router_process(settings: DeskSettings, folder: Path) -> AsyncIterator[None]:
    environ = {
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "TOPIC_PREFIX": settings.topic_prefix,
        "ADMIN_PORT": "0",
        "GRPC_PORT": "0",
        "DATA_DIR": str(folder / "router"),
        "INSTANCE_ID": "router-of-desk-tests",
    }
    with (folder / "router.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "router", env=os.environ | environ, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 60)


class Customers:
    """Says what ingest and self-service would say."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        stage.router.is_silent = True

    async def fact(self, **fact: Any) -> None:
        event = events.ContactEvent(
            event_id=str(uuid.uuid4()), workspace=self._stage.workspace, source="test/1", **fact
        )
        await self._stage.producer.send(
            "contact-events.v1", self._stage.workspace, event.SerializeToString()
        )

    async def open_for_business(self, *agents: str) -> None:
        await self.fact(policy_proposed=events.PolicyProposed(policy=POLICY))
        for agent_id in agents:
            roster = policy.RosterAgent(
                agent_id=agent_id, team="one", skills=[{"skill": "talk", "level": 3}]
            )
            await self.fact(agent_defined=events.AgentDefined(agent=roster))

    async def chat(self, contact_id: str, text: str) -> str:
        """A chat that waits in the queue; its key."""
        key = self._stage.crm.new_key()
        message_id, position = await self._stage.say(contact_id, text, key)
        await self.fact(
            contact_arrived=events.ContactArrived(
                contact_id=contact_id,
                channel=common.CHANNEL_CHAT,
                entry_point="widget",
                conversation_id=f"conversation-{contact_id}",
                key_id=key,
                first_message_id=message_id,
                first_message_position=common.Position(
                    partition=position.partition, offset=position.offset
                ),
            )
        )
        asked = events.QueueRequested(
            contact_id=contact_id, queue="support", is_customer_unknown=True
        )
        await self.fact(queue_requested=asked)
        return key


@pytest.fixture
def topic_prefix(kafka_bootstrap_servers: str) -> Iterator[str]:
    """Topics without the steps of scripted routers: the real one compares them with the log."""
    prefix = f"t{secrets.token_hex(4)}."
    create_topics(kafka_bootstrap_servers, registered_topics(), prefix)
    yield prefix
    delete_topics(kafka_bootstrap_servers, prefix)


@pytest.fixture
async def customers(stage: Stage, tmp_path: Path) -> AsyncIterator[Customers]:
    async with router_process(stage.settings, tmp_path):
        customers = Customers(stage)
        await customers.open_for_business("ana", "bob")
        yield customers


async def signed_in(agent: Any) -> None:
    """The roster may need a moment to be known."""
    await agent.connected(within=60)
    await agent.choose_presence("available")


@pytest.mark.slow
async def test_a_chat_is_offered_answered_and_completed_also_when_its_desk_is_killed(
    stage: Stage, customers: Customers, connect: Any, tmp_path: Path
) -> None:
    one, other = stage.desk_settings(), stage.desk_settings()
    async with (
        desk_process(one, tmp_path / "one.log") as first,
        desk_process(other, tmp_path / "other.log"),
    ):
        await eventually(lambda: policy_known(connect, one), every=0.5)
        async with connect(one, other) as agent:
            await signed_in(agent)
            key = await customers.chat("c1", "my engine stopped")
            offer = (await agent.expect("offer_shown")).offer
            await agent.expect("offer_ringing")
            accepted = await agent.accept(offer.offer_id)
            again = await agent.accept(offer.offer_id)
            conversation = await agent.expect("conversation_shown")
            # The message is in another topic than the offer: it may come a moment later.
            shown = list(conversation.messages) or [await agent.expect("message_shown")]
            session = agent.session_number
            await first.kill()
            await stage.say("c1", "hello?", key)
            await eventually(lambda: agent.is_connected and agent.session_number > session)
            whole = await agent.expect(
                "conversation_shown", lambda body: len(body.messages) == 2, within=20
            )
            reply = await agent.send("c1", "I am here")
            wrong = await agent.complete("c1", "nonsense")
            completed = await agent.complete("c1", "solved", "was out of oil")
            ended = await agent.expect(
                "contact_changed", lambda body: body.state == routing.CONTACT_STATE_ENDED
            )

            assert offer.contact_id == "c1"
            assert accepted.code == work.RESULT_CODE_OK
            assert again.code == work.RESULT_CODE_OK
            assert [message.text for message in shown] == ["my engine stopped"]
            assert [message.text for message in whole.messages] == ["my engine stopped", "hello?"]
            assert reply.code == work.RESULT_CODE_OK
            assert wrong.because == routing.REJECTED_BECAUSE_UNKNOWN_DISPOSITION
            assert completed.code == work.RESULT_CODE_OK
            assert ended.cause == routing.CONTACT_CAUSE_COMPLETED


@pytest.mark.slow
async def test_hold_transfer_and_refusals_with_the_real_router(
    desk: DeskSettings, stage: Stage, customers: Customers, connect: Any
) -> None:
    await eventually(lambda: policy_known(connect, desk), every=0.5)
    async with connect(desk) as ana, connect(desk, agent_id="bob") as bob:
        await signed_in(ana)
        await customers.chat("c1", "hello")
        offer = (await ana.expect("offer_shown")).offer
        stolen = await bob.accept(offer.offer_id)
        await ana.accept(offer.offer_id)
        await ana.expect("conversation_shown")
        held = await ana.hold("c1")
        resumed = await ana.resume("c1")
        nowhere = await ana.transfer("c1", "mars")
        await signed_in(bob)
        moved = await ana.transfer("c1", "billing")
        wrap_up = await ana.expect(
            "contact_changed", lambda body: body.state == routing.CONTACT_STATE_WRAP_UP
        )
        second = (await bob.expect("offer_shown")).offer
        rejected = await bob.reject(second.offer_id, "busy")
        done = await ana.complete("c1", "solved")
        late = await bob.accept(second.offer_id)
        out = await bob.sign_out()

        assert stolen.code == work.RESULT_CODE_REJECTED
        assert [held.code, resumed.code, moved.code, rejected.code, done.code] == [
            work.RESULT_CODE_OK
        ] * 5
        assert nowhere.because == routing.REJECTED_BECAUSE_UNKNOWN_QUEUE
        assert second.queue == "billing"
        assert second.contact_id == wrap_up.new_contact_id
        assert wrap_up.HasField("limit_at")
        assert late.code == work.RESULT_CODE_REJECTED
        assert out.code == work.RESULT_CODE_OK


@pytest.mark.slow
async def test_a_colleague_is_asked_and_takes_over_with_the_real_router(
    desk: DeskSettings, stage: Stage, customers: Customers, connect: Any
) -> None:
    await eventually(lambda: policy_known(connect, desk), every=0.5)
    async with connect(desk) as ana, connect(desk, agent_id="bob") as bob:
        await signed_in(ana)
        await customers.chat("c1", "hello")
        await ana.accept((await ana.expect("offer_shown")).offer.offer_id)
        await ana.expect("conversation_shown")
        early = await ana.start_conference("c1")
        nobody = await ana.consult("c1", to_agent_id="zoe")
        await signed_in(bob)
        asked = await ana.consult("c1", to_agent_id="bob")
        started = await ana.expect("consult_started")
        offer = (await bob.expect("offer_shown")).offer
        await bob.accept(offer.offer_id)
        await bob.expect(
            "contact_changed", lambda body: body.state == routing.CONTACT_STATE_CONNECTED
        )
        not_his = await bob.start_conference(offer.contact_id)
        together = await ana.start_conference("c1")
        opened = await bob.expect("conference_opened")
        over = await ana.hand_over("c1")
        finished = await bob.expect("consult_finished")
        done = await ana.complete("c1", "solved")

        assert early.because == routing.REJECTED_BECAUSE_NO_CONSULT
        assert nobody.because == routing.REJECTED_BECAUSE_UNKNOWN_AGENT
        assert not_his.because == routing.REJECTED_BECAUSE_NO_CONSULT
        assert [r.code for r in (asked, together, over, done)] == [work.RESULT_CODE_OK] * 4
        assert (offer.contact_id, offer.opened_by_agent_id, offer.is_direct) == (
            started.consult_contact_id,
            "ana",
            True,
        )
        assert (opened.agent_id, opened.consulted_agent_id) == ("ana", "bob")
        assert finished.is_transfer


async def policy_known(connect: Any, desk: DeskSettings) -> bool:
    """An agent can sign in and is told what to choose from."""
    try:
        async with connect(desk) as agent:
            snapshot = await agent.expect("snapshot", within=5)
    except Exception:  # noqa: BLE001  (the router is not there yet)
        return False
    return bool(snapshot.queues)
