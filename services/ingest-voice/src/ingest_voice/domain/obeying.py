"""What an order does to a call; what does not fit the call's phase changes nothing."""

from ingest_voice.domain import calling_back, consulting
from ingest_voice.domain.call import AgentLeg, Call, Change
from ingest_voice.domain.ending import end, play_music
from ingest_voice.domain.joining import (
    connect,
    go_to_flow,
    hold,
    requeue,
    resume,
    transfer,
    withdraw,
)
from ingest_voice.domain.orders import (
    ConferenceOpened,
    Connecting,
    ConsultFinished,
    ConsultStarted,
    EndContact,
    Ended,
    Held,
    OfferFailed,
    Order,
    PlayHoldMusic,
    Queued,
    Resumed,
    Say,
    SentToFlow,
    Transferred,
    WrappedUp,
)
from ingest_voice.domain.speech import say


def obey(call: Call, order: Order) -> Change:
    """Carry out an order for the customer's contact, or for the consult about it."""
    if call.phase in calling_back.CALLING:
        return _obey_while_calling(call, order)
    if call.consult is not None and order.contact_id == call.consult.contact_id:
        return _obey_of_consult(call, order)
    match order:
        case Say():
            return say(call, order.utterance)
        case PlayHoldMusic():
            return play_music(call)
        case EndContact():
            return end(call, after_speech=True)
        case Queued():
            call, effects = requeue(call)
            return (call, effects) if effects else play_music(call)
        case Connecting():
            return connect(call, _leg(call, order), order.voice_address, order.connect_seconds)
        case OfferFailed():
            return withdraw(call, order.offer_id)
        case Held():
            return hold(call)
        case Resumed():
            return resume(call)
        case SentToFlow():
            return go_to_flow(call)
        case WrappedUp():
            return end(call, after_speech=False)
        case Ended():
            return end(call, after_speech=order.is_by_flow)
        case _:
            return _obey_with_consult(call, order)


def _obey_with_consult(
    call: Call, order: Transferred | ConsultStarted | ConsultFinished | ConferenceOpened
) -> Change:
    consult_id = call.consult.contact_id if call.consult is not None else ""
    match order:
        case Transferred() if order.new_contact_id == consult_id:
            return consulting.hand_over(call)
        case Transferred():
            return transfer(call, order.new_contact_id, is_for_flow=order.is_to_flow)
        case ConsultStarted():
            return consulting.begin(call, order.consult_contact_id)
        case ConsultFinished() if order.consult_contact_id == consult_id:
            return consulting.finish(call)
        case ConferenceOpened() if order.consult_contact_id == consult_id:
            return consulting.confer(call)
        case _:
            return call, ()


def _obey_while_calling(call: Call, order: Order) -> Change:
    match order:
        case OfferFailed() if call.leg is None or order.offer_id != call.leg.offer_id:
            return call, ()
        case OfferFailed() | WrappedUp() | Ended():
            return calling_back.cancel(call)
        case _:
            return call, ()


def _obey_of_consult(call: Call, order: Order) -> Change:
    match order:
        case Connecting():
            leg = _leg(call, order)
            return consulting.ring(call, leg, order.voice_address, order.connect_seconds)
        case OfferFailed():
            return consulting.withdrawn(call, order.offer_id)
        case WrappedUp() | Ended():
            return consulting.finish(call)
        case _:
            return call, ()


def _leg(call: Call, order: Connecting) -> AgentLeg:
    return AgentLeg(
        leg_key=f"{call.call_key}/{order.offer_id}",
        offer_id=order.offer_id,
        agent_id=order.agent_id,
    )
