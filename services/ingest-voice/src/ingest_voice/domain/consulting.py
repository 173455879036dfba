"""An agent asks a colleague about the customer: who joins, who leaves, who goes on with him.

| consult | on | becomes | who speaks |
| --- | --- | --- | --- |
| – | the router opened it | asked | as before: the customer is on hold |
| asked | the colleague accepted | ringing | |
| ringing | the colleague answered | talking | both agents; the customer hears music |
| ringing | no answer, or the offer ended | asked | |
| talking | the agent joins all | conference | all three; on hold, the agents |
| talking, conference | the colleague hangs up | left | agent and customer, unless on hold |
| talking, conference, left | the customer is handed over | – | colleague and customer |
| any | the router ended it | – | agent and customer, unless on hold |

The agent who asked may hang up in a conference: then the other two go on, and the router hands
the customer over. In any other phase that ends the call, as it does without a consult.
"""

from dataclasses import replace

from ingest_voice.domain.call import (
    JOINED,
    SPEAKING,
    AgentLeg,
    Call,
    Change,
    Consult,
    ConsultPhase,
    Phase,
    talk,
)
from ingest_voice.domain.effects import (
    Effect,
    Follow,
    HangUpAgent,
    Rebind,
    StartRecording,
    StopRecording,
    Tell,
    Unfollow,
)
from ingest_voice.domain.facts import ContactDisconnected, Party
from ingest_voice.domain.joining import connected, dial, leg_failed


def begin(call: Call, contact_id: str) -> Change:
    """A colleague is asked; the call is followed under the consult's contact too."""
    if call.phase not in JOINED or call.consult is not None:
        return call, ()
    return replace(call, consult=Consult(contact_id=contact_id)), (Follow(contact_id=contact_id),)


def ring(call: Call, leg: AgentLeg, address: str, timeout_seconds: float) -> Change:
    """Call the colleague's phone."""
    consult = call.consult
    if consult is None or consult.phase is not ConsultPhase.ASKED or call.phase not in JOINED:
        return call, ()
    consult = replace(consult, phase=ConsultPhase.RINGING, leg=leg)
    return replace(call, consult=consult), (
        dial(consult.contact_id, leg, address, timeout_seconds),
    )


def answered(call: Call, consult: Consult, leg: AgentLeg) -> Change:
    """The agents speak with each other."""
    if consult.phase is not ConsultPhase.RINGING:
        return call, ()
    call = replace(call, consult=replace(consult, phase=ConsultPhase.TALKING))
    return call, (talk(call), Tell(connected(consult.contact_id, leg)))


def failed(call: Call, consult: Consult, leg: AgentLeg, reason: str) -> Change:
    """The colleague's phone was busy, refused or did not answer: somebody else may be asked."""
    if consult.phase is not ConsultPhase.RINGING:
        return call, ()
    told = Tell(leg_failed(consult.contact_id, leg, reason))
    return replace(call, consult=replace(consult, phase=ConsultPhase.ASKED, leg=None)), (told,)


def withdrawn(call: Call, offer_id: str) -> Change:
    """The router gave up on the colleague's offer, whose phone rings or was answered too late."""
    consult = call.consult
    if consult is None or consult.leg is None or consult.leg.offer_id != offer_id:
        return call, ()
    dropped = HangUpAgent(leg_key=consult.leg.leg_key)
    call = replace(call, consult=replace(consult, phase=ConsultPhase.ASKED, leg=None))
    return call, (*((talk(call),) if consult.phase in SPEAKING else ()), dropped)


def hung_up(call: Call, consult: Consult) -> Change:
    """The colleague is gone: the router ends the consult, or moves what is his by then."""
    if consult.phase not in SPEAKING:
        return call, ()
    told = Tell(ContactDisconnected(contact_id=consult.contact_id, by=Party.AGENT))
    call = replace(call, consult=replace(consult, phase=ConsultPhase.LEFT, leg=None))
    return call, (told, talk(call))


def confer(call: Call) -> Change:
    """All three speak together."""
    consult = call.consult
    if consult is None or consult.phase is not ConsultPhase.TALKING:
        return call, ()
    call = replace(call, consult=replace(consult, phase=ConsultPhase.CONFERENCE))
    return call, (talk(call),)


def finish(call: Call) -> Change:
    """The consult is over; the customer stays with the agent, on hold if he was."""
    consult = call.consult
    if consult is None:
        return call, ()
    dropped = _hang_up(consult.leg)
    call = replace(call, consult=None)
    rearranged = (talk(call),) if call.phase in JOINED else ()
    return call, (*rearranged, *dropped, Unfollow(contact_id=consult.contact_id))


def hand_over(call: Call) -> Change:
    """The colleague goes on with the customer, on the consult's contact; the agent leaves."""
    consult = call.consult
    if consult is None or call.phase not in JOINED:
        return call, ()
    dropped = _hang_up(call.leg)
    rebind = Rebind(old_contact_id=call.contact_id, contact_id=consult.contact_id)
    call = replace(
        call,
        contact_id=consult.contact_id,
        phase=Phase.CONNECTED,
        leg=consult.leg,
        consult=None,
    )
    recording = (StopRecording(), StartRecording(call.contact_id))
    return call, (talk(call), *dropped, *recording, rebind)


def _hang_up(leg: AgentLeg | None) -> tuple[Effect, ...]:
    return (HangUpAgent(leg_key=leg.leg_key),) if leg is not None else ()
