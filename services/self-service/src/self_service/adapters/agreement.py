"""Whether the flows name only what the active policies have."""

import logging
from collections.abc import Iterator

from self_service import metrics
from self_service.adapters.codec.policy import ActivePolicy
from self_service.adapters.flow_folder import FlowFolder
from self_service.adapters.policies import FollowedPolicies
from self_service.domain.flow import Callback, Flow, Queue, Set, Setting

log = logging.getLogger(__name__)


class Agreement:
    """Looks again after every change of a flow or a policy; logs what is new, counts it all."""

    def __init__(self, flows: FlowFolder, policies: FollowedPolicies) -> None:
        self._flows = flows
        self._policies = policies
        self._told: set[tuple[str, str, str]] = set()

    def look(self) -> None:
        """Compare now."""
        found = {
            (policy.workspace, name, problem)
            for policy in self._policies.active()
            for name in sorted(_named(policy))
            for problem in self._problems(policy, name)
        }
        for workspace, name, problem in sorted(found - self._told):
            about = {"flow": name, "problem": problem, "workspace": workspace}
            log.error("flow against policy", extra=about)
        self._told = found
        metrics.MISMATCHES.set(len(found))

    def _problems(self, policy: ActivePolicy, name: str) -> Iterator[str]:
        current = self._flows.current(name)
        if current is None:
            users = sorted({queue for queue, flow in policy.exits if flow == name})
            yield "there is no such flow" + (f", named by queue {users[0]!r}" if users else "")
            return
        yield from problems(current.flow, policy)


def _named(policy: ActivePolicy) -> set[str]:
    """Return the flows that entry points start and queues send to."""
    flows = {entry.flow for entry in policy.entry_points.values()} - {""}
    return flows | {flow for _, flow in policy.exits}


def problems(flow: Flow, policy: ActivePolicy) -> Iterator[str]:
    """Yield what the flow names and the policy does not have."""
    for step in flow.steps:
        where = f"step {step.step_id!r}"
        if isinstance(step, Queue | Callback):
            if step.queue not in policy.queues:
                yield f"{where}: unknown queue {step.queue!r}"
            unknown = [skill.name for skill in step.skills if skill.name not in policy.skills]
            yield from (f"{where}: unknown skill {name!r}" for name in unknown)
        if isinstance(step, Queue | Callback | Set):
            for setting in step.attributes:
                yield from (f"{where}: {problem}" for problem in _of_attribute(setting, policy))


def _of_attribute(setting: Setting, policy: ActivePolicy) -> Iterator[str]:
    allowed = policy.attributes.get(setting.name)
    if allowed is None:
        yield f"undeclared attribute {setting.name!r}"
    elif setting.is_number == bool(allowed):
        yield f"attribute {setting.name!r} is of another kind"
    elif allowed and "{" not in setting.template and setting.template not in allowed:
        yield f"attribute {setting.name!r} is never {setting.template!r}"
