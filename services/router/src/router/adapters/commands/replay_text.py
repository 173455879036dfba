"""What a replay found, in plain words."""

from collections.abc import Iterator
from difflib import unified_diff

from router.adapters.codec.said import readable, title
from router.handlers.replaying import Counts, Difference, Kind

MOST_LINES = 60
CONTEXT = 4

HEADLINES = {
    Kind.OTHER_BYTES: "step {number} is decided otherwise now",
    Kind.NEVER_SAID: "step {number} is missing among those that were said",
    Kind.NOT_REACHED: "step {number} was said, and the replay does not come to it",
    Kind.REPEATED_OTHERWISE: "step {number} was said a second time with other bytes",
}


def verdict(counts: Counts, difference: Difference | None, foreign: int) -> list[str]:
    """Return the lines to print."""
    told = [
        (counts.no_longer_said, "steps are no longer in routing-events, so they are not compared"),
        (counts.not_said_yet, "steps are not said yet"),
        (counts.repeated, "steps were said again by a router that came back"),
        (counts.parked, "records led to no step (dead letters)"),
        (foreign, "outputs were written by no router"),
    ]
    lines = [
        f"{counts.records:,} records replayed, {counts.same:,} steps byte for byte the same",
        *(f"  {count:,} {what}" for count, what in told if count),
    ]
    if difference is None:
        return [*lines, "no difference" if counts.same else "there was nothing to compare"]
    return [*lines, "", *described(difference)]


def described(difference: Difference) -> list[str]:
    """Return the first difference: which step, and both sides of it."""
    said, replayed = readable(difference.said), readable(difference.replayed)
    headline = HEADLINES[difference.kind].format(number=difference.step_number)
    about = title(difference.said or difference.replayed)
    lines = [
        f"first difference: {headline}",
        f"  it answers offset {difference.cause} of contact-events: {about}",
        "",
    ]
    if difference.kind is Kind.OTHER_BYTES:
        changed = list(_changed(said, replayed))
        lines += changed or ["  the fields are the same; the bytes that encode them are not"]
    else:
        lines += [f"  {line}" for line in said or replayed]
    return bounded(lines)


def bounded(lines: list[str]) -> list[str]:
    """Return at most so many lines, and how many more there were."""
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], f"  … and {len(lines) - MOST_LINES} lines more"]


def _changed(said: list[str], replayed: list[str]) -> Iterator[str]:
    found = unified_diff(said, replayed, n=CONTEXT, lineterm="")
    for line in found:
        if line.startswith("---"):
            yield "  - as it was said"
        elif line.startswith("+++"):
            yield "  + as it is decided now"
        elif line.startswith("@@"):
            yield "  …"
        else:
            yield f"  {line}"
