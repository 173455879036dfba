"""One run: a stack of its own, people, a fault every ten seconds, then healing and judging."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from contact_center.v1 import routing_events_pb2
from local_stack.demo.agents import NAMES
from local_stack.demo.roster import roster_with
from local_stack.ports import free_ports
from local_stack.services import free_service_ports
from local_stack.stack import Stack, without_servers
from tests.chaos import faults
from tests.chaos.crowd import Crowd
from tests.chaos.judging import Replayed, drained, mails_sent_twice, replay
from tests.chaos.readers import (
    analytics_says_otherwise,
    arrivals,
    calls_lost,
    crm_says_otherwise,
    flows_left,
)
from tests.e2e.fold import Finding
from tests.e2e.invariants import Report
from tests.e2e.topics_reader import parse
from tests.e2e.world import World

EVERY_SECONDS = 10.0
KILL_EVERY_SECONDS = 8.0
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
    calls: int = 0
    answered: int = 0
    report: Report = field(default_factory=Report)
    replayed: Replayed = field(default_factory=Replayed)
    findings: list[Finding] = field(default_factory=list)


def make_stack(data: Path, environ: dict[str, str], say: Say) -> Stack:
    """Return a stack with a broker of its own, whose clock can be moved where that is possible."""
    # The second router needs a port of its own, and nobody asks either of them.
    settings = {
        "router": {"GRPC_PORT": "0"},
        # Who was told "try again" may be in the log all the same, and does not wait for long.
        "ingest-digital": {"CHAT_ABANDON_SECONDS": "15"},
    }
    phones = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    stack = Stack(
        data,
        ports={**free_service_ports(), **{f"phone.{name}": port for name, port in phones.items()}},
        environ=without_servers(environ),
        settings=settings,
        roster=roster_with(data, phones),
        say=say,
    )
    faults.prepare_clock(stack)
    return stack


async def run(
    stack: Stack, *, seed: int, seconds: float, say: Say, first: Sequence[str] = ()
) -> Outcome:
    """Break things for so long, heal, judge; `first` are the faults to begin with, all of them."""
    chance = Random(seed)
    outcome = Outcome(seed)
    world = World(stack, {name: stack.ports[f"phone.{name}"] for name in NAMES})
    other = await asyncio.to_thread(stack.add_replica, "desk")
    crowd = Crowd(world, Random(seed + 1), [stack.address(f"{other}.GRPC_PORT"), world.desk])
    await crowd.begin()
    arrivals = asyncio.create_task(crowd.come())
    try:
        await asyncio.sleep(WARM_SECONDS)
        await _break(world, chance, seconds, outcome, say, list(reversed(first)))
        await _heal(world, crowd, outcome, say)
        outcome.report = await world.report(accepted=frozenset(crowd.accepted))
    finally:
        arrivals.cancel()
        await crowd.leave()
        await world.close()
    await judge(world, crowd, outcome)
    return outcome


async def _heal(world: World, crowd: Crowd, outcome: Outcome, say: Say) -> None:
    say("healing")
    began = time.monotonic()
    crowd.callers.is_open = False
    await faults.mend(world)
    say(f"everything is ready after {time.monotonic() - began:.0f} s")
    outcome.findings += await drained(world.stack)
    say(f"drained after {time.monotonic() - began:.0f} s")
    await crowd.close()
    if (await crowd.callers.call(stays=1)).answered_at is None:
        outcome.findings.append(("crowd", "after the heal a call is not answered"))
    say(f"the last customer has left after {time.monotonic() - began:.0f} s")


async def _break(
    world: World, chance: Random, seconds: float, outcome: Outcome, say: Say, first: list[str]
) -> None:
    """Go on for so long, and at least until each of `first` and of the kills was done."""
    ends = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(_kill(world, Random(chance.random()), ends, outcome, say))
        group.create_task(_worse(world, chance, ends, outcome, say, first))


async def _kill(world: World, chance: Random, ends: float, outcome: Outcome, say: Say) -> None:
    names = chance.sample(sorted(faults.KILLS), len(faults.KILLS))
    is_first = True
    while is_first or time.monotonic() < ends:
        await asyncio.sleep(KILL_EVERY_SECONDS)
        await _one(world, chance, faults.KILLS, names.pop(), outcome, say)
        if not names:
            is_first = False
            names = chance.sample(sorted(faults.KILLS), len(faults.KILLS))


async def _worse(
    world: World, chance: Random, ends: float, outcome: Outcome, say: Say, first: list[str]
) -> None:
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
    found = await arrivals(world)
    outcome.findings += calls_lost(world, crowd, found)
    outcome.findings += await crm_says_otherwise(world, crowd, found)
    outcome.findings += await analytics_says_otherwise(world, outcome.report)
    outcome.findings += await flows_left(world)
    outcome.calls = len(crowd.callers.heard)
    outcome.answered = sum(heard.answered_at is not None for heard in crowd.callers.heard)
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
