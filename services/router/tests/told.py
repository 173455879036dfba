"""Decisions as lines that a supervisor could read."""

from collections.abc import Callable, Iterator
from typing import Any

from router.domain.record import Decided

Name = Callable[[str], str]


def lines(decided: Decided, name: Name, standing: dict[str, str]) -> Iterator[str]:
    """Yield what is worth telling; `standing` remembers what was told of each agent."""
    decision = decided.decision
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


def _offer_ended(d: Any, name: Name) -> str:
    why = f" {d.withdrawn_because}" if d.withdrawn_because else ""
    code = f" ({d.reason_code})" if d.reason_code else ""
    return f"{name(d.contact_id)} offer {d.agent_id} {d.outcome}{why}{code}"


def _wrap_up(d: Any, name: Name) -> str:
    how = " transferred" if d.is_transfer else " failed" if d.is_failure else ""
    return f"{name(d.contact_id)} in wrap-up by {d.ended_by}{how}"


def _ended(d: Any, name: Name) -> str:
    return f"{name(d.contact_id)} ended {d.cause}" + (f" {d.disposition}" if d.disposition else "")


def _refused_policy(d: Any, name: Name) -> str:
    return "policy refused: " + "; ".join(f"{e.path}: {e.message}" for e in d.errors)


def _queued(d: Any, name: Name) -> str:
    return f"{name(d.contact_id)} queued {d.queue}"


TOLD: dict[str, Callable[[Any, Name], str]] = {
    "ContactOpened": _opened,
    "CustomerBound": lambda d, name: f"{name(d.contact_id)} is of {d.customer_id}",
    "MessageReceived": lambda d, name: f"{name(d.contact_id)} has message {d.message_id}",
    "VisitOpened": _queued,
    "VisitEnded": lambda d, name: f"{name(d.contact_id)} left {d.queue} {d.exit}",
    "OfferMade": lambda d, name: f"{name(d.contact_id)} offered {d.agent_id}",
    "OfferEnded": _offer_ended,
    "ContactConnecting": lambda d, name: f"{name(d.contact_id)} connecting {d.agent_id}",
    "ContactConnected": lambda d, name: f"{name(d.contact_id)} connected {d.agent_id}",
    "ContactHeld": lambda d, name: f"{name(d.contact_id)} held",
    "ContactResumed": lambda d, name: f"{name(d.contact_id)} resumed",
    "FirstReplyMade": lambda d, name: f"{name(d.contact_id)} first reply {d.agent_id}",
    "ContactTransferred": lambda d, name: (
        f"{name(d.contact_id)} transferred to {d.queue} as {name(d.new_contact_id)}"
    ),
    "WrapUpStarted": _wrap_up,
    "ContactEnded": _ended,
    "RosterChanged": lambda d, name: f"{d.agent_id} left the roster" if d.is_removed else "",
    "PolicyActivated": lambda d, name: f"policy {d.version} active",
    "PolicyRefused": _refused_policy,
    "EngineActivated": lambda d, name: f"engine {d.engine_version} active",
    "RecordRejected": lambda d, name: f"refused {d.because}: {d.detail}",
}
