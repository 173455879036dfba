"""`contact-center simulate`: what another policy would have done to a day."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import orjson

from chassis.telemetry import configure_logs
from router.adapters.codec import UnknownFact
from router.adapters.commands.outcome import DONE, REFUSED, attempted
from router.adapters.commands.policy_file import read_policy as read_policy_file
from router.adapters.commands.settings import CommandSettings
from router.adapters.commands.simulate_day import NothingThere, Span, Told, read_day
from router.adapters.commands.simulate_text import as_data, as_text
from router.adapters.commands.source import Source
from router.adapters.recorded_log import NotALog
from router.domain.policy import Policy
from router.simulation.comparing import (
    REPLICATIONS,
    Comparison,
    Past,
    Replication,
    compare,
    differing_steps,
    is_same_policy,
    replicate,
)
from router.simulation.world import PolicyUnusable

MOST_REPLICATIONS = 10_000
WORTH_WORKERS = 200_000
"""Records times replications from which on other processes help."""


def main(argv: list[str]) -> int:
    """Simulate; 0 when it is told, 1 when the policy or the log will not do, 2 for a wrong call."""
    given = _arguments().parse_args(argv)
    configure_logs("simulate", "simulate", "ERROR")
    source = Source(given.policy)
    policy = read_policy_file(source)
    if source.errors:
        print("\n".join(source.report()))
        return REFUSED
    try:
        return attempted(lambda settings: _simulate(settings, given, source, policy))
    except (NothingThere, NotALog, OSError) as error:
        print(f"this cannot be simulated: {error}")
    except UnknownFact as error:
        print(f"this version is too old for the log: {error}")
    return REFUSED


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contact-center simulate",
        description="Live a span of the log again under another policy: the same arrivals, agents"
        " and habits, the router's own engine. Writes nothing.",
    )
    parser.add_argument("--policy", type=Path, required=True, metavar="FILE", help="the policy")
    when = "2026-11-20, 2026-11-20T08:00 or 2026-11-20T08:00+01:00; UTC when no offset is said"
    parser.add_argument("--from", dest="begin", type=_instant, default=0, metavar="TIME", help=when)
    parser.add_argument("--to", dest="end", type=_instant, metavar="TIME", help="not included")
    parser.add_argument("--workspace", help="whose log (default: WORKSPACE, or main)")
    parser.add_argument("--log", type=Path, help="a file of `contact-center record`, not Kafka")
    parser.add_argument("--snapshots", default="", help="where the router's snapshots lie")
    parser.add_argument("--json", dest="is_json", action="store_true", help="for programs")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")
    parser.add_argument(
        "--replications",
        type=_count,
        default=REPLICATIONS,
        help=f"simulations; from {REPLICATIONS} on the intervals hold 95 %% (default)",
    )
    parser.add_argument("--workers", type=_count, help="processes (default: one a processor)")
    return parser


def _instant(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wrong = f"{text!r} is no instant: say it as 2026-11-20 or 2026-11-20T08:00+01:00"
        raise argparse.ArgumentTypeError(wrong) from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_REPLICATIONS:
        raise argparse.ArgumentTypeError(f"{count} is not from 1 to {MOST_REPLICATIONS}")
    return count


async def _simulate(
    settings: CommandSettings, given: argparse.Namespace, source: Source, policy: Policy
) -> int:
    if given.workspace:
        settings = CommandSettings(**(settings.model_dump() | {"workspace": given.workspace}))
    span = Span(begin=given.begin, log=given.log, snapshots=given.snapshots)
    if given.end is not None:
        span = Span(begin=given.begin, end=given.end, log=given.log, snapshots=given.snapshots)
    told = await read_day(settings, span)
    try:
        comparison = _compared(told.past, policy, given)
    except PolicyUnusable as refused:
        source.add(refused.errors)
        print("the policy would be refused as the span begins:")
        print("\n".join(source.report()))
        return REFUSED
    print(_shown(told, comparison, given))
    return DONE


def _compared(past: Past, policy: Policy, given: argparse.Namespace) -> Comparison:
    if is_same_policy(past.day, policy):
        result, different = differing_steps(past, policy)
        return compare(past, [result], different)
    seeds = range(given.seed, given.seed + given.replications)
    workers = given.workers or os.cpu_count() or 1
    if workers == 1 or len(past.day.words) * len(seeds) < WORTH_WORKERS:
        return compare(past, [replicate(past, policy, seed) for seed in seeds])
    # The first one is made here: a policy that is refused is refused at once.
    results = [replicate(past, policy, seeds[0])]
    with ProcessPoolExecutor(
        min(workers, len(seeds)), get_context("spawn"), _begin_work, (past, policy)
    ) as pool:
        for result in pool.map(_work, seeds[1:]):
            results.append(result)
            _progress(len(results), len(seeds))
    return compare(past, results)


_task: list[tuple[Past, Policy]] = []
"""What a worker process works on."""


def _begin_work(past: Past, policy: Policy) -> None:
    _task.append((past, policy))


def _work(seed: int) -> Replication:
    past, policy = _task[0]
    return replicate(past, policy, seed)


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty():
        end = "\r\033[K" if done == count else ""
        print(f"\r\033[K{done} of {count} simulations{end}", end="", file=sys.stderr, flush=True)


def _shown(told: Told, comparison: Comparison, given: argparse.Namespace) -> str:
    if given.is_json:
        return orjson.dumps(as_data(told, comparison), option=orjson.OPT_INDENT_2).decode()
    return "\n".join(as_text(told, comparison, given.policy.name))
