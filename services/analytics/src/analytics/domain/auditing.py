"""Whether each record of the log was answered by exactly one step, as the steps themselves say.

The router answers the records of a partition in their order, one step each, and a step says how
many right before its own were parked. So any other hole among the causes is a record that nothing
answers, and a record that two steps name was answered twice.
What is repeated word for word, as after a failover, is neither.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from analytics.domain.steps import Step

MOST_REMEMBERED = 10_000

StepName = tuple[str, int]
"""Workspace and number of a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one step brought to light; both must be 0."""

    unanswered: int = 0
    doubled: int = 0


@dataclass(slots=True)
class _Partition:
    last_cause: int | None = None
    recent: "OrderedDict[StepName, int]" = field(default_factory=OrderedDict)
    last_numbers: dict[str, int] = field(default_factory=dict)


class Audit:
    """Remembers the latest steps of each partition; what is older counts as a repeat."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}

    def see(self, step: Step) -> Findings:
        """Take a step in, repeats too."""
        seen = self._partitions.setdefault(step.cause_partition, _Partition())
        name = (step.workspace, step.number)
        if step.number <= seen.last_numbers.get(step.workspace, 0):
            known = seen.recent.get(name)
            is_other = known is not None and known != step.cause_offset
            return Findings(doubled=int(is_other))
        seen.last_numbers[step.workspace] = step.number
        seen.recent[name] = step.cause_offset
        if len(seen.recent) > MOST_REMEMBERED:
            seen.recent.popitem(last=False)
        before, seen.last_cause = seen.last_cause, step.cause_offset
        if before is None:
            return Findings()
        if step.cause_offset <= before:
            seen.last_cause = before
            return Findings(doubled=1)
        return Findings(unanswered=max(0, step.cause_offset - before - 1 - step.parked_before))
