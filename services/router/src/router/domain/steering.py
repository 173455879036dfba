"""Policies, roster and engine versions: what is proposed is checked, then it counts."""

from dataclasses import replace

from router.domain.adjusting import adjusted, expect_delays, redefine
from router.domain.agent import Agent
from router.domain.endings import end_contact
from router.domain.naming import bounded
from router.domain.policy import Policy
from router.domain.policy_change import follow_policy
from router.domain.policy_check import policy_errors
from router.domain.reasons import Because, ContactCause, Refused, WithdrawnBecause
from router.domain.roster_check import agent_errors
from router.domain.sessions import be_gone
from router.domain.steering_decisions import (
    EngineActivated,
    PolicyActivated,
    PolicyError,
    PolicyRefused,
    RosterChanged,
)
from router.domain.steering_facts import (
    AgentDefined,
    AgentRemoved,
    EngineVersionActivated,
    PolicyProposed,
    RosterDeclared,
)
from router.domain.telling import tell
from router.domain.versions import ENGINE_VERSIONS
from router.domain.waiting import stop_waiting_for
from router.domain.words import ContactState, Presence
from router.domain.workspace import Workspace


def policy_proposed(ws: Workspace, fact: PolicyProposed) -> None:
    """Activated or refused, with everything that is wrong."""
    active = ws.policy
    version = 0 if active is None else active.version
    proposed = replace(fact.policy, version=version)
    if proposed == active and fact.base_version == version - 1:
        raise Refused(Because.REPEATED, f"it is active as version {version}")
    errors = policy_errors(proposed) + _in_the_way(ws, proposed)
    if fact.base_version != version:
        detail = f"the active version is {version}, not {fact.base_version}"
        errors = [PolicyError("base_version", detail), *errors]
    if errors:
        ws.say(PolicyRefused(base_version=fact.base_version, errors=bounded(errors)))
        return
    ws.use_policy(replace(proposed, version=version + 1), ws.step_number, ws.clock.last_stamp)
    ws.say(PolicyActivated(version=version + 1, content_sha256=proposed.content_sha256()))
    if active is not None:
        follow_policy(ws, active)


def agent_defined(ws: Workspace, fact: AgentDefined) -> None:
    """The agent is one of the roster from now on, as said here; what was adjusted stays so."""
    defined = fact.agent
    for because, error in agent_errors(defined, ws.rules):
        raise Refused(because, f"{error.path}: {error.message}", agent_id=defined.agent_id)
    agent = ws.agents.get(defined.agent_id)
    if agent is not None and (agent.roster or agent.defined) == defined:
        raise Refused(Because.REPEATED, "the roster says so already", agent_id=defined.agent_id)
    if agent is None:
        agent = Agent(defined=defined)
        agent.define(defined, ws.rules, ws.breakers)
        ws.agents[defined.agent_id] = agent
        ws.market.enrol(agent)
        ws.touch(agent, "roster")
    elif agent.adjustment is not None:
        agent.roster = defined
        redefine(ws, agent, adjusted(agent), "roster")
    else:
        redefine(ws, agent, defined, "roster")
    expect_delays(ws, agent)
    ws.say(
        RosterChanged(
            agent_id=defined.agent_id,
            is_removed=False,
            adjusted_fields=agent.adjusted_fields,
            adjusted_until=agent.adjusted_until,
        )
    )


def agent_removed(ws: Workspace, fact: AgentRemoved) -> None:
    """What the agent had in hand waits again, or is over."""
    agent = ws.agents.get(fact.agent_id)
    if agent is None:
        raise Refused(Because.UNKNOWN_AGENT, f"agent {fact.agent_id!r}", agent_id=fact.agent_id)
    agent.presence = Presence.OFFLINE
    be_gone(ws, agent, WithdrawnBecause.SUPERVISOR)
    for contact in [ws.contacts[contact_id] for contact_id in agent.contacts]:
        assert contact.state is ContactState.WRAP_UP
        end_contact(ws, contact, "AgentRemoved", ContactCause.COMPLETED)
    for contact_id in ws.market.own.contacts(agent.agent_id):
        stop_waiting_for(ws, ws.contacts[contact_id])
    tell(ws, agent, "roster")
    ws.market.dismiss(agent)
    del ws.agents[agent.agent_id]
    for kept in (ws.changed, ws.stale, ws.freed):
        kept.pop(agent.agent_id, None)
    ws.say(RosterChanged(agent_id=agent.agent_id, is_removed=True))


def roster_declared(ws: Workspace, fact: RosterDeclared) -> None:
    """Everybody else is out, however long ago they were defined."""
    if not fact.agent_ids:
        raise Refused(Because.INVALID_FIELD, "it names nobody")
    leaving = sorted(ws.agents.keys() - set(fact.agent_ids))
    if not leaving:
        raise Refused(Because.REPEATED, "nobody else works here")
    for agent_id in leaving:
        agent_removed(ws, AgentRemoved(agent_id=agent_id))


def engine_version_activated(ws: Workspace, fact: EngineVersionActivated) -> None:
    """From here on the engine behaves as this version."""
    version = fact.engine_version
    if version not in ENGINE_VERSIONS:
        raise Refused(Because.UNKNOWN_ENGINE_VERSION, f"version {version}")
    if version == ws.engine_version:
        raise Refused(Because.REPEATED, f"version {version} is active")
    ws.use_version(version)
    ws.say(EngineActivated(engine_version=version))


def _in_the_way(ws: Workspace, proposed: Policy) -> list[PolicyError]:
    """Say which dropped queues still have contacts that wait or are being served."""
    kept = {queue.name for queue in proposed.queues}
    held: dict[str, int] = {}
    for contact in ws.contacts.values():
        if contact.queue and contact.queue not in kept and contact.state != ContactState.WRAP_UP:
            held[contact.queue] = held.get(contact.queue, 0) + 1
    return [
        PolicyError("queues", f"queue {queue!r} cannot go: contacts in it: {count}")
        for queue, count in sorted(held.items())
    ]
