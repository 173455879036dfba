"""Which of the supervisors' live adjustments a new policy touches."""

from collections.abc import Iterable
from datetime import UTC, datetime

from router.adapters.codec.steering import Adjustment
from router.adapters.commands.policy_log import Live
from router.adapters.commands.policy_words import changed_subjects, words_of
from router.domain.abilities import BRAND, LANGUAGE
from router.domain.policy import Policy, RosterAgent
from router.domain.values import Needs


def touched(before: Policy, after: Policy, live: Iterable[Live]) -> list[str]:
    """Return a line for each adjustment: what of it the new policy touches, or that it stays."""
    changed = changed_subjects(before, after)
    known = words_of(after)
    lines = []
    for adjustment, until in live:
        named = _named(adjustment)
        gone = sorted(subject for subject in named if subject not in known)
        met = sorted(named & changed | _queues_that_count(adjustment, before, after, changed))
        met = [subject for subject in met if subject not in gone]
        effect = []
        if gone:
            effect.append(f"names what is gone: {', '.join(gone)}")
        if met:
            effect.append(f"meets what changes: {', '.join(met)}")
        lines.append(f"{_who(adjustment, until)} {'; '.join(effect) or 'is not touched'}")
    return lines


def _who(adjustment: Adjustment, until: int) -> str:
    by = f" by {adjustment.by}" if adjustment.by else ""
    end = datetime.fromtimestamp(until / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC") if until else ""
    lasts = f"until {end}" if until else "until taken back"
    return f"{adjustment.subject} ({', '.join(adjustment.fields)}{by}, {lasts})"


def _named(adjustment: Adjustment) -> set[str]:
    """Return the things of a policy that the adjustment names."""
    agent = adjustment.agent
    if agent is None:
        return {adjustment.subject}
    said: dict[str, set[str]] = {
        "team": {f"team {agent.team}"} if agent.team else set(),
        "skills": {f"skill {r.skill}" for r in agent.skills if not r.skill.startswith(LANGUAGE)},
        "languages": {
            f"language {r.skill.removeprefix(LANGUAGE)}"
            for r in agent.skills
            if r.skill.startswith(LANGUAGE)
        },
        "brands": {f"brand {brand}" for brand in agent.brands},
        "queues": {f"queue {queue}" for queue in agent.queues},
        "capacities": {"capacities"},
        "preferences": {f"queue {preference.queue}" for preference in agent.preferences},
    }
    named = {subject for field in adjustment.fields for subject in said.get(field, ())}
    # A team without capacities of its own is nowhere in a policy.
    return {subject for subject in named if not subject.startswith("team ")}


def _queues_that_count(
    adjustment: Adjustment, before: Policy, after: Policy, changed: set[str]
) -> set[str]:
    """Return the changed queues that need, now or then, a skill or language that is adjusted."""
    agent = adjustment.agent
    if agent is None:
        return set()
    held = _abilities(agent, adjustment.fields)
    return {
        f"queue {queue.name}"
        for policy in (before, after)
        for queue in policy.queues
        if f"queue {queue.name}" in changed
        for needs in (queue.requirements, *(ring.needs for ring in queue.rings))
        if held & _needed(needs)
    }


def _abilities(agent: RosterAgent, fields: tuple[str, ...]) -> set[str]:
    held = {r.skill for r in agent.skills} if {"skills", "languages"} & set(fields) else set()
    return held | ({BRAND + brand for brand in agent.brands} if "brands" in fields else set())


def _needed(needs: Needs) -> set[str]:
    groups = {requirement.skill for group in needs.any_of for requirement in group}
    return groups | {requirement.skill for requirement in needs.skills}
