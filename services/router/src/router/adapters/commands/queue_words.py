"""What a policy says of a queue, in words."""

from router.domain.abilities import by_kind
from router.domain.queues import Condition, Exit, Queue, Rule
from router.domain.values import Needs, Skills


def queue_words(queue: Queue) -> dict[str, str]:
    """Return what of the queue is how; what is as usual is left out."""
    words = {
        "requires": needs_words(queue.requirements),
        "target": (
            f"{queue.target_share * 100:g} % in {number_words(queue.target_seconds)} s, abandons"
            f" before {number_words(queue.short_abandon_seconds)} s left out"
        ),
    }
    for number, ring in enumerate(queue.rings, start=1):
        without = f", without {', '.join(ring.without)}" if ring.without else ""
        after = number_words(ring.after_seconds)
        words[f"ring {number}"] = f"after {after} s: {needs_words(ring.needs)}{without}"
    if queue.ageing is not None:
        every = number_words(queue.ageing.every_seconds)
        words["priority"] = f"+{queue.ageing.step} every {every} s, at most +{queue.ageing.most}"
    words["first agent"] = f"{queue.order}".replace("_", " ")
    several = f"{queue.offer_to} agents at once"
    words["offered to"] = several if queue.offer_to > 1 else "one agent at a time"
    if queue.preferred is not None:
        over = ", even above capacity" if queue.preferred.is_over_capacity else ""
        alone = number_words(queue.preferred.seconds)
        words["preferred agent"] = f"alone for {alone} s{over}"
    for number, rule in enumerate(queue.rules, start=1):
        words[f"rule {number}"] = _rule(rule)
    return words | _chain(queue)


def needs_words(needs: Needs) -> str:
    """Return `billing 2, german 3 or english 3, language de 3, in team front, for brand acme`."""
    kinds = by_kind(needs)
    said = [_skill(*requirement) for requirement in kinds.skills]
    said += [_any(group) for group in kinds.any_of]
    said += [f"language {name} {level}" for name, level in kinds.languages]
    if kinds.teams:
        said.append(f"in team {' or '.join(kinds.teams)}")
    if kinds.brand:
        said.append(f"for brand {kinds.brand}")
    return ", ".join(said) or "nothing"


def number_words(number: float) -> str:
    """Return the number as people write it."""
    return str(int(number)) if number == int(number) else repr(number)


def exit_words(way: Exit | None) -> str:
    """Return where it leads."""
    if way is None or not (way.queue or way.flow):
        return "away"
    return f"to queue {way.queue}" if way.queue else f"to flow {way.flow}"


def _chain(queue: Queue) -> dict[str, str]:
    words = {}
    if queue.schedule:
        words["opening hours"] = f"{queue.schedule}, else {exit_words(queue.on_closed)}"
    if queue.max_waiting:
        words["limit"] = f"{queue.max_waiting} waiting, more go {exit_words(queue.on_full)}"
    if queue.overflow_seconds:
        after = number_words(queue.overflow_seconds)
        words["overflow"] = f"after {after} s {exit_words(queue.on_overflow)}"
    if queue.on_nobody is not None:
        words["with nobody signed in"] = exit_words(queue.on_nobody)
    return words


def _rule(rule: Rule) -> str:
    when = " and ".join(_condition(condition) for condition in rule.when)
    brings = [] if rule.needs == Needs() else [f"requires {needs_words(rule.needs)}"]
    brings += [f"priority {rule.priority:+d}"] if rule.priority else []
    return f"when {when}: {', '.join(brings)}"


def _condition(condition: Condition) -> str:
    name, bounds = condition.attribute, []
    if condition.at_least is not None:
        bounds.append(f"at least {number_words(condition.at_least)}")
    if condition.at_most is not None:
        bounds.append(f"at most {number_words(condition.at_most)}")
    return f"{name} is {' and '.join(bounds) or ' or '.join(condition.values)}"


def _any(group: Skills) -> str:
    return " or ".join(_skill(*requirement) for requirement in group)


def _skill(name: str, level: int) -> str:
    return f"{name} {level}"
