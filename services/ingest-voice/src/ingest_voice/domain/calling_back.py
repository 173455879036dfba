"""A customer who is called back: first the agent's phone, then the customer's.

| phase | on | becomes | told |
| --- | --- | --- | --- |
| calling agent | the agent answers | calling customer | |
| calling agent | no answer, hung up | ended | AgentLegFailed |
| calling customer | the customer answers | connected | AgentConnected |
| calling customer | busy, no answer … | ended | CustomerLegFailed |
| calling customer | the agent hangs up | ended | AgentLegFailed |
| both | the router gives up | ended | |

From `connected` on it is a call like any other.
"""

from dataclasses import replace

from ingest_voice.domain.call import AgentLeg, Call, Change, Phase, talk
from ingest_voice.domain.dialling import DialCustomer, NoteDial, Result
from ingest_voice.domain.effects import (
    Effect,
    Follow,
    Forget,
    HangUpAgent,
    HangUpCustomer,
    StartRecording,
    Tell,
)
from ingest_voice.domain.facts import CustomerLegFailed
from ingest_voice.domain.joining import connected, dial, leg_failed

CALLING = frozenset({Phase.CALLING_AGENT, Phase.CALLING_CUSTOMER})
_RESULTS = {result.value: result for result in Result}


def begin(
    call_key: str, contact_id: str, leg: AgentLeg, address: str, timeout_seconds: float
) -> Change:
    """Call the agent, for a customer who is not on any line yet."""
    call = Call(call_key=call_key, contact_id=contact_id, phase=Phase.CALLING_AGENT, leg=leg)
    return call, (dial(contact_id, leg, address, timeout_seconds),)


def agent_answered(call: Call, leg_key: str) -> Change:
    """The agent is there: call the customer."""
    if call.phase is not Phase.CALLING_AGENT or not _is_agents(call, leg_key):
        return call, (HangUpAgent(leg_key=leg_key),)
    return replace(call, phase=Phase.CALLING_CUSTOMER), (DialCustomer(),)


def agent_gone(call: Call, leg_key: str, reason: str) -> Change:
    """The agent's phone was not answered, or was hung up before the customer's was."""
    if call.phase not in CALLING or call.leg is None or not _is_agents(call, leg_key):
        return call, ()
    told = Tell(leg_failed(call.contact_id, call.leg, reason))
    return _over(replace(call, leg=None), (told, NoteDial(Result.AGENT_FAILED)))


def customer_answered(call: Call) -> Change:
    """Join both, and say so."""
    leg = call.leg
    if call.phase is not Phase.CALLING_CUSTOMER or leg is None:
        return call, ()
    call = replace(call, phase=Phase.CONNECTED)
    return call, (
        # Before the log has it: from here on a crash loses a call, not a dial.
        Follow(contact_id=call.contact_id),
        talk(call),
        StartRecording(call.contact_id),
        Tell(connected(call.contact_id, leg)),
        NoteDial(Result.ANSWERED),
    )


def customer_failed(call: Call, cause: str) -> Change:
    """Busy, no answer …: the router decides whether to try again."""
    leg = call.leg
    if call.phase is not Phase.CALLING_CUSTOMER or leg is None:
        return call, ()
    result = _RESULTS.get(cause, Result.UNREACHABLE)
    failed = CustomerLegFailed(
        contact_id=call.contact_id, offer_id=leg.offer_id, reason=result.value
    )
    ended = replace(call, phase=Phase.ENDED, leg=None)
    dropped = HangUpAgent(leg_key=leg.leg_key)
    return ended, (dropped, Tell(failed), NoteDial(result), Forget())


def cancel(call: Call) -> Change:
    """The router gave up, or the contact is over: whoever rings rings no more."""
    if call.phase not in CALLING:
        return call, ()
    return _over(call, (NoteDial(Result.CANCELLED),))


def _over(call: Call, told: tuple[Effect, ...]) -> Change:
    customer = (HangUpCustomer(),) if call.phase is Phase.CALLING_CUSTOMER else ()
    agent = (HangUpAgent(leg_key=call.leg.leg_key),) if call.leg else ()
    return replace(call, phase=Phase.ENDED, leg=None), (*customer, *agent, *told, Forget())


def _is_agents(call: Call, leg_key: str) -> bool:
    return call.leg is not None and call.leg.leg_key == leg_key
