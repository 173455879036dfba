"""Whether the flows that a policy names lie in a folder, each as NAME.yaml."""

from collections.abc import Iterator
from pathlib import Path

from router.domain.chain_check import AT_ONCE
from router.domain.naming import unknown
from router.domain.policy import Policy
from router.domain.queues import Exit
from router.domain.steering_decisions import PolicyError

SUFFIX = ".yaml"


def flow_errors(policy: Policy, folder: Path) -> Iterator[PolicyError]:
    """Yield where the policy names a flow that the folder does not have."""
    known = {path.stem for path in folder.glob(f"*{SUFFIX}")}
    for where, what, flow in _named(policy):
        if flow and flow not in known:
            yield PolicyError(where, unknown(what, "flow", flow, known))


def _named(policy: Policy) -> Iterator[tuple[str, str, str]]:
    for index, queue in enumerate(policy.queues):
        for name in (*AT_ONCE, "on_overflow"):
            way: Exit | None = getattr(queue, name)
            if way is not None:
                what = f"{name} of queue {queue.name!r} leads to"
                yield f"queues[{index}].{name}.flow", what, way.flow
    for index, point in enumerate(policy.entry_points):
        yield f"entry_points[{index}].flow", f"entry point {point.name!r} starts", point.flow
