"""What an agent sees and types, without a terminal; and once with one."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import message_events_pb2 as messages
from contact_center.v1 import routing_events_pb2 as routing
from contact_center_agent import ConnectionChanged, wanted_in
from desk.settings import DeskSettings
from desk.terminal import panes
from desk.terminal.cells import Rows, clipped, wrapped
from desk.terminal.entry import Entry, NotUnderstood, completions, parse
from desk.terminal.reader import Reader, result_in_words
from desk.terminal.screen import Screen
from desk.terminal.view import View

from .desk_stage import Stage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Watched:
    """A view that is told events at a time of the test's own."""

    def __init__(self) -> None:
        self.clock = 100.0
        self.view = View(agent_id="ana")
        self.reader = Reader(self.view, clock=lambda: self.clock, now=lambda: NOON)
        self.agent = routing.AgentState(agent_id="ana", presence=common.PRESENCE_AVAILABLE)

    def told(self, **event: Any) -> None:
        self.reader.apply(work.WorkResponse(**event))

    def snapshot(self, *, is_resumed: bool = False) -> None:
        self.told(
            snapshot=work.Snapshot(
                agent=self.agent,
                is_resumed=is_resumed,
                queues=["support", "billing"],
                dispositions=["solved", "spam"],
                break_reasons=["lunch"],
            )
        )

    def offer(self, channel: Any = common.CHANNEL_CHAT) -> None:
        made = routing.OfferMade(
            offer_id="o1", contact_id="c1", queue="support", channel=channel, ring_seconds=20
        )
        self.told(offer_shown=work.OfferShown(offer=made))

    def hold(self, contact_id: str, channel: Any = common.CHANNEL_CHAT, **more: Any) -> Any:
        held = self.agent.contacts.add(
            contact_id=contact_id,
            channel=channel,
            queue="support",
            state=more.get("state", routing.CONTACT_STATE_CONNECTED),
        )
        self.changed()
        return held

    def changed(self) -> None:
        self.told(agent_state_changed=routing.AgentStateChanged(agent=self.agent))

    def said(self, contact_id: str, text: str, message_id: str = "m1", **more: Any) -> None:
        shown = work.MessageShown(
            contact_id=contact_id,
            message_id=message_id,
            author=events.PARTY_CUSTOMER,
            text=text,
            is_readable=True,
            **more,
        )
        self.told(message_shown=shown)

    def hands(self) -> str:
        return shown(panes.hands(self.view, 40, self.clock))

    def talk(self, height: int = 20) -> str:
        return shown(panes.transcript(self.view, 60, height, 0))


def shown(rows: Rows) -> str:
    return "\n".join("".join(text for _, text in row).rstrip() for row in rows)


@pytest.fixture
def watched() -> Watched:
    return Watched()


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


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        ("hello there", Entry(verb="send", text="hello there")),
        ("//slash", Entry(verb="send", text="/slash")),
        ("/2", Entry(verb="select", word="2")),
        ("/break lu", Entry(verb="presence", word="break", text="lunch")),
        ("/next break lunch", Entry(verb="next", word="break", text="lunch")),
        ("/next offline", Entry(verb="next", word="offline")),
        ("/transfer bill", Entry(verb="transfer", word="billing")),
        ("/transfer @bob", Entry(verb="transfer", word="@bob")),
        ("/transfer flow:main", Entry(verb="transfer", word="flow:main")),
        ("/consult @bob", Entry(verb="consult", word="@bob")),
        (
            "/transfer bill skills=vip:2 tier=gold",
            Entry(verb="transfer", word="billing", wanted=wanted_in("skills=vip:2 tier=gold")),
        ),
        ("/consult @bob any=a|b", Entry(verb="consult", word="@bob", wanted=wanted_in("any=a|b"))),
        ("/tell may I? ", Entry(verb="tell", text="may I?")),
        ("/consult bill", Entry(verb="consult", word="billing")),
        ("/conference", Entry(verb="conference")),
        ("/handover", Entry(verb="handover")),
        ("/leave", Entry(verb="leave")),
        ("/done solved  a note ", Entry(verb="done", word="solved", text="a note")),
        ("/hold", Entry(verb="hold")),
        ("   ", None),
    ],
)
def test_what_is_typed_is_understood(watched: Watched, typed: str, entry: Entry | None) -> None:
    watched.snapshot()
    watched.hold("c1")

    assert parse(typed, watched.view) == entry


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/dance", "/help"),
        ("/accept", "no offer"),
        ("/transfer mars", "support, billing"),
        ("/consult flow:main", "support, billing"),
        ("/transfer @", "support, billing"),
        ("/transfer bill vip", "'vip' is no skills, any, languages"),
        ("/consult bill skills=,", "a name is missing"),
        ("/done s", "solved, spam"),
        ("/break", "lunch"),
        ("/next", "/next available"),
    ],
)
def test_what_is_not_understood_is_answered_with_what_would_be(
    watched: Watched, typed: str, says: str
) -> None:
    watched.snapshot()
    watched.hold("c1")
    with pytest.raises(NotUnderstood, match=says):
        parse(typed, watched.view)


def test_text_needs_a_contact(watched: Watched) -> None:
    with pytest.raises(NotUnderstood, match="no contact"):
        parse("hello", watched.view)


def test_completions_come_from_the_policy(watched: Watched) -> None:
    watched.snapshot()

    assert [choice for choice, _ in completions("/tr", watched.view)] == ["/transfer"]
    assert completions("/transfer b", watched.view) == [("billing", "")]
    assert completions("/done s", watched.view) == [("solved", ""), ("spam", "")]
    assert completions("/next break ", watched.view) == [("lunch", "")]
    assert completions("hello", watched.view) == []


def test_every_reason_of_the_router_has_words() -> None:
    for because in routing.RejectedBecause.values():
        result = work.CommandResult(code=work.RESULT_CODE_REJECTED, because=because)

        assert "_" not in result_in_words(result)


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
            code = await asyncio.wait_for(running, 10)

            assert code == 0
            assert router.named("wrap_up_finished")[0].disposition == "solved"
            assert len(router.named("agent_signed_out")) == 1
