"""How a call ends, and how it falls silent."""

from dataclasses import replace

from ingest_voice.domain.call import JOINED, OVER, Call, Change, Phase
from ingest_voice.domain.effects import (
    Effect,
    Forget,
    HangUpAgent,
    HangUpCustomer,
    PlayMusic,
    StopRecording,
    StopSpeech,
    StopTimer,
    Tell,
    Utterance,
)
from ingest_voice.domain.facts import (
    ContactDisconnected,
    CustomerLeft,
    Delivery,
    Party,
    PromptEnded,
)


def play_music(call: Call) -> Change:
    """Let the customer hear music whenever nothing is said, until an agent is joined."""
    if call.has_music or call.phase is not Phase.IN_FLOW:
        return call, ()
    call = replace(call, has_music=True)
    return call, () if call.utterances else (PlayMusic(),)


def customer_hung_up(call: Call) -> Change:
    """The customer's leg is gone; unless we ended it ourselves, the log is told."""
    if call.phase is Phase.ENDED:
        return call, ()
    told: tuple[Effect, ...] = ()
    if call.phase in JOINED:
        left = ContactDisconnected(contact_id=call.contact_id, by=Party.CUSTOMER)
        told = (StopRecording(), Tell(left))
    elif call.phase is not Phase.CLOSING:
        told = (Tell(CustomerLeft(contact_id=call.contact_id)),)
    effects = (StopTimer(), *drop_agents(call), *_unsaid(call), *told, Forget())
    return _without_speech(replace(call, phase=Phase.ENDED, leg=None)), effects


def end(call: Call, *, after_speech: bool) -> Change:
    """End both sides on someone else's word, so nothing is told.

    With `after_speech`, what is still to be said is said first.
    """
    if call.phase in OVER:
        return call, ()
    if after_speech and call.utterances and call.phase is Phase.IN_FLOW:
        return replace(call, closes_after_speech=True), ()
    return close(call)


def close(call: Call) -> Change:
    """Hang up both sides now."""
    recording = (StopRecording(),) if call.phase in JOINED else ()
    effects = (StopTimer(), *recording, *drop_agents(call), *_unsaid(call), HangUpCustomer())
    return _without_speech(replace(call, phase=Phase.CLOSING, leg=None)), effects


def drop_agents(call: Call) -> tuple[Effect, ...]:
    """Hang up the agent and the colleague, whoever is there."""
    legs = (call.leg, call.consult.leg if call.consult else None)
    return tuple(HangUpAgent(leg_key=leg.leg_key) for leg in legs if leg is not None)


def drop_speech(call: Call) -> Change:
    """Say no more: an agent is there."""
    stop = (StopSpeech(), StopTimer()) if call.utterances else ()
    return _without_speech(call), (*stop, *_unsaid(call))


def _without_speech(call: Call) -> Call:
    return replace(call, utterances=(), is_speaking=False, digits="", closes_after_speech=False)


def _unsaid(call: Call) -> tuple[Effect, ...]:
    """What was not said to its end; a question that waits for its answer was said."""
    unsaid = call.utterances if call.is_speaking else call.utterances[1:]
    return tuple(Tell(_failed(call, utterance)) for utterance in unsaid)


def _failed(call: Call, utterance: Utterance) -> PromptEnded:
    return PromptEnded(
        contact_id=call.contact_id,
        message_id=utterance.message_id,
        delivery=Delivery.FAILED,
        reason="call_moved_on",
    )
