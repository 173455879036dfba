"""A client of the desk: for the terminal agent, for bots, for tests."""

from desk.client.agent_client import AgentClient, AgentRefused
from desk.client.wire import ConnectionChanged, Event

__all__ = ["AgentClient", "AgentRefused", "ConnectionChanged", "Event"]
