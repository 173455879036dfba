"""What must hold of a run, from the topics alone: I1 to I6, I13 and the conservation law.

    python tests/e2e/invariants.py --bootstrap 127.0.0.1:7092 [--prefix P] [--open-allowed] [--json]

Prints a report; exits 1 when anything is broken. The definitions are those of docs/invariants.md.
It shares no code with the services.
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from contact_center.v1 import (
    channel_commands_pb2,
    common_pb2,
    contact_events_pb2,
    message_events_pb2,
    routing_events_pb2,
)
from tests.e2e.fold import Finding, WorkspaceFold
from tests.e2e.matching import idle_matches, is_offer, passed_over
from tests.e2e.topics_reader import Read, parse, read_topic


@dataclass(slots=True)
class Report:
    """What was found; `findings` empty means that everything held."""

    steps: int = 0
    repeated_steps: int = 0
    foreign_records: int = 0
    contacts: dict[str, Counter[str]] = field(default_factory=dict)  # by channel
    queues: dict[str, Counter[str]] = field(default_factory=dict)  # entered, exits, waiting
    waits: dict[str, list[float]] = field(default_factory=dict)  # of answered
    told: dict[str, Counter[str]] = field(default_factory=dict)  # waits told, what came of them
    offers: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


async def check(
    bootstrap_servers: str,
    *,
    prefix: str = "",
    accepted: frozenset[str] = frozenset(),
    is_open_allowed: bool = False,
) -> Report:
    """Read the topics to their ends and judge them.

    `accepted` are the contact ids whose senders were told yes: each must be in the log. With
    `is_open_allowed` a contact may still be open (a check in the middle of a run).
    """
    events, steps, messages, commands = await asyncio.gather(
        *(
            read_topic(bootstrap_servers, f"{prefix}{topic}.v1")
            for topic in ("contact-events", "routing-events", "message-events", "channel-commands")
        )
    )
    report = Report()
    facts = {
        (r.partition, r.offset): fact
        for r in events
        if (fact := parse(r, contact_events_pb2.ContactEvent)) is not None
    }
    folds = _fold(report, facts, steps)
    _judge_arrivals(report, facts, folds, accepted)
    for fold in folds.values():
        _judge_ends(report, fold, is_open_allowed)
    _judge_effects(report, messages, commands)
    return report


def _fold(report: Report, facts: dict, steps: list[Read]) -> dict[str, WorkspaceFold]:
    folds: dict[str, WorkspaceFold] = {}
    seen: dict[tuple[str, int], bytes] = {}
    answered: set[tuple[int, int]] = set()
    for record in steps:
        step = parse(record, routing_events_pb2.RoutingStep)
        if step is None or not step.workspace or step.workspace.encode() != record.key:
            report.foreign_records += 1  # No router wrote it: the test of bad input did.
            continue
        number = (step.workspace, step.step_number)
        place = (step.cause.partition, step.cause.offset)
        if number in seen:
            report.repeated_steps += 1
            if seen[number] != record.value:
                report.findings.append(("I4", f"step {number} was said again with other bytes"))
            continue
        seen[number] = record.value or b""
        answered.add(place)
        fold = folds.setdefault(step.workspace, WorkspaceFold(workspace=step.workspace))
        fold.apply(step, facts.get(place))
        report.steps += 1
        for decision in filter(is_offer, step.decisions):
            made = decision.offer_made
            report.findings += passed_over(fold, made.visit_id, made.agent_id)
        report.findings += idle_matches(fold)
    # The topics are read one beside the other: the answer to the newest facts may be on its way.
    last: dict[int, int] = {}
    for partition, offset in answered:
        last[partition] = max(last.get(partition, -1), offset)
    for place, fact in facts.items():
        is_newest = place[1] > last.get(place[0], -1)
        if fact.workspace and place not in answered and not (is_newest and answered):
            report.findings.append(("I1", f"no step answers {fact.event_id} at {place}"))
    return folds


def _judge_arrivals(
    report: Report,
    facts: dict,
    folds: dict[str, WorkspaceFold],
    accepted: frozenset[str],
) -> None:
    opened = {contact_id for fold in folds.values() for contact_id in fold.contacts}
    for contact_id in sorted(accepted - opened):
        report.findings.append(("I1", f"accepted contact {contact_id} was never opened"))
    for fact in facts.values():
        if fact.WhichOneof("fact") != "contact_arrived" or fact.workspace not in folds:
            continue
        contact_id = fact.contact_arrived.contact_id
        is_refused = folds[fact.workspace].rejected["unknown_entry_point"] > 0
        if contact_id not in folds[fact.workspace].contacts and not is_refused:
            report.findings.append(("I1", f"contact {contact_id} arrived and was never opened"))


def _judge_ends(report: Report, fold: WorkspaceFold, is_open_allowed: bool) -> None:
    report.findings += fold.findings
    report.rejected += fold.rejected
    for contact_id, contact in fold.contacts.items():
        channel = common_pb2.Channel.Name(contact.channel).removeprefix("CHANNEL_").lower()
        report.contacts.setdefault(channel, Counter())[contact.cause or "open"] += 1
        if not contact.cause and not is_open_allowed:
            report.findings.append(("I1", f"contact {contact_id} is still {contact.state}"))
    for visit in fold.visits.values():
        counts = report.queues.setdefault(visit.queue, Counter())
        counts["entered"] += 1
        counts[visit.exit or "waiting"] += 1
        if visit.told is not None:
            report.told.setdefault(visit.queue, Counter())[visit.what_came_of_it()] += 1
        if visit.exit == "answered":
            report.waits.setdefault(visit.queue, []).append(visit.ended_at - visit.opened_at)
        if fold.contacts[visit.contact].cause and not visit.exit:
            report.findings.append(("law", f"{visit.contact} ended and its visit has no exit"))
    report.offers += Counter(offer.state.lower() for offer in fold.offers.values())
    for offer_id, offer in fold.offers.items():
        ended = fold.contacts[offer.contact].cause
        if ended and offer.state in ("PENDING", "ACCEPTED"):
            report.findings.append(("I3", f"offer {offer_id} outlived its contact"))
    for queue, counts in report.queues.items():
        exits = sum(n for name, n in counts.items() if name not in ("entered", "waiting"))
        if counts["entered"] != exits + counts["waiting"]:
            report.findings.append(("law", f"queue {queue}: {dict(counts)}"))


def _judge_effects(report: Report, messages: list[Read], commands: list[Read]) -> None:
    wanted = {
        command.send_mail.message_id
        for r in commands
        if (command := parse(r, channel_commands_pb2.ChannelCommand)) is not None
        and command.WhichOneof("command") == "send_mail"
    }
    sent: dict[str, set[str]] = {}
    for record in messages:
        event = parse(record, message_events_pb2.MessageEvent)
        if event is None or event.WhichOneof("event") != "delivery_updated":
            continue
        update = event.delivery_updated
        if update.message_id in wanted and update.status == message_events_pb2.DELIVERY_STATUS_SENT:
            sent.setdefault(update.message_id, set()).add(event.event_id)
    for message_id, told in sent.items():
        if len(told) > 1:
            report.findings.append(("I13", f"mail {message_id} was sent {len(told)} times"))


def as_text(report: Report) -> str:
    """Return the report as a person reads it."""
    lines = [f"steps {report.steps} (said again after crashes: {report.repeated_steps})"]
    if report.foreign_records:
        lines.append(f"records that no router wrote: {report.foreign_records}")
    lines.append("")
    for channel, ends in sorted(report.contacts.items()):
        told = ", ".join(f"{name} {n}" for name, n in sorted(ends.items()))
        lines.append(f"{channel:<10} {sum(ends.values()):>5} contacts: {told}")
    lines.append("")
    for queue, counts in sorted(report.queues.items()):
        exits = {n: c for n, c in sorted(counts.items()) if n not in ("entered", "waiting")}
        told = " + ".join(f"{c} {n}" for n, c in exits.items()) or "0"
        law = f"entered {counts['entered']} = {told} + {counts['waiting']} waiting"
        waits = sorted(report.waits.get(queue, [])) or [0.0]
        lines.append(
            f"{queue:<10} {law}; answered after {statistics.median(waits):.1f} s (median),"
            f" {waits[-1]:.1f} s (longest)"
        )
        if queue in report.told:
            came = ", ".join(f"{name} {n}" for name, n in sorted(report.told[queue].items()))
            lines.append(f"{'':<10} waits that were told: {came}")
    lines += ["", "offers: " + ", ".join(f"{k} {n}" for k, n in sorted(report.offers.items()))]
    if report.rejected:
        lines.append(
            "refused: " + ", ".join(f"{k} {n}" for k, n in sorted(report.rejected.items()))
        )
    if report.findings:
        lines += ["", f"BROKEN, {len(report.findings)} findings:"]
        lines += [f"  {invariant}: {sentence}" for invariant, sentence in report.findings[:40]]
    else:
        lines += ["", "every invariant holds; every contact is accounted for exactly once"]
    return "\n".join(lines)


def main() -> int:
    """Check the topics that the arguments name; 0 when everything holds, 1 when not."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bootstrap", required=True)
    options.add_argument("--prefix", default="")
    options.add_argument("--open-allowed", action="store_true")
    options.add_argument("--accepted", type=Path, help="file with one contact id a line")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    accepted = frozenset(given.accepted.read_text().split()) if given.accepted else frozenset()
    report = asyncio.run(
        check(
            given.bootstrap,
            prefix=given.prefix,
            accepted=accepted,
            is_open_allowed=given.open_allowed,
        )
    )
    print(json.dumps(asdict(report)) if given.json else as_text(report))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
