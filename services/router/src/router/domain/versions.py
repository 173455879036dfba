"""What the versions of the engine do differently: a record switches a version on, and all follow.

The version before stays for one release. Until the record comes, an engine that knows more
versions decides the same as one that does not, so a rolling upgrade forks nothing.
"""

from typing import NamedTuple

from router.domain.pool import AgentKey, agent_key


class Behaviour(NamedTuple):
    """Where versions may differ."""

    agent_key: AgentKey = agent_key
    """Where a free agent stands among the others."""
    is_said_first: bool = False
    """The time to react to an offer runs only once a tick shows that its step was said."""


BEHAVIOURS: dict[int, Behaviour] = {1: Behaviour(), 2: Behaviour(is_said_first=True)}
ENGINE_VERSIONS = BEHAVIOURS.keys()
"""Those that this code knows."""
NEWEST = max(BEHAVIOURS)
"""With this one a new workspace begins."""
