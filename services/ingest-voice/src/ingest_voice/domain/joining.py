"""How an agent comes to a call and leaves it."""

from dataclasses import replace

from ingest_voice.domain.call import JOINED, OVER, AgentLeg, Call, Change, Phase, close, drop_speech
from ingest_voice.domain.effects import (
    Dial,
    HangUpAgent,
    HoldCustomer,
    Join,
    Part,
    PlayMusic,
    Rebind,
    ResumeCustomer,
    StartRecording,
    StopRecording,
    Tell,
)
from ingest_voice.domain.facts import AgentConnected, AgentLegFailed, ContactDisconnected, Party


def connect(call: Call, leg: AgentLeg, address: str, timeout_seconds: float) -> Change:
    """Call the agent's phone; the customer goes on hearing prompts and music meanwhile."""
    if call.phase is not Phase.IN_FLOW:
        return call, ()
    music = () if call.has_music or call.utterances else (PlayMusic(),)
    call = replace(call, phase=Phase.CONNECTING, leg=leg, has_music=True)
    dial = Dial(leg_key=leg.leg_key, address=address, timeout_seconds=timeout_seconds)
    return call, (*music, dial)


def agent_answered(call: Call, leg_key: str) -> Change:
    """Join both sides and say so; a leg that nobody waits for any more is hung up."""
    leg = call.leg
    if call.phase is not Phase.CONNECTING or leg is None or leg.leg_key != leg_key:
        return call, (HangUpAgent(leg_key=leg_key),)
    call, silence = drop_speech(call)
    call = replace(call, phase=Phase.CONNECTED, has_music=False)
    connected = AgentConnected(
        contact_id=call.contact_id, offer_id=leg.offer_id, agent_id=leg.agent_id
    )
    recording = StartRecording(call.contact_id)
    return call, (*silence, Join(leg_key=leg_key), recording, Tell(connected))


def agent_failed(call: Call, leg_key: str, reason: str) -> Change:
    """The agent's phone was busy, refused or did not answer: back to waiting."""
    leg = call.leg
    if call.phase is not Phase.CONNECTING or leg is None or leg.leg_key != leg_key:
        return call, ()
    failed = AgentLegFailed(
        contact_id=call.contact_id, offer_id=leg.offer_id, agent_id=leg.agent_id, reason=reason
    )
    return replace(call, phase=Phase.IN_FLOW, leg=None), (Tell(failed),)


def agent_hung_up(call: Call, leg_key: str) -> Change:
    """The agent ended the conversation: so does the customer's side."""
    if call.phase not in JOINED or call.leg is None or call.leg.leg_key != leg_key:
        return call, ()
    told = Tell(ContactDisconnected(contact_id=call.contact_id, by=Party.AGENT))
    call, effects = close(replace(call, leg=None))
    return call, (told, *effects)


def hold(call: Call) -> Change:
    """The customer hears music, the agent nothing."""
    if call.phase is not Phase.CONNECTED:
        return call, ()
    return replace(call, phase=Phase.ON_HOLD), (HoldCustomer(),)


def resume(call: Call) -> Change:
    if call.phase is not Phase.ON_HOLD:
        return call, ()
    return replace(call, phase=Phase.CONNECTED), (ResumeCustomer(),)


def requeue(call: Call) -> Change:
    """The contact waits in a queue (again): no agent, music."""
    if call.phase in OVER or call.phase is Phase.IN_FLOW:
        return call, ()
    parted = (StopRecording(), Part()) if call.phase in JOINED else ()
    dropped = (HangUpAgent(leg_key=call.leg.leg_key),) if call.leg else ()
    music = () if call.utterances else (PlayMusic(),)
    call = replace(call, phase=Phase.IN_FLOW, leg=None, has_music=True)
    return call, (*parted, *dropped, *music)


def withdraw(call: Call, offer_id: str) -> Change:
    """The router gave up on an offer whose phone still rings."""
    if call.phase is not Phase.CONNECTING or call.leg is None or call.leg.offer_id != offer_id:
        return call, ()
    return requeue(call)


def transfer(call: Call, new_contact_id: str) -> Change:
    """The customer's leg goes on under the new contact and waits; the agent's ends."""
    if call.phase not in JOINED:
        return call, ()
    rebind = Rebind(old_contact_id=call.contact_id, contact_id=new_contact_id)
    call, effects = requeue(call)
    return replace(call, contact_id=new_contact_id), (*effects, rebind)
