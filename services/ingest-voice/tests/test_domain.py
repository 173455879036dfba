"""The state of a call, without any call."""

import pytest
from voice_states import LEG, a_call, joined, kinds, told

from ingest_voice.domain.call import Phase
from ingest_voice.domain.effects import (
    Dial,
    Forget,
    HangUpAgent,
    HangUpCustomer,
    PlayMusic,
    Rebind,
    StartRecording,
    StopRecording,
    Talk,
    Tell,
    Utterance,
)
from ingest_voice.domain.ending import customer_hung_up, end
from ingest_voice.domain.facts import (
    AgentConnected,
    AgentLegFailed,
    ContactDisconnected,
    CustomerLeft,
    Party,
    PromptEnded,
)
from ingest_voice.domain.identity import contact_id_of, event_id_of
from ingest_voice.domain.joining import (
    agent_answered,
    agent_failed,
    agent_hung_up,
    connect,
    hold,
    requeue,
    resume,
    transfer,
    withdraw,
)
from ingest_voice.domain.obeying import obey
from ingest_voice.domain.orders import Connecting, EndContact, Ended, Queued, WrappedUp
from ingest_voice.domain.speech import prompt_finished, say

# How calls end.


def test_a_caller_who_hangs_up_before_an_agent_has_left():
    call, effects = customer_hung_up(a_call())

    assert call.phase is Phase.ENDED
    assert told((call, effects)) == [CustomerLeft(contact_id="c1")]
    assert effects[-1] == Forget()
    assert customer_hung_up(call) == (call, ())


def test_a_caller_who_hangs_up_while_the_agents_phone_rings_has_left():
    call, _ = connect(a_call(), LEG, "sip:ana@h", 30)
    change = customer_hung_up(call)

    assert told(change) == [CustomerLeft(contact_id="c1")]
    assert HangUpAgent(leg_key="l1") in change[1]


def test_a_caller_who_hangs_up_on_an_agent_disconnects():
    change = customer_hung_up(joined())

    assert told(change) == [ContactDisconnected(contact_id="c1", by=Party.CUSTOMER)]
    assert {HangUpAgent, StopRecording} <= set(kinds(change[1]))


def test_what_was_not_said_to_its_end_is_told_as_failed():
    call, _ = say(a_call(), Utterance(message_id="m1", text="one"))
    call, _ = say(call, Utterance(message_id="m2", text="two"))
    facts = told(customer_hung_up(call))

    assert [f.message_id for f in facts if isinstance(f, PromptEnded)] == ["m1", "m2"]


def test_the_goodbye_is_said_before_the_flow_hangs_up():
    call, _ = say(a_call(), Utterance(message_id="m1", text="goodbye"))
    call, effects = obey(call, EndContact(contact_id="c1"))
    assert effects == ()

    call, effects = prompt_finished(call, "m1", is_interrupted=False)
    assert HangUpCustomer() in effects
    assert call.phase is Phase.CLOSING
    assert told(customer_hung_up(call)) == []


@pytest.mark.parametrize(
    "order", [WrappedUp(contact_id="c1"), Ended(contact_id="c1", is_by_flow=False)]
)
def test_a_contact_that_is_over_hangs_up_both_sides_and_tells_nothing(order):
    change = obey(joined(), order)

    assert {HangUpAgent, HangUpCustomer, StopRecording} <= set(kinds(change[1]))
    assert told(change) == []


def test_a_call_ends_once():
    call, _ = end(joined(), after_speech=False)

    assert end(call, after_speech=False) == (call, ())


# Agents.


def test_an_agent_who_answers_is_joined_recorded_and_told():
    call, _ = connect(a_call(has_music=True), LEG, "sip:ana@h", 30)
    call, effects = agent_answered(call, "l1")

    assert call.phase is Phase.CONNECTED
    assert effects == (
        Talk(leg_keys=("l1",), has_customer=True),
        StartRecording("c1"),
        Tell(AgentConnected(contact_id="c1", offer_id="o1", agent_id="ana")),
    )


def test_an_agent_who_answers_too_late_is_hung_up():
    call, _ = connect(a_call(), LEG, "sip:ana@h", 30)
    call, effects = withdraw(call, "o1")
    assert effects[0] == HangUpAgent(leg_key="l1")

    assert agent_answered(call, "l1") == (call, (HangUpAgent(leg_key="l1"),))


def test_a_phone_that_fails_leaves_the_caller_waiting_with_music():
    call, effects = connect(a_call(), LEG, "sip:ana@h", 30)
    assert kinds(effects) == [PlayMusic, Dial]

    call, effects = agent_failed(call, "l1", "busy")
    assert effects == (
        Tell(AgentLegFailed(contact_id="c1", offer_id="o1", agent_id="ana", reason="busy")),
    )
    assert (call.phase, call.has_music, call.leg) == (Phase.IN_FLOW, True, None)


def test_another_offer_after_a_failed_one_dials_again():
    call, _ = connect(a_call(), LEG, "sip:ana@h", 30)
    call, _ = agent_failed(call, "l1", "busy")
    order = Connecting(
        contact_id="c1", offer_id="o2", agent_id="bob", voice_address="sip:bob@h", connect_seconds=9
    )
    _, effects = obey(call, order)

    assert effects == (
        Dial(contact_id="c1", leg_key="k/o2", address="sip:bob@h", timeout_seconds=9),
    )


def test_an_agent_who_hangs_up_ends_the_call():
    change = agent_hung_up(joined(), "l1")

    assert told(change) == [ContactDisconnected(contact_id="c1", by=Party.AGENT)]
    assert HangUpCustomer() in change[1]
    assert HangUpAgent not in kinds(change[1])


def test_hold_and_resume_are_for_connected_calls():
    call, effects = hold(joined())
    assert (call.phase, effects) == (
        Phase.ON_HOLD,
        (Talk(leg_keys=(), has_customer=False), PlayMusic()),
    )

    call, effects = resume(call)
    assert (call.phase, effects) == (
        Phase.CONNECTED,
        (Talk(leg_keys=("l1",), has_customer=True),),
    )
    assert hold(a_call()) == (a_call(), ())


def test_a_transferred_call_waits_under_its_new_contact():
    call, effects = transfer(joined(), "c2")

    assert (call.contact_id, call.phase, call.leg) == ("c2", Phase.IN_FLOW, None)
    assert kinds(effects) == [StopRecording, Talk, HangUpAgent, PlayMusic, Rebind]
    assert effects[-1] == Rebind(old_contact_id="c1", contact_id="c2")


def test_the_hang_up_of_the_agent_who_transferred_ends_nothing():
    call, _ = transfer(joined(), "c2")

    assert agent_hung_up(call, "l1") == (call, ())


def test_a_contact_whose_agent_is_gone_waits_again():
    call, effects = requeue(joined())

    assert call.phase is Phase.IN_FLOW
    assert {Talk, HangUpAgent, PlayMusic} <= set(kinds(effects))


def test_a_contact_queued_for_the_first_time_hears_music():
    call, effects = obey(a_call(), Queued(contact_id="c1"))

    assert (call.has_music, effects) == (True, (PlayMusic(),))


# Ids.


def test_a_call_id_used_again_makes_another_contact():
    first = contact_id_of(instance="i", sip_call_id="x", from_tag="t", arrived_ms=1)

    assert first == contact_id_of(instance="i", sip_call_id="x", from_tag="t", arrived_ms=1)
    assert first != contact_id_of(instance="i", sip_call_id="x", from_tag="t", arrived_ms=2)
    assert event_id_of("a", "bc") != event_id_of("ab", "c")
