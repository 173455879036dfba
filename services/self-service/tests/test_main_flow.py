"""The flow that calls and chats share: what a customer hears or reads, and where it leads."""

from pathlib import Path

import pytest
from flow_scenario import Scenario

from self_service.adapters.flow_file import load_flow

FLOWS = Path(__file__).parents[3] / "deploy" / "local" / "flows"


@pytest.fixture
def main_flow() -> Scenario:
    return Scenario(load_flow(FLOWS / "main.yaml"))


MENU = "How can we help you?"
BUTTONS = "[billing] [sales] [support] [our opening hours]"
KEYS = (
    "For billing, press 1. For sales, press 2. For support, press 3. "
    "For our opening hours, press 4."
)
LINES = "1 billing / 2 sales / 3 support / 4 our opening hours"
HOURS = "We are here from Monday to Friday, eight in the morning to six in the evening. Good bye."


def test_a_new_caller_presses_a_key(main_flow: Scenario):
    main_flow.play(f"""
        voice +4930100100
        ----

        new
        ----
        speaks: Welcome to the contact center.
        asks (1): {MENU} {KEYS}

        key 1
        ----
        speaks: One moment, we are connecting you with billing.
        queue billing
        music
    """)


def test_a_known_visitor_writes_a_word(main_flow: Scenario):
    main_flow.play(f"""
        chat web
        ----

        known contact_count=3
        ----
        writes: Welcome back to the contact center.
        writes: {MENU} {BUTTONS}

        types I want to BUY something!
        ----
        notice: One moment, we are connecting you with sales.
        queue sales
    """)


def test_who_is_not_recognised_in_time_is_greeted_as_new(main_flow: Scenario):
    main_flow.play(f"""
        chat web
        ----

        waits
        ----
        writes: Welcome to the contact center.
        writes: {MENU} {BUTTONS}

        # It comes late, and is still told to the queue.
        known
        ----

        types 3
        ----
        notice: One moment, we are connecting you with support.
        queue support
    """)


def test_a_caller_who_presses_nothing_comes_to_support(main_flow: Scenario):
    main_flow.play(f"""
        voice +4930100100
        ----

        waits
        ----
        speaks: Welcome to the contact center.
        asks (1): {MENU} {KEYS}

        silent
        ----
        asks (1): Sorry, we did not get an answer. {MENU} {KEYS}

        # A key that is no choice counts like silence.
        key 9
        ----
        asks (1): Sorry, that is not one of the choices. {MENU} {KEYS}

        # The channel says nothing, so the flow's own deadline does.
        waits
        ----
        speaks: One moment, we are connecting you with support.
        queue support customer unknown
        music
    """)


def test_the_opening_hours_end_the_contact(main_flow: Scenario):
    main_flow.play(f"""
        chat web
        ----

        new
        ----
        writes: Welcome to the contact center.
        writes: {MENU} {BUTTONS}

        types when are you open?
        ----
        writes: {HOURS}
        finished resolved
        closes the channel

        types hello?
        ----
    """)


def test_two_choices_in_one_sentence_are_none(main_flow: Scenario):
    main_flow.play(f"""
        sms web
        ----

        new
        ----
        writes: Welcome to the contact center.
        writes: {MENU} / {LINES} {BUTTONS}

        types a problem with my bill
        ----
        writes: Sorry, that is not one of the choices. / {MENU} / {LINES} {BUTTONS}
    """)


def test_the_direct_flow_waits_for_nothing():
    Scenario(load_flow(FLOWS / "direct.yaml")).play("""
        chat web-direct
        ----
        queue billing customer unknown
    """)


@pytest.mark.parametrize(("mailbox", "queue"), [("billing", "billing"), ("support", "support")])
def test_the_mailbox_says_which_queue(mailbox: str, queue: str):
    Scenario(load_flow(FLOWS / "mail.yaml")).play(f"""
        email {mailbox}
        ----

        known tier=gold
        ----
        queue {queue}
    """)
