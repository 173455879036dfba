"""What is said to a caller and typed by one, without any call."""

import pytest
from voice_states import MENU, NUMBER, a_call, asked, kinds, told

from ingest_voice.domain.effects import (
    PlayMusic,
    PlaySilence,
    Speak,
    StartTimer,
    StopTimer,
    Tell,
    Utterance,
)
from ingest_voice.domain.ending import play_music
from ingest_voice.domain.facts import (
    Delivery,
    DigitsTyped,
    InputMissed,
    PromptEnded,
    PromptSpoken,
)
from ingest_voice.domain.speech import digit_pressed, prompt_finished, say, timed_out


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
