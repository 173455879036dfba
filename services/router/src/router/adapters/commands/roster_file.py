"""roster.yaml as agents."""

import yaml

from router.adapters.commands.channel_file import read_capacities
from router.adapters.commands.needs_file import read_levels
from router.adapters.commands.source import Source
from router.domain.abilities import LANGUAGE, in_order, prefixed
from router.domain.naming import name_errors
from router.domain.policy import Policy, QueuePreference, RosterAgent
from router.domain.roster_check import agent_errors
from router.domain.steering_decisions import PolicyError

AGENT_FIELDS = (
    *("id", "team", "skills", "languages", "brands", "queues", "preferences", "capacities"),
    "voice_address",
)
PREFERENCE_FIELDS = ("queue", "channel", "priority", "delay_seconds")


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
    skills = read_levels(source, given.get("skills"), f"{where}.skills", "an agent's skills")
    languages = read_levels(
        source, given.get("languages"), f"{where}.languages", "an agent's languages"
    )
    return RosterAgent(
        agent_id=source.text(given.get("id"), "an agent's id"),
        team=source.text(given.get("team"), "a team"),
        skills=in_order((*skills, *prefixed(LANGUAGE, languages))),
        queues=source.texts(given.get("queues"), f"{where}.queues", "queues"),
        capacities=read_capacities(source, given.get("capacities"), f"{where}.capacities"),
        voice_address=source.text(given.get("voice_address"), "a voice_address"),
        brands=source.texts(given.get("brands"), f"{where}.brands", "brands"),
        preferences=_preferences(source, given.get("preferences"), f"{where}.preferences"),
    )


def _preferences(source: Source, node: yaml.Node | None, path: str) -> tuple[QueuePreference, ...]:
    found = []
    for index, item in enumerate(source.items(node, path, "preferences")):
        given = source.mapping(item, f"{path}[{index}]", "a preference", PREFERENCE_FIELDS)
        if "queue" not in given:
            source.wrong(item, "a preference names no queue")
        channel = given.get("channel")
        found.append(
            QueuePreference(
                queue=source.text(given.get("queue"), "a queue"),
                channel=source.channel(channel, "a preference's channel") if channel else None,
                priority=source.whole(given.get("priority"), "priority", 1),
                delay_seconds=source.number(given.get("delay_seconds"), "delay_seconds", 0.0),
            )
        )
    return tuple(found)
