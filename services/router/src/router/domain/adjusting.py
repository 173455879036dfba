"""The roster with what supervisors adjusted, for a time or until it is taken back."""

from dataclasses import replace
from typing import Any

from router.domain.agent import Agent
from router.domain.clock import milliseconds
from router.domain.filling import fill
from router.domain.lookup import agent_of
from router.domain.offer_ends import end_offer
from router.domain.policy import RosterAgent
from router.domain.reasons import Because, OfferOutcome, Refused, WithdrawnBecause
from router.domain.roster_check import agent_errors
from router.domain.steering_decisions import RosterChanged
from router.domain.supervisor_facts import ADJUSTABLE, AgentAdjusted
from router.domain.timers import TimerKind
from router.domain.values import Skills
from router.domain.waiting import arm_growth, may_wait_for, stop_waiting_for
from router.domain.words import ContactState
from router.domain.workspace import Workspace

LANGUAGE = "language:"


def agent_adjusted(ws: Workspace, fact: AgentAdjusted) -> None:
    """These fields differ from the roster from now on; none: it is taken back."""
    agent = agent_of(ws, fact.agent.agent_id)
    unknown = [name for name in fact.fields if name not in ADJUSTABLE]
    if unknown:
        detail = f"field {unknown[0]!r} cannot be adjusted"
        raise Refused(Because.INVALID_FIELD, detail, agent_id=agent.agent_id)
    if not fact.fields:
        if agent.adjustment is None:
            raise Refused(Because.REPEATED, "nothing is adjusted", agent_id=agent.agent_id)
        end_adjustment(ws, agent)
        return
    roster = agent.roster or agent.defined
    defined = _merge(roster, fact.agent, fact.fields)
    for because, error in agent_errors(defined, ws.rules):
        raise Refused(because, f"{error.path}: {error.message}", agent_id=agent.agent_id)
    agent.roster, agent.adjustment = roster, fact.agent
    agent.adjusted_fields, agent.adjusted_until = fact.fields, 0
    if fact.expires_seconds:
        due = ws.now + milliseconds(fact.expires_seconds)
        agent.adjusted_until = ws.arm(due, TimerKind.ADJUSTMENT, agent.agent_id)
    redefine(ws, agent, defined, "supervisor")
    expect_delays(ws, agent)
    _say(ws, agent)


def end_adjustment(ws: Workspace, agent: Agent) -> None:
    """The roster counts again as it is."""
    assert agent.roster is not None
    defined, agent.roster, agent.adjustment = agent.roster, None, None
    agent.adjusted_fields, agent.adjusted_until = (), 0
    redefine(ws, agent, defined, "supervisor")
    expect_delays(ws, agent)
    _say(ws, agent)


def adjusted(agent: Agent) -> RosterAgent:
    """Return the roster's word with the adjustment."""
    assert agent.roster is not None and agent.adjustment is not None
    return _merge(agent.roster, agent.adjustment, agent.adjusted_fields)


def redefine(ws: Workspace, agent: Agent, defined: RosterAgent, because: str) -> None:
    """Take over what the roster says; what is in hand stays in hand."""
    ws.market.dismiss(agent)
    agent.define(defined, ws.rules, ws.breakers)
    fill(agent)
    ws.market.enrol(agent)
    for offer in list(agent.offers.values()):
        if agent.slots.is_over(offer.channel) and not offer.is_over_capacity:
            end_offer(ws, offer, OfferOutcome.WITHDRAWN, WithdrawnBecause.CAPACITY)
    for contact_id in ws.market.own.contacts(agent.agent_id):
        if not may_wait_for(agent, ws.contacts[contact_id]):
            stop_waiting_for(ws, ws.contacts[contact_id])
    ws.touch(agent, because)
    ws.freed[agent.agent_id] = None


def expect_delays(ws: Workspace, agent: Agent) -> None:
    """Who waits already is looked at when this agent's delays are over."""
    queues = {p.queue for p in agent.defined.preferences if p.delay_seconds}
    if not queues:
        return
    for contact in ws.contacts.values():
        if contact.queue in queues and contact.state is ContactState.QUEUED:
            arm_growth(ws, contact)


def _merge(roster: RosterAgent, said: RosterAgent, fields: tuple[str, ...]) -> RosterAgent:
    changes: dict[str, Any] = {
        name: getattr(said, name) for name in fields if name not in ("skills", "languages")
    }
    changes["skills"] = tuple(
        sorted(
            _some(said if "skills" in fields else roster, is_language=False)
            + _some(said if "languages" in fields else roster, is_language=True)
        )
    )
    return replace(roster, **changes)


def _some(agent: RosterAgent, *, is_language: bool) -> Skills:
    return tuple(s for s in agent.skills if s.skill.startswith(LANGUAGE) is is_language)


def _say(ws: Workspace, agent: Agent) -> None:
    ws.say(
        RosterChanged(
            agent_id=agent.agent_id,
            is_removed=False,
            adjusted_fields=agent.adjusted_fields,
            adjusted_until=agent.adjusted_until,
        )
    )
