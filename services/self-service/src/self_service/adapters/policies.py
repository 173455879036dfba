"""The active policy of every workspace, followed from its topic."""

import logging
from collections.abc import Callable

from chassis.kafka import Record
from self_service.adapters.codec.policy import ActivePolicy, read_policy
from self_service.handlers.ports import EntryPoint

log = logging.getLogger(__name__)


class FollowedPolicies:
    """Answers from memory; `on_change` is called after every new policy."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._active: dict[str, ActivePolicy] = {}
        self.on_change = on_change

    async def handle(self, record: Record) -> None:
        """Take the policy of a record."""
        policy = read_policy(record)
        self._active[policy.workspace] = policy
        self.on_change()

    def entry_point(self, workspace: str, name: str) -> EntryPoint | None:
        """Return the entry point; None when the active policy does not know it."""
        policy = self._active.get(workspace)
        return policy.entry_points.get(name) if policy else None

    def first_queue(self, workspace: str) -> str:
        """Return the policy's first queue, '' without one."""
        policy = self._active.get(workspace)
        return policy.queues[0] if policy and policy.queues else ""

    def active(self) -> tuple[ActivePolicy, ...]:
        return tuple(self._active.values())
