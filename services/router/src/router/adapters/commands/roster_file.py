"""roster.yaml as agents."""

import yaml

from router.adapters.commands.policy_file import read_capacities, read_needs
from router.adapters.commands.source import Source
from router.domain.naming import name_errors
from router.domain.policy import Policy, RosterAgent
from router.domain.roster_check import agent_errors
from router.domain.steering_decisions import PolicyError

AGENT_FIELDS = ("id", "team", "skills", "queues", "capacities", "voice_address")


def read_roster(source: Source, policy: Policy | None) -> list[RosterAgent]:
    """Return the agents; what is wrong is in the source's errors.

    Skills and queues are compared with the policy, when there is one.
    """
    root = source.mapping(source.root(), "", "the roster", ("agents",))
    nodes = source.items(root.get("agents"), "agents", "agents")
    agents = [_agent(source, index, node) for index, node in enumerate(nodes)]
    if not source.errors:
        source.add(name_errors("agents", "agent", [a.agent_id for a in agents], at=".id"))
    if policy is not None:
        for index, agent in enumerate(agents):
            source.add(
                PolicyError(f"agents[{index}].{error.path}", error.message)
                for _, error in agent_errors(agent, policy)
                if error.path != "agent_id"
            )
    return agents


def _agent(source: Source, index: int, node: yaml.Node) -> RosterAgent:
    where = f"agents[{index}]"
    given = source.mapping(node, where, "an agent", AGENT_FIELDS)
    return RosterAgent(
        agent_id=source.text(given.get("id"), "an agent's id"),
        team=source.text(given.get("team"), "a team"),
        skills=read_needs(source, given.get("skills"), f"{where}.skills", "an agent's skills"),
        queues=source.texts(given.get("queues"), f"{where}.queues", "queues"),
        capacities=read_capacities(source, given.get("capacities"), f"{where}.capacities"),
        voice_address=source.text(given.get("voice_address"), "a voice_address"),
    )
