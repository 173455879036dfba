"""Who may get whom, read off the domain's sentences one agent and one contact at a time."""

from typing import Any

from router.domain.policy import DEFAULT_INTERRUPTS  # the sentence's default, and no code

from .known import ANY, CALLS, Agent, Contact, World

DEFAULT_GROUPS = (
    (("voice", "video"), 1),
    (("chat", "in_app", "sms", "messenger"), 4),
    (("email",), 1),
    (("mail", "fax", "task"), 1),
)
assert DEFAULT_INTERRUPTS


def abilities(world: World, agent: Agent) -> dict[str, int]:
    roster = definition(agent)
    have = {skill.skill: skill.level for skill in roster.skills}
    for brand in roster.brands or world.policy.brands:
        have[f"brand:{brand}"] = 1
    if roster.team:
        have[f"team:{roster.team}"] = 1
    return have


def definition(agent: Agent) -> Any:
    """What counts of the agent: the roster's word, field by field with the supervisor's."""
    if not agent.adjusted:
        return agent.roster
    return Merged(agent)


class Merged:
    def __init__(self, agent: Agent) -> None:
        roster, said, fields = agent.roster, agent.adjustment, agent.adjusted
        self.agent_id = roster.agent_id
        for name in ("team", "brands", "queues", "capacities", "preferences", "voice_address"):
            setattr(self, name, getattr(said if name in fields else roster, name))
        plain = said if "skills" in fields else roster
        tongues = said if "languages" in fields else roster
        self.skills = (
            *(s for s in plain.skills if not s.skill.startswith("language:")),
            *(s for s in tongues.skills if s.skill.startswith("language:")),
        )


def groups(world: World, agent: Agent) -> list[tuple[set[str], int]]:
    """The agent's own capacities hide the team's, those the workspace's, those the default."""
    key = ("groups", agent.agent_id)
    if key not in world.memo:
        world.memo[key] = _groups(world, agent)
    found: list[tuple[set[str], int]] = world.memo[key]
    return found


def _groups(world: World, agent: Agent) -> list[tuple[set[str], int]]:
    roster, policy = definition(agent), world.policy
    team = [t.capacities for t in policy.team_capacities if t.team == roster.team]
    layers = [
        [(tuple(map(str, g.channels)), g.slots) for g in layer]
        for layer in (roster.capacities, *team, policy.capacities)
    ]
    said: set[str] = set()
    found = []
    for layer in (*layers, DEFAULT_GROUPS):
        for channels, slots in layer:
            left = set(channels) - said
            if left:
                found.append((left, slots))
        said |= {channel for channels, _ in layer for channel in channels}
    return found


def serves(world: World, agent: Agent, channel: str) -> bool:
    if channel == "voice" and not definition(agent).voice_address:
        return False
    return any(channel in channels and slots for channels, slots in groups(world, agent))


def meets(have: dict[str, int], needs: Any) -> bool:
    return all(have.get(need.skill, 0) >= need.level for need in needs.skills) and all(
        any(have.get(need.skill, 0) >= need.level for need in group) for group in needs.any_of
    )


def add(one: Any, other: Any) -> Any:
    """Both needs together."""
    levels: dict[str, int] = {}
    for need in (*one.skills, *other.skills):
        levels[need.skill] = max(need.level, levels.get(need.skill, 0))
    groups = tuple(sorted({*one.any_of, *other.any_of}))
    kind = type(one.skills[0] if one.skills else other.skills[0]) if levels else None
    skills = tuple(kind(name, level) for name, level in sorted(levels.items())) if kind else ()
    return type(one)(skills, groups)


def drop(needs: Any, names: tuple[str, ...]) -> Any:
    skills = tuple(need for need in needs.skills if need.skill not in names)
    groups = [tuple(n for n in group if n.skill not in names) for group in needs.any_of]
    return type(needs)(skills, tuple(group for group in groups if group))


def rings(world: World, contact: Contact) -> list[Any]:
    """What each open ring needs, the innermost first."""
    queue = world.policy.queue(contact.queue)
    found = [add(queue.requirements, contact.ruled)]
    for ring in queue.rings[: contact.ring]:
        found.append(drop(add(ring.needs, contact.ruled), ring.without))
    return found


def ring_of(world: World, agent: Agent, contact: Contact) -> int:
    """The innermost open ring that admits the agent; -1: none."""
    key = (agent.agent_id, contact.queue, contact.ring, contact.ruled)
    if key not in world.memo:
        world.memo[key] = _ring_of(world, agent, contact)
    found: int = world.memo[key]
    return found


def _ring_of(world: World, agent: Agent, contact: Contact) -> int:
    have = abilities(world, agent)
    return next((i for i, needs in enumerate(rings(world, contact)) if meets(have, needs)), -1)


def preference(agent: Agent, contact: Contact) -> tuple[int, int]:
    """The agent's priority and delay (ms) for what waits there."""
    said = [p for p in definition(agent).preferences if p.queue == contact.queue]
    exact = [p for p in said if p.channel is not None and str(p.channel) == contact.channel]
    every = [p for p in said if p.channel is None]
    for one in (*exact, *reversed(every)):
        return one.priority, round(one.delay_seconds * 1000)
    return 1, 0


def is_interrupted(world: World, agent: Agent, channel: str) -> bool:
    if not agent.hand:
        return False
    breakers = {i.channel for i in world.policy.interrupts if channel in i.breaks_into}
    return not breakers.isdisjoint(agent.hand.values())


def has_room(world: World, agent: Agent, channel: str, over: int = 0) -> bool:
    if channel in CALLS and agent.load(CALLS):
        return False
    return any(
        channel in channels and agent.load(channels) < slots + over
        for channels, slots in groups(world, agent)
    )


def barrier(agent: Agent) -> str:
    state = agent.state
    if state.presence == "offline":
        return "offline"
    if state.connection != "connected":
        return str(state.connection)
    if state.presence == "break":
        return "break"
    said = state.not_routable_because
    return said if said in ("not_responding", "undelivered") else ""


def could_ever(world: World, agent: Agent, contact: Contact) -> bool:
    """Queue, channel, abilities: what does not change from one second to the next."""
    queues = definition(agent).queues
    if queues and contact.queue not in queues:
        return False
    return serves(world, agent, contact.channel) and ring_of(world, agent, contact) >= 0


def is_free_for(world: World, agent: Agent, contact: Contact) -> bool:
    """The agent could be offered the contact at this instant."""
    if barrier(agent) or contact.queue in world.paused:
        return False
    channel = contact.channel
    if contact.prefers and contact.until > world.now:
        if contact.prefers != agent.agent_id or not serves(world, agent, channel):
            return False
        if not has_room(world, agent, channel, contact.over):
            return False
        return contact.over == ANY or not is_interrupted(world, agent, channel)
    if is_interrupted(world, agent, channel) or not has_room(world, agent, channel):
        return False
    if world.now - contact.since < preference(agent, contact)[1]:
        return False
    return could_ever(world, agent, contact)


def rank(world: World, contact: Contact, now: int) -> tuple[int, int, str]:
    """Place in line: priority with what ageing added, then since when, then the key."""
    ageing = world.policy.queue(contact.queue).ageing
    priority = contact.priority
    if ageing and now > contact.since:
        whole = (now - contact.since) // round(ageing.every_seconds * 1000)
        priority += min(whole * ageing.step, ageing.most)
    return (-priority, contact.since, contact.contact_id)


def order_key(world: World, agent: Agent, contact: Contact) -> tuple[Any, ...]:
    """Where the agent stands by the queue's rule: inner rings first; the key breaks ties."""
    ring, order = ring_of(world, agent, contact), world.policy.queue(contact.queue).order
    idle = (agent.idle_since, agent.agent_id)
    if order == "longest_idle":
        return (ring, *idle)
    if order == "round_robin":
        return (ring, agent.turn, agent.agent_id)
    if order == "best_skill":
        have = abilities(world, agent)
        needs = rings(world, contact)[ring]
        return (ring, -sum(have.get(need.skill, 0) for need in needs.skills), *idle)
    told = groups(world, agent)
    used = sum(agent.load(channels) for channels, _ in told)
    share = used * 1000 // max(1, sum(slots for _, slots in told))
    return (ring, share, *idle)
