"""One run: a stack of its own, people, a fault every ten seconds, then healing and judging."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from contact_center.v1 import routing_events_pb2
from local_stack.stack import Stack, without_servers
from tests.chaos import faults
from tests.chaos.crowd import Crowd
from tests.chaos.judging import Replayed, drained, mails_sent_twice, replay
from tests.e2e.fold import Finding
from tests.e2e.invariants import Report
from tests.e2e.topics_reader import parse
from tests.e2e.world import World

EVERY_SECONDS = 10.0
LIGHT_AFTER_SECONDS = 3.0
WARM_SECONDS = 3.0
Say = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What a run did and found; `findings` empty means that everything held."""

    seed: int
    done: list[str] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)
    accepted: int = 0
    refused: int = 0
    report: Report = field(default_factory=Report)
    replayed: Replayed = field(default_factory=Replayed)
    findings: list[Finding] = field(default_factory=list)


def make_stack(data: Path, environ: dict[str, str], say: Say) -> Stack:
    """Return a stack with a broker of its own, whose clock can be moved where that is possible."""
    # The second router needs a port of its own, and nobody asks either of them.
    settings = {"router": {"GRPC_PORT": "0"}}
    stack = Stack(data, environ=without_servers(environ), settings=settings, say=say)
    faults.prepare_clock(stack)
    return stack


async def run(
    stack: Stack, *, seed: int, seconds: float, say: Say, first: Sequence[str] = ()
) -> Outcome:
    """Break things for so long, heal, judge; `first` are the faults to begin with, all of them."""
    chance = Random(seed)
    outcome = Outcome(seed)
    world = World(stack, {})
    other = await asyncio.to_thread(stack.add_replica, "desk")
    crowd = Crowd(world, Random(seed + 1), [stack.address(f"{other}.GRPC_PORT"), world.desk])
    await crowd.begin()
    arrivals = asyncio.create_task(crowd.come())
    try:
        await asyncio.sleep(WARM_SECONDS)
        await _break(world, chance, seconds, outcome, say, list(reversed(first)))
        say("healing")
        began = time.monotonic()
        await faults.mend(world)
        say(f"everything is ready after {time.monotonic() - began:.0f} s")
        outcome.findings += await drained(stack)
        say(f"drained after {time.monotonic() - began:.0f} s")
        await crowd.close()
        say(f"the last customer has left after {time.monotonic() - began:.0f} s")
        outcome.report = await world.report(accepted=frozenset(crowd.accepted))
    finally:
        arrivals.cancel()
        await crowd.leave()
    await judge(world, crowd, outcome)
    return outcome


async def _break(
    world: World, chance: Random, seconds: float, outcome: Outcome, say: Say, first: list[str]
) -> None:
    """Go on for so long, and at least until each of `first` was done."""
    ends = time.monotonic() + seconds
    heavy, light = first, list[str]()
    while first or time.monotonic() < ends:
        heavy = heavy or chance.sample(sorted(faults.HEAVY), len(faults.HEAVY))
        light = light or chance.sample(sorted(faults.LIGHT), len(faults.LIGHT))
        beat = asyncio.create_task(asyncio.sleep(_left(EVERY_SECONDS, ends)))
        await _one(world, chance, faults.HEAVY, heavy.pop(), outcome, say)
        await asyncio.sleep(_left(LIGHT_AFTER_SECONDS, ends))
        await _one(world, chance, faults.LIGHT, light.pop(), outcome, say)
        await beat


def _left(seconds: float, ends: float) -> float:
    return max(0.0, min(seconds, ends - time.monotonic()))


async def _one(
    world: World,
    chance: Random,
    table: dict[str, faults.Fault],
    name: str,
    outcome: Outcome,
    say: Say,
) -> None:
    try:
        done = await table[name](world, chance)
    except faults.Skipped as why:
        if name not in outcome.skipped:
            say(f"SKIPPED {name}: {why}")
        outcome.skipped.add(name)
        return
    say(done)
    outcome.done.append(name)


async def judge(world: World, crowd: Crowd, outcome: Outcome) -> None:
    """Add to the outcome whatever does not hold, now that everybody is gone."""
    outcome.accepted, outcome.refused = len(crowd.accepted), crowd.refused
    outcome.findings += outcome.report.findings
    if crowd.impatient:
        sentence = f"{crowd.impatient} customers never saw the end of their chat"
        outcome.findings.append(("crowd", sentence))
    outcome.findings += [("crowd", repr(error)) for error in crowd.broken()]
    mails = sum(outcome.report.contacts.get("email", {}).values())
    if not crowd.mails_accepted <= mails <= crowd.mails_tried:
        told = f"{crowd.mails_accepted} accepted of {crowd.mails_tried}"
        outcome.findings.append(("I1", f"{mails} mail contacts, {told}"))
    outcome.replayed = await replay(world.stack)
    outcome.findings += outcome.replayed.findings
    outcome.findings += mails_sent_twice(world.stack)
    outcome.findings += await _nobody_missed(world)


async def _nobody_missed(world: World) -> list[Finding]:
    """Agents answer at once whenever they can: no fault may make one not_responding."""
    found = []
    for record in await world.topic("routing-events.v1"):
        step = parse(record, routing_events_pb2.RoutingStep)
        for decision in step.decisions if step is not None else ():
            if decision.WhichOneof("decision") != "agent_state_changed":
                continue
            agent = decision.agent_state_changed.agent
            if agent.not_routable_because == "not_responding":
                sentence = f"step {step.step_number}: {agent.agent_id} is not_responding"
                found.append(("outage", sentence))
    return found
