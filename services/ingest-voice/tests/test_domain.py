"""The state of a call, without any call."""

from dataclasses import replace

import pytest
from ingest_voice.domain.call import (
    AgentLeg,
    Call,
    Change,
    Phase,
    customer_hung_up,
    end,
    play_music,
)
from ingest_voice.domain.effects import (
    Dial,
    Effect,
    Forget,
    HangUpAgent,
    HangUpCustomer,
    HoldCustomer,
    Join,
    Part,
    PlayMusic,
    PlaySilence,
    Question,
    Rebind,
    ResumeCustomer,
    Speak,
    StartRecording,
    StartTimer,
    StopRecording,
    StopTimer,
    Tell,
    Utterance,
)
from ingest_voice.domain.facts import (
    AgentConnected,
    AgentLegFailed,
    ContactDisconnected,
    CustomerLeft,
    Delivery,
    DigitsTyped,
    Fact,
    InputMissed,
    Party,
    PromptEnded,
    PromptSpoken,
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
from ingest_voice.domain.orders import Connecting, EndContact, Ended, Queued, WrappedUp, obey
from ingest_voice.domain.speech import digit_pressed, prompt_finished, say, timed_out

LEG = AgentLeg(leg_key="l1", offer_id="o1", agent_id="ana")
MENU = Question(max_digits=1, terminator="", timeout_seconds=5, digit_timeout_seconds=2)
NUMBER = Question(max_digits=8, terminator="#", timeout_seconds=5, digit_timeout_seconds=2)


def a_call(**changes: object) -> Call:
    return replace(Call(call_key="k", contact_id="c1"), **changes)  # type: ignore[arg-type]


def asked(question: Question, message_id: str = "m1") -> Call:
    """A call whose question was played to its end."""
    call, _ = say(a_call(), Utterance(message_id=message_id, text="?", question=question))
    call, _ = prompt_finished(call, message_id, is_interrupted=False)
    return call


def joined() -> Call:
    call, _ = connect(a_call(), LEG, "sip:ana@h", 30)
    call, _ = agent_answered(call, "l1")
    return call


def told(change: Change) -> list[Fact]:
    return [effect.fact for effect in change[1] if isinstance(effect, Tell)]


def kinds(effects: tuple[Effect, ...]) -> list[type]:
    return [type(effect) for effect in effects]


# What is said.


def test_a_prompt_is_told_when_it_starts_and_when_it_ends():
    call, effects = say(a_call(), Utterance(message_id="m1", text="hello"))
    ended = prompt_finished(call, "m1", is_interrupted=False)

    assert effects[0] == Tell(PromptSpoken(contact_id="c1", message_id="m1", text="hello"))
    assert kinds(effects) == [Tell, Speak]
    assert told(ended) == [PromptEnded(contact_id="c1", message_id="m1", delivery=Delivery.PLAYED)]
    assert PlaySilence() in ended[1]


def test_prompts_are_said_one_after_the_other():
    call, _ = say(a_call(), Utterance(message_id="m1", text="one"))
    call, effects = say(call, Utterance(message_id="m2", text="two"))
    assert effects == ()

    call, effects = prompt_finished(call, "m1", is_interrupted=False)
    assert [e.utterance.message_id for e in effects if isinstance(e, Speak)] == ["m2"]


def test_music_plays_again_after_a_prompt():
    call, _ = play_music(a_call())
    call, _ = say(call, Utterance(message_id="m1", text="you are next"))

    assert PlayMusic() in prompt_finished(call, "m1", is_interrupted=False)[1]


def test_the_end_of_another_prompt_means_nothing():
    call, _ = say(a_call(), Utterance(message_id="m1", text="one"))

    assert prompt_finished(call, "m0", is_interrupted=False) == (call, ())


def test_one_digit_answers_a_menu_at_once():
    change = digit_pressed(asked(MENU), "2")

    assert told(change) == [DigitsTyped(contact_id="c1", reply_to_message_id="m1", digits="2")]
    assert StopTimer() in change[1]


def test_a_number_ends_with_its_terminator_which_is_no_part_of_it():
    call, effects = digit_pressed(asked(NUMBER), "4")
    assert effects == (StartTimer(seconds=2),)

    call, _ = digit_pressed(call, "7")
    assert told(digit_pressed(call, "#")) == [
        DigitsTyped(contact_id="c1", reply_to_message_id="m1", digits="47")
    ]


def test_a_number_ends_when_the_caller_stops_typing():
    call, _ = digit_pressed(asked(NUMBER), "4")

    assert told(timed_out(call)) == [
        DigitsTyped(contact_id="c1", reply_to_message_id="m1", digits="4")
    ]


@pytest.mark.parametrize("give_up", [timed_out, lambda call: digit_pressed(call, "#")])
def test_no_digits_are_a_missed_input(give_up):
    assert told(give_up(asked(NUMBER))) == [InputMissed(contact_id="c1", message_id="m1")]


def test_the_wait_for_the_first_digit_starts_at_the_end_of_the_prompt():
    call, effects = say(a_call(), Utterance(message_id="m1", text="?", question=MENU))
    assert StartTimer not in kinds(effects)

    assert StartTimer(seconds=5) in prompt_finished(call, "m1", is_interrupted=False)[1]


def test_a_key_during_the_greeting_answers_the_question_that_follows():
    """Who knows the menu need not hear it."""
    call, _ = say(a_call(), Utterance(message_id="m1", text="welcome"))
    call, _ = say(call, Utterance(message_id="m2", text="press", question=MENU))
    call, _ = digit_pressed(call, "2")
    change = prompt_finished(call, "m1", is_interrupted=True)

    assert DigitsTyped(contact_id="c1", reply_to_message_id="m2", digits="2") in told(change)
    assert Speak not in kinds(change[1])


def test_a_key_that_no_question_follows_is_forgotten():
    call, _ = say(a_call(), Utterance(message_id="m1", text="welcome"))
    call, _ = digit_pressed(call, "2")
    call, _ = prompt_finished(call, "m1", is_interrupted=True)

    _, effects = say(call, Utterance(message_id="m2", text="press", question=MENU))
    assert Speak in kinds(effects)


def test_the_line_of_prompts_is_bounded():
    call = a_call()
    for number in range(16):
        call, _ = say(call, Utterance(message_id=f"m{number}", text="more"))

    (fact,) = told(say(call, Utterance(message_id="m16", text="more")))
    assert fact == PromptEnded(
        contact_id="c1", message_id="m16", delivery=Delivery.FAILED, reason="too_many"
    )


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
        Join(leg_key="l1"),
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

    assert effects == (Dial(leg_key="k/o2", address="sip:bob@h", timeout_seconds=9),)


def test_an_agent_who_hangs_up_ends_the_call():
    change = agent_hung_up(joined(), "l1")

    assert told(change) == [ContactDisconnected(contact_id="c1", by=Party.AGENT)]
    assert HangUpCustomer() in change[1]
    assert HangUpAgent not in kinds(change[1])


def test_hold_and_resume_are_for_connected_calls():
    call, effects = hold(joined())
    assert (call.phase, effects) == (Phase.ON_HOLD, (HoldCustomer(),))

    call, effects = resume(call)
    assert (call.phase, effects) == (Phase.CONNECTED, (ResumeCustomer(),))
    assert hold(a_call()) == (a_call(), ())


def test_a_transferred_call_waits_under_its_new_contact():
    call, effects = transfer(joined(), "c2")

    assert (call.contact_id, call.phase, call.leg) == ("c2", Phase.IN_FLOW, None)
    assert kinds(effects) == [StopRecording, Part, HangUpAgent, PlayMusic, Rebind]
    assert effects[-1] == Rebind(old_contact_id="c1", contact_id="c2")


def test_the_hang_up_of_the_agent_who_transferred_ends_nothing():
    call, _ = transfer(joined(), "c2")

    assert agent_hung_up(call, "l1") == (call, ())


def test_a_contact_whose_agent_is_gone_waits_again():
    call, effects = requeue(joined())

    assert call.phase is Phase.IN_FLOW
    assert {Part, HangUpAgent, PlayMusic} <= set(kinds(effects))


def test_a_contact_queued_for_the_first_time_hears_music():
    call, effects = obey(a_call(), Queued(contact_id="c1"))

    assert (call.has_music, effects) == (True, (PlayMusic(),))


# Ids.


def test_a_call_id_used_again_makes_another_contact():
    first = contact_id_of(instance="i", sip_call_id="x", from_tag="t", arrived_ms=1)

    assert first == contact_id_of(instance="i", sip_call_id="x", from_tag="t", arrived_ms=1)
    assert first != contact_id_of(instance="i", sip_call_id="x", from_tag="t", arrived_ms=2)
    assert event_id_of("a", "bc") != event_id_of("ab", "c")
