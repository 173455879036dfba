"""What is wrong with what the roster says of an agent."""

from collections.abc import Iterator

from router.domain.naming import NAME, NAME_RULE, unknown
from router.domain.policy import Policy, RosterAgent
from router.domain.policy_check import capacity_errors, need_errors
from router.domain.reasons import Because
from router.domain.steering_decisions import PolicyError


def agent_errors(agent: RosterAgent, policy: Policy) -> Iterator[tuple[Because, PolicyError]]:
    """Yield each reason to refuse the definition, and where and what it is."""
    if not NAME.fullmatch(agent.agent_id):
        message = f"agent {agent.agent_id[:128]!r} is no name; use {NAME_RULE}"
        yield Because.INVALID_FIELD, PolicyError("agent_id", message)
    what = f"agent {agent.agent_id!r} has"
    for error in need_errors("skills", what, agent.skills, policy.skills):
        is_unknown = error.path.endswith(".skill") and "unknown" in error.message
        yield Because.UNKNOWN_SKILL if is_unknown else Because.INVALID_FIELD, error
    queues = {queue.name for queue in policy.queues}
    for index, queue in enumerate(agent.queues):
        if queue not in queues:
            message = unknown(f"agent {agent.agent_id!r} serves", "queue", queue, queues)
            yield Because.UNKNOWN_QUEUE, PolicyError(f"queues[{index}]", message)
    for error in capacity_errors("capacities", agent.capacities):
        yield Because.INVALID_FIELD, error
