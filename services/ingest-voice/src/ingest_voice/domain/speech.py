"""What is said to a caller, and the digits that answer it."""

from dataclasses import replace

from ingest_voice.domain.call import Call, Change, Phase
from ingest_voice.domain.effects import (
    Effect,
    PlayMusic,
    PlaySilence,
    Question,
    Speak,
    StartTimer,
    StopTimer,
    Tell,
    Utterance,
)
from ingest_voice.domain.ending import close
from ingest_voice.domain.facts import Delivery, DigitsTyped, InputMissed, PromptEnded, PromptSpoken

MAX_UTTERANCES = 16
MAX_TYPED_AHEAD = 32


def say(call: Call, utterance: Utterance) -> Change:
    """Say it after what is being said; refused once an agent is there or on a full queue."""
    if call.phase is not Phase.IN_FLOW or call.closes_after_speech:
        return call, (Tell(_ended(call, utterance, Delivery.FAILED, "not_in_flow")),)
    if len(call.utterances) >= MAX_UTTERANCES:
        return call, (Tell(_ended(call, utterance, Delivery.FAILED, "too_many")),)
    call = replace(call, utterances=(*call.utterances, utterance))
    return _begin(call) if len(call.utterances) == 1 else (call, ())


def prompt_finished(call: Call, message_id: str, *, is_interrupted: bool) -> Change:
    """Go on: with the next prompt, or with waiting for the answer to this one."""
    if not _is_spoken_now(call, message_id):
        return call, ()
    utterance = call.utterances[0]
    delivery = Delivery.INTERRUPTED if is_interrupted else Delivery.PLAYED
    told = Tell(_ended(call, utterance, delivery))
    call = replace(call, is_speaking=False)
    if utterance.question is None:
        call, effects = _next(call)
        return call, (told, *effects)
    if not call.digits:
        return call, (told, StartTimer(seconds=utterance.question.timeout_seconds))
    call, effects = _collect_typed(call, utterance.question)
    return call, (told, *effects)


def digit_pressed(call: Call, digit: str) -> Change:
    """Take a key as part of the answer; keys during a prompt answer the question that follows."""
    if not call.utterances or len(call.digits) >= MAX_TYPED_AHEAD:
        return call, ()
    question = call.utterances[0].question
    call = replace(call, digits=call.digits + digit)
    if question is None or call.is_speaking:
        return call, ()
    return _collect(call, question)


def timed_out(call: Call) -> Change:
    """The caller stopped typing, or typed nothing."""
    if not call.utterances or call.is_speaking:
        return call, ()
    return _answer(call, call.digits)


def _collect(call: Call, question: Question) -> Change:
    if question.terminator and call.digits.endswith(question.terminator):
        return _answer(call, call.digits[: -len(question.terminator)])
    if len(call.digits) >= question.max_digits:
        return _answer(call, call.digits)
    return call, (StartTimer(seconds=question.digit_timeout_seconds),)


def _answer(call: Call, digits: str) -> Change:
    message_id = call.utterances[0].message_id
    if digits:
        fact: DigitsTyped | InputMissed = DigitsTyped(
            contact_id=call.contact_id, reply_to_message_id=message_id, digits=digits
        )
    else:
        fact = InputMissed(contact_id=call.contact_id, message_id=message_id)
    call, effects = _next(replace(call, digits=""))
    return call, (StopTimer(), Tell(fact), *effects)


def _next(call: Call) -> Change:
    """The first utterance is done with."""
    call = replace(call, utterances=call.utterances[1:], is_speaking=False)
    if call.utterances:
        return _begin(call)
    if call.closes_after_speech:
        return close(call)
    return replace(call, digits=""), (PlayMusic() if call.has_music else PlaySilence(),)


def _begin(call: Call) -> Change:
    """Say the first utterance, unless its answer was typed already."""
    utterance = call.utterances[0]
    spoken = PromptSpoken(
        contact_id=call.contact_id, message_id=utterance.message_id, text=utterance.text
    )
    if utterance.question is not None and call.digits:
        return _begin_answered(call, utterance, utterance.question, Tell(spoken))
    call = replace(call, is_speaking=True, digits="")
    return call, (Tell(spoken), Speak(utterance=utterance))


def _begin_answered(call: Call, utterance: Utterance, question: Question, spoken: Tell) -> Change:
    told = (spoken, Tell(_ended(call, utterance, Delivery.INTERRUPTED)))
    call, effects = _collect_typed(replace(call, is_speaking=False), question)
    return call, (*told, *effects)


def _collect_typed(call: Call, question: Question) -> Change:
    """Take the keys pressed before the question was asked to its end, one by one."""
    asked, typed = call.utterances[0], call.digits
    call = replace(call, digits="")
    effects: tuple[Effect, ...] = ()
    for digit in typed:
        call, effects = _collect(replace(call, digits=call.digits + digit), question)
        if not call.utterances or call.utterances[0] is not asked:
            break
    return call, effects


def _is_spoken_now(call: Call, message_id: str) -> bool:
    return call.is_speaking and call.utterances[0].message_id == message_id


def _ended(call: Call, said: Utterance, delivery: Delivery, reason: str = "") -> PromptEnded:
    return PromptEnded(
        contact_id=call.contact_id, message_id=said.message_id, delivery=delivery, reason=reason
    )
