"""What others want of a call: commands of the flow, decisions of the router."""

from dataclasses import dataclass

from ingest_voice.domain.call import AgentLeg, Call, Change, end, play_music
from ingest_voice.domain.effects import Utterance
from ingest_voice.domain.joining import connect, hold, requeue, resume, transfer, withdraw
from ingest_voice.domain.speech import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """The flow speaks, or asks."""

    contact_id: str
    utterance: Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayHoldMusic:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndContact:
    """The flow wants the customer's side ended, once everything is said."""

    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """The contact waits in a queue, for the first time or again."""

    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """An agent accepted: that agent's phone is to be called."""

    contact_id: str
    offer_id: str
    agent_id: str
    voice_address: str
    connect_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed:
    contact_id: str
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    contact_id: str
    new_contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedUp:
    """The conversation is over, and not by a transfer."""

    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The contact is over. `is_by_flow`: what the flow still says may be said to its end."""

    contact_id: str
    is_by_flow: bool


Order = (
    Say
    | PlayHoldMusic
    | EndContact
    | Queued
    | Connecting
    | OfferFailed
    | Held
    | Resumed
    | Transferred
    | WrappedUp
    | Ended
)


def obey(call: Call, order: Order) -> Change:
    """Carry out an order; what does not fit the call's phase changes nothing."""
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
            leg = AgentLeg(
                leg_key=f"{call.call_key}/{order.offer_id}",
                offer_id=order.offer_id,
                agent_id=order.agent_id,
            )
            return connect(call, leg, order.voice_address, order.connect_seconds)
        case OfferFailed():
            return withdraw(call, order.offer_id)
        case Held():
            return hold(call)
        case Resumed():
            return resume(call)
        case Transferred():
            return transfer(call, order.new_contact_id)
        case WrappedUp():
            return end(call, after_speech=False)
        case Ended():
            return end(call, after_speech=order.is_by_flow)
