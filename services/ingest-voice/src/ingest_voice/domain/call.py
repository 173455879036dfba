"""What one call is: the customer's leg, an agent's, and that of a colleague who is asked."""

from dataclasses import dataclass
from enum import StrEnum

from ingest_voice.domain.effects import Effect, Talk, Utterance


class Phase(StrEnum):
    """In the order they happen; CONNECTING and what follows may fall back to IN_FLOW.

    A callback begins with CALLING_AGENT, CALLING_CUSTOMER instead of IN_FLOW and CONNECTING.
    """

    CALLING_AGENT = "calling_agent"
    CALLING_CUSTOMER = "calling_customer"
    IN_FLOW = "in_flow"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    CLOSING = "closing"
    ENDED = "ended"


JOINED = frozenset({Phase.CONNECTED, Phase.ON_HOLD})
OVER = frozenset({Phase.CLOSING, Phase.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeg:
    """The call to an agent's phone, made for one offer."""

    leg_key: str
    offer_id: str
    agent_id: str


class ConsultPhase(StrEnum):
    """A colleague is asked about the customer; LEFT until the router says that it is over."""

    ASKED = "asked"
    RINGING = "ringing"
    TALKING = "talking"
    CONFERENCE = "conference"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """A contact of its own, about the customer's: the colleague's leg belongs to it."""

    contact_id: str
    phase: ConsultPhase = ConsultPhase.ASKED
    leg: AgentLeg | None = None


SPEAKING = frozenset({ConsultPhase.TALKING, ConsultPhase.CONFERENCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A customer's call. `utterances[0]` is being said, or its answer is awaited."""

    call_key: str
    contact_id: str
    phase: Phase = Phase.IN_FLOW
    has_music: bool = False
    utterances: tuple[Utterance, ...] = ()
    is_speaking: bool = False
    digits: str = ""
    closes_after_speech: bool = False
    leg: AgentLeg | None = None
    consult: Consult | None = None


Change = tuple[Call, tuple[Effect, ...]]


def talk(call: Call) -> Talk:
    """Who speaks with whom, as the phases say: nobody else hears anything but music."""
    consult, has_customer = call.consult, call.phase is Phase.CONNECTED
    legs: tuple[AgentLeg | None, ...] = ()
    if consult is not None and consult.phase is ConsultPhase.CONFERENCE:
        legs = (call.leg, consult.leg)
    elif has_customer:
        legs = (call.leg,)
    elif consult is not None and consult.phase is ConsultPhase.TALKING:
        legs = (call.leg, consult.leg)
    keys = tuple(leg.leg_key for leg in legs if leg is not None)
    return Talk(leg_keys=keys, has_customer=has_customer)
