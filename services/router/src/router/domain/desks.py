"""Desk instances that are heard of or fall silent, and what that means for their agents."""

from router.domain.agent import Agent
from router.domain.agent_facts import DeskHeartbeat
from router.domain.clock import milliseconds
from router.domain.desk import Desk
from router.domain.reasons import Because, Refused
from router.domain.timers import TimerKind
from router.domain.words import Connection
from router.domain.workspace import Workspace


def desk_heartbeat(ws: Workspace, fact: DeskHeartbeat) -> None:
    """A desk lives: the agents that were lost with it are back."""
    if not fact.desk_instance:
        raise Refused(Because.INVALID_FIELD, "desk_instance is empty")
    if ws.policy is None:
        return
    heard_of_desk(ws, fact.desk_instance)


def heard_of_desk(ws: Workspace, name: str) -> Desk:
    """Return the desk, from which a sign of life came just now; its lost agents are back."""
    silent_at = ws.now + milliseconds(ws.rules.timers.desk_silence_seconds)
    desk = ws.desks.get(name)
    if desk is None:
        desk = ws.desks[name] = Desk(silent_at=0)
    if not desk.silent_at:
        for agent_id in desk.agents:
            _back(ws, ws.agents[agent_id])
    if not desk.silent_at or silent_at < desk.silent_at:
        ws.timers.arm(silent_at, TimerKind.DESK, name)
    desk.silent_at = silent_at
    return desk


def heard_of_session(ws: Workspace, agent: Agent) -> None:
    """The agent's own session gave a sign of life."""
    heard_of_desk(ws, agent.desk_instance)
    if agent.is_undelivered:
        agent.is_undelivered = False
        ws.touch(agent, "connection")


def join(ws: Workspace, agent: Agent, name: str) -> None:
    """The agent works at this desk from now on."""
    leave(ws, agent)
    agent.desk_instance = name
    heard_of_desk(ws, name).agents[agent.agent_id] = None


def leave(ws: Workspace, agent: Agent) -> None:
    """The agent works at no desk; a desk without agents is forgotten until it is heard of."""
    desk = ws.desks.get(agent.desk_instance)
    if desk is None:
        return
    desk.agents.pop(agent.agent_id, None)
    if not desk.agents:
        del ws.desks[agent.desk_instance]


def fall_silent(ws: Workspace, name: str) -> list[Agent]:
    """Return the agents who are lost with the desk, in the order in which they joined it."""
    desk = ws.desks[name]
    desk.silent_at = 0
    if not desk.agents:
        del ws.desks[name]
    agents = [ws.agents[agent_id] for agent_id in desk.agents]
    return [agent for agent in agents if agent.connection is Connection.CONNECTED]


def _back(ws: Workspace, agent: Agent) -> None:
    if agent.is_lost_with_desk:
        agent.connection = Connection.CONNECTED
        agent.is_lost_with_desk = False
        agent.grace_until = 0
        ws.touch(agent, "connection")
