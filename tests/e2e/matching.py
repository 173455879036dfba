"""Whether a free agent and a contact that fits wait for each other; whether the line was kept."""

from collections.abc import Iterator

from contact_center.v1 import common_pb2, routing_events_pb2
from tests.e2e.fold import Finding, Visit, WorkspaceFold


def idle_matches(fold: WorkspaceFold) -> Iterator[Finding]:
    """Yield each waiting contact that a routable agent with a free slot could take now."""
    waiting = [v for v in fold.waiting if fold.contacts[fold.visits[v].contact].state == "QUEUED"]
    if not waiting:
        return
    loads = fold.loads()
    for agent_id, agent in fold.agents.items():
        if not agent.is_routable or agent_id not in fold.roster:
            continue
        load = loads.get(agent_id, {})
        for visit_id in waiting:
            visit = fold.visits[visit_id]
            channel = fold.contacts[visit.contact].channel
            if _is_kept_for_another(fold, visit, agent_id):
                continue
            fits = _serves(fold, agent_id, visit) and _has_room(fold, agent_id, channel, load)
            if fits and not _is_interrupted(fold, agent_id, channel):
                sentence = f"{agent_id} is free and {visit.contact} waits in {visit.queue}"
                yield "I6", f"{fold.workspace} step {fold.steps}: {sentence}"


def passed_over(fold: WorkspaceFold, offered_visit: str, agent_id: str) -> Iterator[Finding]:
    """Yield each equal contact (queue, needs, channel, priority) from before the offered one."""
    chosen = fold.visits[offered_visit]
    channel = fold.contacts[chosen.contact].channel
    for visit_id in fold.waiting:
        visit = fold.visits[visit_id]
        contact = fold.contacts[visit.contact]
        is_equal = (visit.queue, visit.requirements, visit.priority, contact.channel) == (
            chosen.queue,
            chosen.requirements,
            chosen.priority,
            channel,
        )
        is_here = contact.state == "QUEUED" and not _is_kept_for_another(fold, visit, agent_id)
        if is_equal and is_here and visit.since < chosen.since:
            sentence = f"{chosen.contact} was offered to {agent_id} before {visit.contact}"
            yield "I6", f"{fold.workspace} step {fold.steps}: {sentence}"


def _is_kept_for_another(fold: WorkspaceFold, visit: Visit, agent_id: str) -> bool:
    return visit.preferred not in ("", agent_id) and fold.now < visit.preferred_until


def _serves(fold: WorkspaceFold, agent_id: str, visit: Visit) -> bool:
    rostered = fold.roster[agent_id]
    skills = {s.skill: s.level for s in rostered.skills}
    has_skills = all(skills.get(name, 0) >= level for name, level in visit.requirements.items())
    return has_skills and (not rostered.queues or visit.queue in rostered.queues)


def _has_room(fold: WorkspaceFold, agent_id: str, channel: int, load: dict[int, int]) -> bool:
    if channel == common_pb2.CHANNEL_VOICE and not fold.roster[agent_id].voice_address:
        return False
    exclusive = {common_pb2.CHANNEL_VOICE, common_pb2.CHANNEL_VIDEO}
    if channel in exclusive and any(load.get(c, 0) for c in exclusive):
        return False
    for channels, slots in fold.slots(agent_id):
        if channel in channels:
            return sum(load.get(c, 0) for c in channels) < slots
    return False


def _is_interrupted(fold: WorkspaceFold, agent_id: str, channel: int) -> bool:
    """Whether something is in hand, not only offered, that breaks into the channel."""
    breakers = {i.channel for i in fold.policy.interrupts if channel in i.breaks_into}
    mine = (c for c in map(fold.contacts.__getitem__, fold.live) if c.agent == agent_id)
    return any(c.channel in breakers and c.state != "OFFERED" for c in mine)


def is_offer(decision: routing_events_pb2.Decision) -> bool:
    """Whether the decision made an offer."""
    return decision.WhichOneof("decision") == "offer_made"
