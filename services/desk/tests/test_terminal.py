"""What an agent sees and types, without a terminal; and once with one."""

import asyncio
from datetime import timedelta
from typing import Any

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import message_events_pb2 as messages
from contact_center.v1 import routing_events_pb2 as routing
from contact_center_agent import ConnectionChanged
from desk.settings import DeskSettings
from desk.terminal import panes
from desk.terminal.cells import clipped, wrapped
from desk.terminal.screen import Screen
from desk.terminal.view import View

from .desk_stage import Stage
from .watched import NOON, Watched, shown


def test_an_offer_counts_down_from_the_moment_it_rings(watched: Watched) -> None:
    """On this screen's own clock: the engine's may differ."""
    watched.snapshot()
    watched.offer()
    before = watched.hands()
    watched.told(offer_ringing=routing.OfferRinging(offer_id="o1"))
    watched.clock += 8

    assert "OFFER: chat for support" in before
    assert "12 s" in watched.hands()


def test_an_offer_that_ended_is_gone_and_the_agent_is_told_why(watched: Watched) -> None:
    watched.offer()
    withdrawn = routing.OfferEnded(
        offer_id="o1",
        outcome=routing.OFFER_OUTCOME_WITHDRAWN,
        withdrawn_because=routing.WITHDRAWN_BECAUSE_CUSTOMER_LEFT,
    )
    watched.told(offer_ended=withdrawn)

    assert watched.view.first_offer is None
    assert "the customer left" in watched.view.notices[-1].text


def test_who_the_customer_is_stays_known_when_the_offer_becomes_a_contact(
    watched: Watched,
) -> None:
    watched.offer()
    card = work.CustomerShown(contact_id="c1")
    card.customer.name = "Ada"
    watched.told(customer_shown=card)
    watched.told(customer_shown=work.CustomerShown(contact_id="c1", is_late=True))
    accepted = routing.OfferEnded(offer_id="o1", outcome=routing.OFFER_OUTCOME_ACCEPTED)
    watched.told(offer_ended=accepted)
    watched.hold("c1")

    assert "Ada" in watched.hands()
    assert "Ada" in shown(panes.customer(watched.view, 40))


def test_an_accepted_call_says_that_the_phone_rings(watched: Watched) -> None:
    watched.offer(common.CHANNEL_VOICE)
    accepted = routing.OfferEnded(offer_id="o1", outcome=routing.OFFER_OUTCOME_ACCEPTED)
    watched.told(offer_ended=accepted)
    watched.hold("c1", common.CHANNEL_VOICE, state=routing.CONTACT_STATE_CONNECTING)

    assert "your phone rings" in watched.view.notices[-1].text
    assert "pick it up" in watched.talk()


def test_messages_of_another_contact_are_counted_until_it_is_selected(watched: Watched) -> None:
    watched.hold("c1")
    watched.hold("c2")
    watched.said("c2", "hello?")
    watched.said("c2", "hello?")
    counted = watched.hands()
    watched.view.select_number(2)

    assert "1 new" in counted
    assert "new" not in watched.hands()
    assert "hello?" in watched.talk()


def test_the_transcript_shows_its_end_and_what_cannot_be_read(watched: Watched) -> None:
    watched.hold("c1")
    conversation = work.ConversationShown(contact_id="c1", is_complete=False)
    for number in range(30):
        conversation.messages.add(message_id=f"m{number}", text=f"line {number}", is_readable=True)
    conversation.messages.add(message_id="gone", is_readable=False)
    watched.told(conversation_shown=conversation)
    scrolled = shown(panes.transcript(watched.view, 60, 10, 8))

    assert "cannot be read" in watched.talk()
    assert "line 0" not in watched.talk()
    assert "more lines" in scrolled
    assert "not here yet" in shown(panes.transcript(watched.view, 60, 200, 0))


def test_a_mail_that_was_not_sent_says_so(watched: Watched) -> None:
    watched.hold("c1", common.CHANNEL_EMAIL)
    watched.said("c1", "my bill", subject="Bill")
    failed = messages.DeliveryUpdated(
        contact_id="c1", message_id="m1", status=messages.DELIVERY_STATUS_FAILED
    )
    watched.told(delivery_updated=failed)

    assert "NOT SENT" in watched.talk()
    assert "subject: Re: Bill" in watched.talk()


def test_a_consult_is_seen_by_who_asks_and_by_who_is_asked(watched: Watched) -> None:
    held = watched.hold("c1", state=routing.CONTACT_STATE_ON_HOLD)
    held.consult_contact_id = "c1.2"
    watched.told(consult_started=routing.ConsultStarted(contact_id="c1", agent_id="ana"))
    watched.changed()
    asking = watched.hands()
    held.is_conference = True
    watched.told(
        conference_opened=routing.ConferenceOpened(agent_id="ana", consulted_agent_id="bob")
    )
    watched.changed()
    together = watched.hands()
    for finished in (
        routing.ConsultFinished(agent_id="ana", consulted_agent_id="bob"),
        routing.ConsultFinished(agent_id="bob", consulted_agent_id="ana", is_transfer=True),
    ):
        watched.told(consult_finished=finished)
    said = [notice.text for notice in watched.view.notices]

    assert "you ask a colleague" in asking
    assert "conference" in together
    assert said[1:] == [
        "conference of ana, bob and the customer",
        "the consult is over: /resume takes the customer back",
        "the customer is yours now",
    ]


def test_wrap_up_counts_down_and_a_finished_contact_goes(watched: Watched) -> None:
    """The limit is the engine's time; only its distance from the state's beginning counts."""
    held = watched.hold("c1")
    held.state = routing.CONTACT_STATE_WRAP_UP
    held.since.FromDatetime(NOON)
    ended = work.ContactChanged(
        contact_id="c1", state=routing.CONTACT_STATE_WRAP_UP, ended_by=events.PARTY_CUSTOMER
    )
    ended.limit_at.FromDatetime(NOON + timedelta(seconds=90))
    watched.told(contact_changed=ended)
    watched.changed()
    watched.clock += 30
    in_wrap_up = watched.hands()
    done = work.ContactChanged(contact_id="c1", state=routing.CONTACT_STATE_ENDED)
    watched.told(contact_changed=done)

    assert "1:00 left" in in_wrap_up
    assert "the customer left" in watched.view.notices[0].text
    assert watched.view.selected is None


def test_a_fresh_snapshot_replaces_everything_a_resumed_one_keeps_the_transcripts(
    watched: Watched,
) -> None:
    watched.hold("c1")
    watched.said("c1", "hello")
    watched.snapshot(is_resumed=True)
    kept = watched.talk()
    watched.snapshot()

    assert "hello" in kept
    assert "hello" not in watched.talk()


def test_the_header_says_who_what_and_whether_the_desk_is_there(watched: Watched) -> None:
    watched.snapshot()
    watched.reader.apply(ConnectionChanged(True, "desk:1"))
    connected = shown(panes.header(watched.view, 120, NOON))
    watched.reader.apply(ConnectionChanged(False, "desk:1", "draining"))
    broken = shown(panes.header(watched.view, 120, NOON))

    assert "ana" in connected
    assert "available" in connected
    assert "desk:1" in connected
    assert "connecting again" in broken
    assert "There is no connection" in watched.talk()


def test_what_customers_write_cannot_steer_the_terminal_or_break_the_layout() -> None:
    assert "\x1b" not in clipped("\x1b[31mred", 40)
    assert wrapped("漢字" * 10, 10) == ["漢字漢字漢", "字漢字漢字"] * 2
    assert wrapped("one two\nthree", 5) == ["one", "two", "three"]


class Terminal(DummyOutput):
    def get_size(self) -> Size:
        return Size(rows=36, columns=120)


async def test_an_agent_works_a_chat_from_offer_to_disposition_on_the_screen(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """Real keys into the real application, a real desk behind it."""
    state = stage.router.agent("ana")
    key = stage.crm.new_key()
    router = stage.router

    def accepted(fact: Any) -> Any:
        state.contacts.add(
            contact_id="c1",
            channel=common.CHANNEL_CHAT,
            state=routing.CONTACT_STATE_CONNECTED,
            conversation_id="conversation-c1",
            key_id=key,
        )
        return [router.state_decision("ana")]

    def finished(fact: Any) -> Any:
        del state.contacts[:]
        return [router.state_decision("ana")]

    router.answers |= {"offer_accepted": accepted, "wrap_up_finished": finished}
    view = View(agent_id="ana")
    with create_pipe_input() as keys:
        async with connect(desk) as client:
            screen = Screen(client, view, terminal_input=keys, terminal_output=Terminal())
            running = asyncio.create_task(screen.run())
            await eventually(lambda: view.is_connected)
            await router.offer("ana", "c1")
            await eventually(lambda: view.first_offer)
            keys.send_text("\x1bOQ")
            await eventually(lambda: view.selected and view.selected.is_loaded)
            await stage.say("c1", "good day", key)
            await eventually(lambda: view.selected and view.selected.lines)
            keys.send_text("How can I help?\r")
            await eventually(lambda: view.selected and len(view.selected.lines) == 2)
            keys.send_text("/done solved nice\r")
            await eventually(lambda: router.named("wrap_up_finished"))
            await eventually(lambda: view.selected is None)
            keys.send_text("\x11")
            code = await asyncio.wait_for(running, 60)

            assert code == 0
            assert router.named("wrap_up_finished")[0].disposition == "solved"
            assert len(router.named("agent_signed_out")) == 1
