"""The account of a contact as people read it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any

from router.adapters.codec.sentences import in_words, span
from router.adapters.commands.explain_state import WAITS, state

INDENT = 28
MOST_NAMED = 40
"""Of those who were dropped for one reason; --json names them all."""
MOST_ELIGIBLE = 30

DROPPED = {
    "missing_skill": "without a skill",
    "missing_language": "without the language",
    "other_team": "in another team",
    "other_brand": "not of the brand",
    "delay": "who take it only later",
    "offered": "to whom it is offered already",
    "asks_themselves": "who asked",
    "waits_for_another": "for another agent alone",
    "queue_paused": "in a paused queue",
    "not_in_queue": "not of the queue",
    "no_capacity": "without slots for it",
    "full": "full",
    "offline": "offline",
    "break": "on a break",
    "not_responding": "not responding",
    "undelivered": "with a screen that shows nothing",
    "lost": "with a lost connection",
    "gone": "gone",
    "interrupted": "interrupted",
    "not_eligible": "not for this agent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How it is shown."""

    width: int
    is_colored: bool

    def bold(self, text: str) -> str:
        """For what happened."""
        return f"\033[1m{text}\033[0m" if self.is_colored else text

    def dim(self, text: str) -> str:
        """For where it stands."""
        return f"\033[2m{text}\033[0m" if self.is_colored else text


def account(response: Any, shown: Shown) -> str:
    """Return the whole account of an ExplainResponse."""
    steps = list(response.steps)
    lines = [*_head(response, shown), ""]
    before, day = None, ""
    for step in steps:
        at = _instant(step.stamped_at)
        if f"{at:%Y-%m-%d}" != day:
            day = f"{at:%Y-%m-%d}"
            lines.append(shown.dim(f"{day} (UTC)"))
        lines += _step(step, before, shown)
        before = at
    if response.left_out_count:
        lines.append(f"… there was no room for {response.left_out_count:,} steps more (--since)")
    lines += _why_it_waits(response, shown)
    return "\n".join(lines)


def recent_contacts(response: Any, shown: Shown) -> str:
    """Return a line for each contact of a ListRecentContactsResponse."""
    if not response.contacts:
        return "no step about a contact was said lately"
    width = max(len(contact.contact_id) for contact in response.contacts)
    lines = []
    for contact in response.contacts:
        line = f"{_instant(contact.stamped_at):%H:%M:%S}  {contact.contact_id:<{width}}"
        room = max(shown.width - len(line) - 2, 1)
        told = contact.sentence
        told = told if len(told) <= room else f"{told[: room - 1]}…"
        lines.append(f"{line}  {shown.bold(told)}")
    return "\n".join([*lines, shown.dim("contact-center explain ID says more")])


def _head(response: Any, shown: Shown) -> Iterator[str]:
    steps = response.steps
    first, last = _instant(steps[0].stamped_at), _instant(steps[-1].stamped_at)
    took = span((last - first).total_seconds())
    yield shown.bold(f"Contact {response.contact_id}") + f" of workspace {response.workspace}"
    policies = _range(s.policy_version for s in steps)
    yield f"{_count(len(steps), 'step')} in {took}; policy {policies}; {state(response)}"
    if response.is_complete and not _is_opened(response):
        yield "It was never opened: all that was said about it is here."
    elif not response.is_complete:
        yield (
            f"Its beginning is not among the {response.searched_count:,} steps that were searched"
            " (older, or before --since)."
        )


def _is_opened(response: Any) -> bool:
    told = (told.decision for step in response.steps for told in step.decisions)
    return any(said.contact_opened.contact_id == response.contact_id for said in told)


def _why_it_waits(response: Any, shown: Shown) -> Iterator[str]:
    """Say who there is, and why nobody is offered a contact that waits; or how to ask for it."""
    margin = " " * INDENT
    if response.HasField("waiting"):
        looked = _count(len(response.waiting.candidates), "agent")
        yield f"{'now':<{INDENT}}{shown.bold(f'it waits, offered to none of {looked}')}"
        room = shown.width - INDENT - 2
        yield from (f"{margin}  {line}" for line in _full(response.waiting, 0, room))
    elif state(response).startswith(WAITS):
        yield f"{margin}{shown.dim('--full tells why nobody is offered it now')}"


def _step(step: Any, before: datetime | None, shown: Shown) -> Iterator[str]:
    at = _instant(step.stamped_at)
    since = "" if before is None else f"+{span((at - before).total_seconds())}"
    head = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {since:>13}"
    for told in step.decisions:
        first, *rest = _wrapped(told.sentence, shown.width)
        text = shown.dim(first) if told.is_passed_over else shown.bold(first)
        yield f"{head:<{INDENT}}{text}"
        yield from (f"{'':{INDENT}}{line}" for line in rest)
        now = step.engine_time.ToMilliseconds()
        yield from (f"{'':{INDENT}}{line}" for line in _why(told, now, shown))
        head = ""
    is_timer = any(told.decision.HasField("due_at") for told in step.decisions)
    cause = step.event_type or "junk"
    where = (
        f"step {step.step_number}: {cause} at {step.cause.partition}/{step.cause.offset}"
        f"{', a timer was due' if is_timer else ''}, policy {step.policy_version}"
    )
    yield from (f"{'':{INDENT}}{shown.dim(line)}" for line in _wrapped(where, shown.width))


def _why(told: Any, now: int, shown: Shown) -> Iterator[str]:
    """What an offer was chosen from: how many were dropped why, and the best compared."""
    if told.is_passed_over or told.decision.WhichOneof("decision") != "offer_made":
        return
    why = told.decision.offer_made.explanation
    room = shown.width - INDENT - 2
    what = "agent"
    if why.question == "contact_for_agent":
        what = "waiting contact"
    dropped = ", ".join(f"{d.count:,} {_reason(d.reason)}" for d in why.dropped)
    looked = f"looked at {_count(why.candidate_count, what)}{f': {dropped}' if dropped else ''}"
    yield from (f"  {line}" for line in wrap(looked, room))
    if told.HasField("full_list"):
        yield from (f"  {line}" for line in _full(told.full_list, now, room))
    else:
        yield from (f"  {line}" for line in _table(why.best, now, room, why.best[:1]))


def _full(full: Any, now: int, room: int) -> Iterator[str]:
    if full.problem:
        yield from wrap(f"the whole list cannot be had: {full.problem}", room)
        return
    best = [row for row in full.candidates if row.verdict in ("chosen", "eligible")]
    chosen = [row for row in best if row.verdict == "chosen"]
    yield from _table(best[:MOST_ELIGIBLE], now, room, chosen)
    if len(best) > MOST_ELIGIBLE:
        yield f"… and {len(best) - MOST_ELIGIBLE:,} more"
    named: dict[str, list[str]] = defaultdict(list)
    for row in full.candidates[len(best) :]:
        named[row.verdict].append(row.id)
    for reason, ids in named.items():
        more = f" … and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
        told = f"{_reason(reason)}: {', '.join(ids[:MOST_NAMED])}{more}"
        yield from wrap(told, room, subsequent_indent="  ")
    if full.left_out_count:
        yield f"… and {full.left_out_count:,} there was no room for (--step N shows one offer)"


def _table(rows: Iterable[Any], now: int, room: int, chosen: Sequence[Any]) -> Iterator[str]:
    """The candidates one below the other, what was compared in columns; the chosen is marked."""
    told = [(row.id, [in_words(c.what, c.value, now) for c in row.compared]) for row in rows]
    width = max((len(id) for id, _ in told), default=0)
    columns = [
        max((len(values[n]) for _, values in told if n < len(values)), default=0)
        for n in range(max((len(values) for _, values in told), default=0))
    ]
    marked = {row.id for row in chosen}
    for id, values in told:
        cells = "  ".join(value.ljust(columns[n]) for n, value in enumerate(values))
        mark = "→" if id in marked else " "
        line = f"{mark} {id:<{width}}  {cells}".rstrip()
        yield line if len(line) <= room else f"{line[: room - 1]}…"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _reason(reason: str) -> str:
    return DROPPED.get(reason, reason.replace("_", " "))


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width - INDENT, subsequent_indent="  ") or [""]


def _instant(stamp: Any) -> datetime:
    found: datetime = stamp.ToDatetime(tzinfo=UTC)
    return found


def _range(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers))
    return str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"
