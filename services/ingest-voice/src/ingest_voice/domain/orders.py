"""What others want of a call: commands of the flow, decisions of the router."""

from dataclasses import dataclass

from ingest_voice.domain.effects import Utterance


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
    """An agent accepted: that agent's phone is to be called, and then the customer's, or not."""

    contact_id: str
    offer_id: str
    agent_id: str
    voice_address: str
    connect_seconds: float
    is_customer_dialled: bool = False


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
    """To a queue or an agent, to a flow, or to the colleague who was consulted."""

    contact_id: str
    new_contact_id: str
    is_to_flow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentToFlow:
    """The queue sends the contact to a flow, which goes on with the customer."""

    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultStarted:
    contact_id: str
    consult_contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultFinished:
    contact_id: str
    consult_contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceOpened:
    contact_id: str
    consult_contact_id: str


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
    | SentToFlow
    | ConsultStarted
    | ConsultFinished
    | ConferenceOpened
    | WrappedUp
    | Ended
)
