"""Decisions as lines that a supervisor could read."""

from collections.abc import Callable, Iterator
from typing import Any

from router.domain.record import Decided
from router.domain.words import QueuedBy

Name = Callable[[str], str]
UNSAID = (QueuedBy.FLOW, QueuedBy.TRANSFER, QueuedBy.AGENT_GONE)
"""Ways into a queue that the lines beside it tell already."""


def lines(decided: Decided, name: Name, standing: dict[str, str]) -> Iterator[str]:
    """Yield what is worth telling; `standing` remembers what was told of each agent."""
    decision: Any = decided.decision
    kind = type(decision).__name__
    if kind in ("AgentStateChanged", "AgentSessionStarted"):
        yield from _agent(decision.agent, standing)
    elif kind in TOLD:
        yield TOLD[kind](decision, name)


def _agent(agent: Any, standing: dict[str, str]) -> Iterator[str]:
    because = agent.not_routable_because
    now = "routable" if because in ("", "full") else because
    if standing.get(agent.agent_id, "offline") != now:
        yield f"{agent.agent_id} is {now}"
    standing[agent.agent_id] = now


def _opened(d: Any, name: Name) -> str:
    lineage = f" after {name(d.lineage.previous_id)}" if d.lineage.previous_id else ""
    customer = f" of {d.customer_id}" if d.customer_id else ""
    return f"{name(d.contact_id)} opened by {d.opened_by}{lineage}{customer}"


def _queued(d: Any, name: Name) -> str:
    why = "" if d.because in UNSAID else f" ({d.because})"
    alone = f" for {d.preferred_agent_id}" if d.preferred_agent_id else ""
    return f"{name(d.contact_id)} queued {d.queue}{why}{alone}"


def _offered(d: Any, name: Name) -> str:
    above = " above capacity" if d.is_over_capacity else ""
    return f"{name(d.contact_id)} offered {d.agent_id}{above}"


def _offer_ended(d: Any, name: Name) -> str:
    why = f" {d.withdrawn_because}" if d.withdrawn_because else ""
    code = f" ({d.reason_code})" if d.reason_code else ""
    return f"{name(d.contact_id)} offer {d.agent_id} {d.outcome}{why}{code}"


def _connecting(d: Any, name: Name) -> str:
    dialled = " and then the customer" if d.is_customer_dialled else ""
    joined = f" with {d.with_agent_id}" if d.with_agent_id else ""
    return f"{name(d.contact_id)} connecting {d.agent_id}{joined}{dialled}"


def _held(d: Any, name: Name) -> str:
    by = f" for {name(d.interrupted_by)}" if d.interrupted_by else ""
    return f"{name(d.contact_id)} held{by}"


def _transferred(d: Any, name: Name) -> str:
    flow = f"flow {d.flow}" if d.flow else ""
    to = " ".join(word for word in (d.queue, d.to_agent_id, flow) if word)
    return f"{name(d.contact_id)} transferred to {to} as {name(d.new_contact_id)}"


def _wrap_up(d: Any, name: Name) -> str:
    how = " transferred" if d.is_transfer else " failed" if d.is_failure else ""
    return f"{name(d.contact_id)} in wrap-up by {d.ended_by}{how}"


def _ended(d: Any, name: Name) -> str:
    code = f" {d.disposition}" if d.disposition else ""
    return f"{name(d.contact_id)} ended {d.cause}{code}" + (f" ({d.reason})" if d.reason else "")


def _estimated(d: Any, name: Name) -> str:
    return f"{name(d.contact_id)} may wait {d.low_seconds:g} to {d.high_seconds:g} s"


def _consult_over(d: Any, name: Name) -> str:
    how = "takes over" if d.is_transfer else "over"
    return f"{name(d.contact_id)} consult {name(d.consult_contact_id)} {how}"


def _conference(d: Any, name: Name) -> str:
    return f"{name(d.contact_id)} conference of {d.agent_id} and {d.consulted_agent_id}"


def _roster(d: Any, name: Name) -> str:
    if d.is_removed:
        return f"{d.agent_id} left the roster"
    return f"{d.agent_id} adjusted: {', '.join(d.adjusted_fields)}" if d.adjusted_fields else ""


def _refused_policy(d: Any, name: Name) -> str:
    return "policy refused: " + "; ".join(f"{e.path}: {e.message}" for e in d.errors)


TOLD: dict[str, Callable[[Any, Name], str]] = {
    "ContactOpened": _opened,
    "CustomerBound": lambda d, name: f"{name(d.contact_id)} is of {d.customer_id}",
    "MessageReceived": lambda d, name: f"{name(d.contact_id)} has message {d.message_id}",
    "VisitOpened": _queued,
    "VisitEnded": lambda d, name: f"{name(d.contact_id)} left {d.queue} {d.exit}",
    "RingOpened": lambda d, name: f"{name(d.contact_id)} ring {d.ring}",
    "WaitEstimated": _estimated,
    "ContactSentToFlow": lambda d, name: (
        f"{name(d.contact_id)} goes on in flow {d.flow} ({d.because})"
    ),
    "CallbackTaken": lambda d, name: (
        f"{name(d.contact_id)} callback taken as {name(d.new_contact_id)}"
    ),
    "CallbackPutOff": lambda d, name: (
        f"{name(d.contact_id)} put off, attempt {d.attempts} ({d.reason})"
    ),
    "TaskTaken": lambda d, name: f"{name(d.contact_id)} message taken as {name(d.new_contact_id)}",
    "ConsultStarted": lambda d, name: (
        f"{name(d.contact_id)} consult {name(d.consult_contact_id)} by {d.agent_id}"
    ),
    "ConsultFinished": _consult_over,
    "ConferenceOpened": _conference,
    "ContactPrioritySet": lambda d, name: f"{name(d.contact_id)} priority {d.priority}",
    "OfferMade": _offered,
    "OfferEnded": _offer_ended,
    "ContactConnecting": _connecting,
    "ContactConnected": lambda d, name: f"{name(d.contact_id)} connected {d.agent_id}",
    "ContactHeld": _held,
    "ContactResumed": lambda d, name: f"{name(d.contact_id)} resumed",
    "FirstReplyMade": lambda d, name: f"{name(d.contact_id)} first reply {d.agent_id}",
    "ContactTransferred": _transferred,
    "WrapUpStarted": _wrap_up,
    "ContactEnded": _ended,
    "RosterChanged": _roster,
    "QueueStateChanged": lambda d, name: f"{d.queue} is {'paused' if d.is_paused else 'resumed'}",
    "PolicyActivated": lambda d, name: f"policy {d.version} active",
    "PolicyRefused": _refused_policy,
    "EngineActivated": lambda d, name: f"engine {d.engine_version} active",
    "RecordRejected": lambda d, name: f"refused {d.because}: {d.detail}",
}
