"""What the router and the queues say, and what flows make of it."""

from pathlib import Path

from conftest import StartReplica
from surroundings import Surroundings, decided

from chassis.testing import eventually
from contact_center.v1 import common_pb2
from contact_center.v1 import message_events_pb2 as messages
from contact_center.v1 import routing_events_pb2 as routing

from .told_texts import MENU, SALES, WELCOME, has


async def test_a_queue_and_an_agent_send_contacts_to_flows(
    replica: StartReplica, around: Surroundings
):
    """The queue's exit starts a flow on the same contact, the transfer one on the next."""
    async with replica() as service:
        visitor = await around.arrive("web-direct")
        await visitor.queued()
        visit = routing.VisitOpened(contact_id=visitor.contact_id)
        sent = routing.ContactSentToFlow(
            contact_id=visitor.contact_id,
            flow="main",
            because=routing.QUEUED_BY_CLOSED,
            channel=common_pb2.CHANNEL_CHAT,
            entry_point="web",
            conversation_id=visitor.conversation_id,
            key_id=visitor.key_id,
            customer_id="someone",
        )
        await around.decide(decided(visit_opened=visit), decided(contact_sent_to_flow=sent))
        await visitor.hears("Welcome back to the contact center.", MENU)
        await visitor.types("sales please")
        await eventually(lambda: [r.queue for r in visitor.requests()] == ["billing", "sales"])

        after = type(visitor)(around, f"{visitor.contact_id}-after")
        opened = routing.ContactOpened(
            contact_id=after.contact_id,
            channel=common_pb2.CHANNEL_CHAT,
            entry_point="web-direct",
            flow="main",
            conversation_id=after.conversation_id,
            key_id=after.key_id,
            opened_by=routing.OPENED_BY_TRANSFER,
        )
        to_people = routing.ContactOpened(
            contact_id="to-people",
            channel=common_pb2.CHANNEL_CHAT,
            entry_point="web",
            opened_by=routing.OPENED_BY_TRANSFER,
        )
        await around.decide(decided(contact_opened=to_people), decided(contact_opened=opened))
        await after.is_recognised(is_new=True)
        await after.hears(WELCOME, MENU)
        assert await service.metric("self_service_flows_started_total") == 3


async def test_who_leaves_is_not_asked_again(
    replica: StartReplica, around: Surroundings, flows_dir: Path
):
    quick(flows_dir)
    async with replica() as service:
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        await visitor.leaves()
        ended = 'self_service_flows_ended_total{flow="main",outcome="left"}'
        await eventually(lambda: has(service.metric(ended), 1))
        stays = await around.arrive("web")
        await stays.is_recognised(is_new=True)
        await eventually(stays.requests)
        assert visitor.told() == [WELCOME, MENU]
        assert not visitor.requests()


async def test_what_the_router_already_queued_is_no_longer_the_flows(
    replica: StartReplica, around: Surroundings
):
    async with replica() as service:
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        await around.decide(
            decided(visit_opened=routing.VisitOpened(contact_id=visitor.contact_id))
        )
        await eventually(lambda: has(service.metric("self_service_flows_ended_total"), 1))
        await visitor.types("billing")
        other = await around.arrive("web-direct")
        await other.queued()
        assert not visitor.requests()


async def test_how_long_it_takes_is_told_when_the_router_says_it(
    replica: StartReplica, around: Surroundings
):
    """The visit and its estimate come in one step, an estimate that is none is passed over."""
    async with replica() as service:
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        await visitor.types("sales please")
        await visitor.queued()
        await around.decide(
            decided(visit_opened=routing.VisitOpened(contact_id=visitor.contact_id)),
            decided(wait_estimated=estimate(visitor.contact_id, 5, 1)),
            decided(wait_estimated=estimate(visitor.contact_id, 120, 300)),
            decided(wait_estimated=estimate(visitor.contact_id, 9000, 9001)),
        )

        told = "You will probably wait between 2 and 5 minutes."
        await visitor.hears(WELCOME, MENU, SALES, told)
        await eventually(lambda: has(service.metric("self_service_flows_ended_total"), 1))
        notice = around.said(visitor.contact_id)[-1].message_recorded
        assert notice.kind == messages.MESSAGE_KIND_NOTICE


def quick(flows_dir: Path) -> None:
    """Let questions in writing be missed after a second, and once only."""
    main = flows_dir / "main.yaml"
    text = main.read_text().replace("text: 120", "text: 1").replace("retries: 2", "retries: 0")
    main.write_text(text)


def estimate(contact_id: str, low: float, high: float) -> routing.WaitEstimated:
    return routing.WaitEstimated(
        contact_id=contact_id, low_seconds=low, high_seconds=high, coverage=0.8
    )
