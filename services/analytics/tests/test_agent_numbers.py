"""Handle time and agents: the numbers are those of docs/metrics.md."""

import pytest

from analytics.domain import steps as s

from .telling import START_MS, Telling, connected, ended, opened, seen, wrapped_up


def test_handle_time_goes_from_connected_to_the_end_of_wrap_up():
    telling = Telling().at(0, opened("a")).at(4, ended("a", "answered"), connected("a"))
    assert telling.at(60).queue().handled.count == 0

    telling.at(94, wrapped_up("a"))
    assert telling.queue().handled.mean_seconds() == 90
    assert telling.agent().handled.mean_seconds() == 90


def test_attention_is_shared_among_the_contacts_that_the_agent_holds():
    """Two chats of 60 s that overlap for 30 s: 45 s of attention each, 90 s in all."""
    telling = Telling().at(0, connected("a")).at(30, connected("b"))
    telling.at(60, wrapped_up("a")).at(90, wrapped_up("b"))

    queue = telling.queue()
    assert queue.handled.mean_seconds() == 60
    assert queue.aht_attention_seconds == pytest.approx(45)
    assert telling.agent().attention_ms == pytest.approx(90_000)


def test_a_contact_that_lost_its_agent_waits_again_and_that_leg_is_over():
    telling = Telling().at(0, connected("a")).at(40, opened("a"))
    telling.at(50, connected("a", agent="bob")).at(60, wrapped_up("a"))

    assert telling.queue().handled.count == 2
    assert telling.agent("ana").handled.mean_seconds() == 40
    assert telling.agent("bob").handled.mean_seconds() == 10


def test_occupancy_counts_time_with_a_contact_and_leaves_breaks_out():
    telling = Telling().at(0, seen()).at(10, seen("full", voice=1)).at(40, seen("break"))
    telling.at(100, seen()).at(130)

    agent = telling.agent()
    assert agent.occupancy == 30 / (30 + 10 + 30)
    assert agent.load_occupancy == agent.occupancy


def test_load_occupancy_counts_the_slots_in_use():
    """One of four chats for half of the time, four for the other half."""
    telling = Telling().at(0, seen(chat=1)).at(50, seen("full", chat=4)).at(100)

    assert telling.agent().occupancy == 1
    assert telling.agent().load_occupancy == pytest.approx((0.25 + 1) / 2)


def test_offers_are_counted_by_their_end():
    telling = Telling().at(0, s.OfferMade("ana"), s.OfferMade("ana"))
    telling.at(1, s.OfferEnded("ana", "missed")).at(2, s.OfferEnded("ana", "accepted"))

    assert telling.agent().offers == {"accepted": 1, "made": 2, "missed": 1}


def test_an_agent_who_is_removed_goes_when_nothing_is_in_hand():
    telling = Telling().at(0, seen(), connected("a")).at(1, s.AgentRemoved("ana"))
    assert telling.agent().state == s.ROUTABLE

    telling.at(2, wrapped_up("a"))
    assert telling.fold.agents == {}


def test_the_state_of_an_agent_has_its_own_since():
    telling = Telling().at(0, seen()).at(5, seen("full", voice=1)).at(9, seen("full", voice=1))

    assert telling.agent().since_ms == START_MS + 5000
