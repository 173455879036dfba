"""Work as an agent: a connection to the desks that is kept up, for people's screens and bots."""

from contact_center_agent.channels import Channels
from contact_center_agent.client import AgentClient
from contact_center_agent.link import AgentRefused, TokenProvider
from contact_center_agent.wanted import Wanted, wanted_in
from contact_center_agent.wire import ConnectionChanged, Event, body_of, kind_of, name_of

__all__ = [
    "AgentClient",
    "AgentRefused",
    "Channels",
    "ConnectionChanged",
    "Event",
    "TokenProvider",
    "Wanted",
    "body_of",
    "kind_of",
    "name_of",
    "wanted_in",
]
