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
    is_dialled_sensibly: bool = False
    """A callback that can never be dialled ends at once; one that was connected is dialled no more,
    whoever it waits for next: its customer is on the line."""
    is_called_on_its_date: bool = False
    """A callback's date is one of the log's stamps, however far engine time lags behind them."""
    is_forced_as_chosen: bool = False
    """What a supervisor sets is what the agent could have chosen: a break has a reason that the
    policy knows, and who did not respond is asked again."""
    is_offer_withdrawn_by_policy: bool = False
    """A new policy takes back what is offered to an agent whom it does not admit."""
    is_shared_in_writing: bool = False
    """Who was asked in writing is told the customer's conversation, once it is a conference."""
    is_offline_refused: bool = False
    """Nothing is reassigned to who is offline, for whom it would wait until somebody looked."""
    is_before_own_lines: bool = False
    """Whose agent is gone comes before those, too, who wait for one agent alone: they may have to
    wait for everybody in the end."""


BEHAVIOURS: dict[int, Behaviour] = {
    1: Behaviour(),
    2: Behaviour(is_said_first=True),
    3: Behaviour(
        is_said_first=True,
        is_dialled_sensibly=True,
        is_called_on_its_date=True,
        is_forced_as_chosen=True,
        is_offer_withdrawn_by_policy=True,
        is_shared_in_writing=True,
        is_offline_refused=True,
        is_before_own_lines=True,
    ),
}
ENGINE_VERSIONS = BEHAVIOURS.keys()
"""Those that this code knows."""
NEWEST = max(BEHAVIOURS)
"""With this one a new workspace begins."""
