"""What is wrong with what the roster says of an agent."""

from collections.abc import Iterator

from router.domain.abilities import LANGUAGE, unprefixed
from router.domain.channel_check import capacity_errors
from router.domain.naming import NAME, NAME_RULE, unknown, within
from router.domain.needs_check import skill_errors, team_error
from router.domain.policy import Policy, RosterAgent
from router.domain.reasons import Because
from router.domain.steering_decisions import PolicyError
from router.domain.words import Channel

MOST_DELAY = 3_600.0
MOST_PREFERENCES = 200


def agent_errors(agent: RosterAgent, policy: Policy) -> Iterator[tuple[Because, PolicyError]]:
    """Yield each reason to refuse the definition, and where and what it is."""
    if not NAME.fullmatch(agent.agent_id):
        message = f"agent {agent.agent_id[:128]!r} is no name; use {NAME_RULE}"
        yield Because.INVALID_FIELD, PolicyError("agent_id", message)
    for error in team_error("team", agent.team) if agent.team else ():
        yield Because.INVALID_FIELD, error
    yield from _ability_errors(agent, policy)
    queues = {queue.name for queue in policy.queues}
    for index, queue in enumerate(agent.queues):
        if queue not in queues:
            message = unknown(f"agent {agent.agent_id!r} serves", "queue", queue, queues)
            yield Because.UNKNOWN_QUEUE, PolicyError(f"queues[{index}]", message)
    for error in capacity_errors("capacities", agent.capacities):
        yield Because.INVALID_FIELD, error
    yield from _preference_errors(agent, queues)


def _ability_errors(agent: RosterAgent, policy: Policy) -> Iterator[tuple[Because, PolicyError]]:
    what = f"agent {agent.agent_id!r} has"
    spoken = tuple(r for r in agent.skills if r.skill.startswith(LANGUAGE))
    skills = tuple(r for r in agent.skills if r not in spoken)
    languages = unprefixed(LANGUAGE, spoken)
    for errors in (
        skill_errors("skills", what, "skill", skills, set(policy.skills)),
        skill_errors("languages", what, "language", languages, set(policy.languages)),
    ):
        for error in errors:
            is_unknown = error.path.endswith(".skill") and "unknown" in error.message
            yield Because.UNKNOWN_SKILL if is_unknown else Because.INVALID_FIELD, error
    for index, brand in enumerate(agent.brands):
        if brand not in policy.brands:
            message = unknown(f"agent {agent.agent_id!r} serves", "brand", brand, policy.brands)
            yield Because.INVALID_FIELD, PolicyError(f"brands[{index}]", message)


def _preference_errors(
    agent: RosterAgent, queues: set[str]
) -> Iterator[tuple[Because, PolicyError]]:
    if len(agent.preferences) > MOST_PREFERENCES:
        message = f"there are {len(agent.preferences)}; at most {MOST_PREFERENCES} are allowed"
        yield Because.INVALID_FIELD, PolicyError("preferences", message)
    seen: set[tuple[str, Channel | None]] = set()
    for index, preference in enumerate(agent.preferences[:MOST_PREFERENCES]):
        where, name = f"preferences[{index}]", preference.queue
        if name not in queues:
            message = unknown(f"agent {agent.agent_id!r} prefers", "queue", name, queues)
            yield Because.UNKNOWN_QUEUE, PolicyError(f"{where}.queue", message)
        elif agent.queues and name not in agent.queues:
            message = f"agent {agent.agent_id!r} does not serve queue {name!r}"
            yield Because.INVALID_FIELD, PolicyError(f"{where}.queue", message)
        if (name, preference.channel) in seen:
            message = f"queue {name!r} is there already, for the same channel"
            yield Because.INVALID_FIELD, PolicyError(where, message)
        seen.add((name, preference.channel))
        for error in (
            *within(f"{where}.priority", preference.priority, 1, 9),
            *within(f"{where}.delay_seconds", preference.delay_seconds, 0, MOST_DELAY),
        ):
            yield Because.INVALID_FIELD, error
