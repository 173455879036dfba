"""The service on the real topics and database: what customers notice, what is asked of others."""

from pathlib import Path

import asyncpg
from conftest import StartReplica
from surroundings import POLICY, Surroundings, a_policy, decided

from chassis.testing import eventually
from contact_center.v1 import common_pb2
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import message_events_pb2 as messages
from contact_center.v1 import routing_events_pb2 as routing

from .told_texts import MENU, ORDER, SALES, WELCOME, has


async def test_a_visitor_is_greeted_chooses_and_is_queued(
    replica: StartReplica, around: Surroundings
):
    async with replica():
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        await visitor.types("sales please")

        request = await visitor.queued()
        assert (request.queue, request.is_customer_unknown) == ("sales", False)
        await visitor.hears(WELCOME, MENU, SALES)
        question, notice = [e.message_recorded for e in around.said(visitor.contact_id)][1:]
        assert question.author_id == "main"
        assert question.kind == messages.MESSAGE_KIND_TEXT
        assert [c.value for c in question.choices] == ["billing", "sales", "support", "hours"]
        assert visitor.opened(question.choices[3].label, "Choice.label") == "our opening hours"
        assert notice.kind == messages.MESSAGE_KIND_NOTICE
        assert not around.ordered(visitor.contact_id)

        await visitor.types("1")
        await visitor.types("billing")
        other = await around.arrive("web-direct")
        await other.queued()
        assert len(visitor.requests()) == 1
        assert visitor.told() == [WELCOME, MENU, SALES]


async def test_a_caller_hears_the_same_and_presses_a_key(
    replica: StartReplica, around: Surroundings
):
    async with replica():
        caller = await around.arrive("hotline")
        await caller.is_recognised(is_new=True)
        await eventually(lambda: len(around.ordered(caller.contact_id)) == 2)
        say, ask = around.ordered(caller.contact_id)
        assert caller.opened(say.say.text, "Say.text") == WELCOME
        spoken = caller.opened(ask.ask.text, "Ask.text")
        assert spoken.startswith(f"{MENU} For billing, press 1.")
        assert (ask.ask.max_digits, ask.ask.timeout_seconds) == (1, 6)
        assert ask.expires_at.ToDatetime() > ask.issued_at.ToDatetime()
        recorded = [e.message_recorded for e in around.said(caller.contact_id)]
        assert [r.kind for r in recorded] == [messages.MESSAGE_KIND_PROMPT] * 2
        assert [r.message_id for r in recorded] == [say.say.message_id, ask.ask.message_id]

        await caller.presses_nothing()
        await eventually(lambda: len(around.ordered(caller.contact_id)) == 3)
        await caller.presses("2")

        assert (await caller.queued()).queue == "sales"
        await eventually(lambda: around.ordered(caller.contact_id)[-1].HasField("play_hold_music"))


async def test_the_end_of_a_flow_ends_the_contact(replica: StartReplica, around: Surroundings):
    async with replica():
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        await visitor.types("4")
        finished = await eventually(lambda: around.facts("flow_finished", visitor.contact_id))
        assert finished[0].outcome == events.FLOW_OUTCOME_RESOLVED
        commands = await eventually(lambda: around.ordered(visitor.contact_id))
        assert commands[0].end_contact.reason == "flow_finished"
        assert len(visitor.told()) == 3


async def test_a_request_belongs_to_the_trace_of_its_arrival(
    replica: StartReplica, around: Surroundings
):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with replica():
        event = around.fact()
        event.contact_arrived.contact_id = "traced"
        event.contact_arrived.channel = common_pb2.CHANNEL_CHAT
        event.contact_arrived.entry_point = "web-direct"
        await around.send_bytes(
            "contact-events.v1",
            event.SerializeToString(),
            [("traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode())],
        )
        [requested] = await eventually(lambda: around.requested("traced"))
        headers = around.headers(requested.event_id)
        assert headers["ce_type"] == "QueueRequested"
        assert headers["traceparent"].split("-")[1] == trace


async def test_mail_goes_to_the_queue_of_its_mailbox_and_nothing_is_said(
    replica: StartReplica, around: Surroundings
):
    async with replica():
        mail = await around.arrive("billing-mail")
        await mail.is_recognised(tier="gold")
        other = await around.arrive("support-mail")

        assert (await mail.queued()).queue == "billing"
        request = await other.queued()
        assert (request.queue, request.is_customer_unknown) == ("support", True)
        assert mail.told() == other.told() == []


async def test_a_repeated_arrival_starts_one_flow(replica: StartReplica, around: Surroundings):
    async with replica() as service:
        direct = await around.arrive("web-direct")
        asked = await around.arrive("web")
        await asked.is_recognised(is_new=True)
        await asked.hears(WELCOME, MENU)
        for contact_id, entry_point in (
            (direct.contact_id, "web-direct"),
            (asked.contact_id, "web"),
        ):
            await around.arrive(entry_point, contact_id)
        last = await around.arrive("web-direct")
        await last.queued()

        assert len(direct.requests()) == 1
        assert asked.told() == [WELCOME, MENU]
        assert await service.metric("self_service_repeated_total") == 2
        assert await service.metric("self_service_flows_started_total") == 3


async def test_a_contact_opened_by_a_message_gets_the_flow_and_its_first_message_is_no_answer(
    replica: StartReplica, around: Surroundings
):
    async with replica():
        visitor = await around.arrive("web-direct")
        await visitor.queued()
        again = type(visitor)(around, f"{visitor.contact_id}-again")
        again.conversation_id = visitor.conversation_id
        position = await again.types("billing", contact_id="")
        opened = routing.ContactOpened(
            contact_id=again.contact_id,
            channel=common_pb2.CHANNEL_CHAT,
            entry_point="web",
            flow="main",
            conversation_id=again.conversation_id,
            key_id=again.key_id,
            opened_by=routing.OPENED_BY_MESSAGE,
            customer_id="someone",
        )
        received = routing.MessageReceived(contact_id=again.contact_id)
        received.position.partition, received.position.offset = position.partition, position.offset
        await around.decide(decided(contact_opened=opened), decided(message_received=received))
        await again.hears("Welcome back to the contact center.", MENU)

        # The writer does not know the new contact yet: the conversation says whose it is.
        await again.types("sales", contact_id=visitor.contact_id)
        assert (await again.queued()).queue == "sales"


async def test_a_changed_flow_is_used_for_new_contacts_only(
    replica: StartReplica, around: Surroundings, flows_dir: Path
):
    async with replica() as service:
        before = await around.arrive("web")
        await before.is_recognised(is_new=True)
        await before.hears(WELCOME, MENU)

        main = flows_dir / "main.yaml"
        main.write_text(main.read_text().replace(WELCOME, "Hello!").replace("sales.", "SALES."))
        good = 'self_service_flow_reloads_total{outcome="good"}'
        files = len(list(flows_dir.glob("*.yaml")))
        await eventually(lambda: has(service.metric(good), files + 1))
        after = await around.arrive("web")
        await after.is_recognised(is_new=True)
        await after.hears("Hello!", MENU)
        await before.types("sales")
        await before.hears(WELCOME, MENU, SALES)

        main.write_text(main.read_text().replace("queue: sales", "queu: sales"))
        broken = 'self_service_flow_files{state="broken"}'
        await eventually(lambda: has(service.metric(broken), 1))
        last = await around.arrive("web")
        await last.is_recognised(is_new=True)
        await last.hears("Hello!", MENU)
        assert "did you mean 'queue'" in service.log() or "exactly one of" in service.log()


async def test_what_a_customer_answers_is_stored_sealed_only(
    replica: StartReplica, around: Surroundings, flows_dir: Path, database_of_replicas: str
):
    (flows_dir / "order.yaml").write_text(ORDER)
    await around.activate(a_policy({**POLICY, "order": ("chat", "order")}))
    async with replica() as service:
        visitor = await around.arrive("order")
        await visitor.hears("Your name?")
        await visitor.types("Ada Lovelace")
        await visitor.hears("Your name?", "Ada Lovelace, go on?")
        connection = await asyncpg.connect(database_of_replicas)
        row = await connection.fetchrow("SELECT s::text, s.* FROM self_service.flow_states s")
        await connection.close()
        assert row["variables_nonce"]
        assert "Lovelace" not in str(dict(row)) + service.log()
        await service.end()
    async with replica():
        await visitor.types("yes")
        await visitor.hears("Your name?", "Ada Lovelace, go on?", "Thank you, Ada Lovelace.")
        assert (await visitor.queued()).queue == "sales"


async def test_it_ends_in_order(replica: StartReplica, around: Surroundings):
    async with replica() as service:
        assert await service.end() == 0
