"""How an agent comes to a call and leaves it."""

from dataclasses import replace

from ingest_voice.domain.call import (
    JOINED,
    OVER,
    AgentLeg,
    Call,
    Change,
    ConsultPhase,
    Phase,
    talk,
)
from ingest_voice.domain.effects import (
    Dial,
    Effect,
    HangUpAgent,
    PlayMusic,
    PlaySilence,
    Rebind,
    StartRecording,
    StopRecording,
    Talk,
    Tell,
    Unfollow,
)
from ingest_voice.domain.ending import close, drop_agents, drop_speech
from ingest_voice.domain.facts import AgentConnected, AgentLegFailed, ContactDisconnected, Party

RINGS_OR_TALKS = JOINED | {Phase.CONNECTING}


def connect(call: Call, leg: AgentLeg, address: str, timeout_seconds: float) -> Change:
    """Call the agent's phone; the customer goes on hearing prompts and music meanwhile."""
    if call.phase is not Phase.IN_FLOW:
        return call, ()
    music = () if call.has_music or call.utterances else (PlayMusic(),)
    call = replace(call, phase=Phase.CONNECTING, leg=leg, has_music=True)
    return call, (*music, dial(call.contact_id, leg, address, timeout_seconds))


def dial(contact_id: str, leg: AgentLeg, address: str, timeout_seconds: float) -> Dial:
    return Dial(
        contact_id=contact_id,
        leg_key=leg.leg_key,
        address=address,
        timeout_seconds=timeout_seconds,
    )


def agent_answered(call: Call, leg_key: str) -> Change:
    """Join both sides and say so; a leg that nobody waits for any more is hung up."""
    leg = call.leg
    if call.phase is not Phase.CONNECTING or leg is None or leg.leg_key != leg_key:
        return call, (HangUpAgent(leg_key=leg_key),)
    call, silence = drop_speech(call)
    call = replace(call, phase=Phase.CONNECTED, has_music=False)
    recording = StartRecording(call.contact_id)
    return call, (*silence, talk(call), recording, Tell(connected(call.contact_id, leg)))


def connected(contact_id: str, leg: AgentLeg) -> AgentConnected:
    return AgentConnected(contact_id=contact_id, offer_id=leg.offer_id, agent_id=leg.agent_id)


def agent_failed(call: Call, leg_key: str, reason: str) -> Change:
    """The agent's phone was busy, refused or did not answer: back to waiting."""
    leg = call.leg
    if call.phase is not Phase.CONNECTING or leg is None or leg.leg_key != leg_key:
        return call, ()
    told = Tell(leg_failed(call.contact_id, leg, reason))
    return replace(call, phase=Phase.IN_FLOW, leg=None), (told,)


def leg_failed(contact_id: str, leg: AgentLeg, reason: str) -> AgentLegFailed:
    return AgentLegFailed(
        contact_id=contact_id, offer_id=leg.offer_id, agent_id=leg.agent_id, reason=reason
    )


def agent_hung_up(call: Call, leg_key: str) -> Change:
    """The agent ended the conversation: so does the customer's side.

    Of a conference the customer stays with the colleague; the router hands him over.
    """
    if call.phase not in JOINED or call.leg is None or call.leg.leg_key != leg_key:
        return call, ()
    told = Tell(ContactDisconnected(contact_id=call.contact_id, by=Party.AGENT))
    call = replace(call, leg=None)
    if call.consult is not None and call.consult.phase is ConsultPhase.CONFERENCE:
        return call, (told, talk(call))
    call, effects = close(call)
    return call, (told, *effects)


def hold(call: Call) -> Change:
    """The customer hears music, the agent nothing or the colleague."""
    if call.phase is not Phase.CONNECTED:
        return call, ()
    call = replace(call, phase=Phase.ON_HOLD)
    return call, (talk(call), PlayMusic())


def resume(call: Call) -> Change:
    """Both hear each other again."""
    if call.phase is not Phase.ON_HOLD:
        return call, ()
    call = replace(call, phase=Phase.CONNECTED)
    return call, (talk(call),)


def requeue(call: Call, *, is_for_flow: bool = False) -> Change:
    """The contact waits in a queue (again): no agent, music. For a flow: silence."""
    if call.phase in OVER or call.phase is Phase.IN_FLOW:
        return call, ()
    effects: tuple[Effect, ...] = drop_agents(call)
    if call.phase in JOINED:
        effects = (StopRecording(), Talk(leg_keys=(), has_customer=False), *effects)
    if call.consult is not None:
        effects = (*effects, Unfollow(contact_id=call.consult.contact_id))
    if not call.utterances:
        effects = (*effects, PlaySilence() if is_for_flow else PlayMusic())
    call = replace(call, phase=Phase.IN_FLOW, leg=None, consult=None, has_music=not is_for_flow)
    return call, effects


def withdraw(call: Call, offer_id: str) -> Change:
    """The router gave up on an offer whose phone still rings, or was answered a moment too late."""
    if call.phase not in RINGS_OR_TALKS or call.leg is None or call.leg.offer_id != offer_id:
        return call, ()
    return requeue(call)


def transfer(call: Call, new_contact_id: str, *, is_for_flow: bool = False) -> Change:
    """The customer's leg goes on under the new contact and waits; the agents' end."""
    if call.phase not in JOINED:
        return call, ()
    rebind = Rebind(old_contact_id=call.contact_id, contact_id=new_contact_id)
    call, effects = requeue(call, is_for_flow=is_for_flow)
    return replace(call, contact_id=new_contact_id), (*effects, rebind)


def go_to_flow(call: Call) -> Change:
    """A flow goes on with a customer who waited: the music ends, what it says already stays."""
    if call.phase is not Phase.IN_FLOW:
        return call, ()
    silence = (PlaySilence(),) if call.has_music and not call.utterances else ()
    return replace(call, has_music=False), silence
