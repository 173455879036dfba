"""What becomes of an agent's leg: the agent's own, or that of the colleague who is consulted."""

from ingest_voice.domain import calling_back, consulting, joining
from ingest_voice.domain.call import AgentLeg, Call, Change, Consult


def leg_answered(call: Call, leg_key: str) -> Change:
    """The phone was answered."""
    if call.phase in calling_back.CALLING:
        return calling_back.agent_answered(call, leg_key)
    found = _consulted(call, leg_key)
    if found is None:
        return joining.agent_answered(call, leg_key)
    return consulting.answered(call, *found)


def leg_failed(call: Call, leg_key: str, reason: str) -> Change:
    """The phone was never answered."""
    if call.phase in calling_back.CALLING:
        return calling_back.agent_gone(call, leg_key, reason)
    found = _consulted(call, leg_key)
    if found is None:
        return joining.agent_failed(call, leg_key, reason)
    return consulting.failed(call, *found, reason)


def leg_hung_up(call: Call, leg_key: str) -> Change:
    """The phone was hung up."""
    if call.phase in calling_back.CALLING:
        return calling_back.agent_gone(call, leg_key, "hung_up")
    found = _consulted(call, leg_key)
    if found is None:
        return joining.agent_hung_up(call, leg_key)
    return consulting.hung_up(call, found[0])


def _consulted(call: Call, leg_key: str) -> tuple[Consult, AgentLeg] | None:
    consult = call.consult
    if consult is None or consult.leg is None or consult.leg.leg_key != leg_key:
        return None
    return consult, consult.leg
