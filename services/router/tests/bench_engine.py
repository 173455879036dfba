"""Prints how many events per second the engine decides on one core; never fails on a time.

python -m services.router.tests.bench_engine [--agents 5000] [--waiting 100000] [--events 100000]
"""

import argparse
import random
import resource
import time
from typing import Any

from router.adapters.codec import encode_step
from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain.policy import Policy, Queue, Timers
from router.domain.snapshot import dump, load
from router.domain.values import NO_NEEDS, Lineage, Requirement
from router.domain.words import Channel, Party, Presence

from .workspaces import Log, a_policy, a_roster_agent

SKILLS = tuple(f"skill{n:02d}" for n in range(30))
CHANNELS = (Channel.CHAT, Channel.CHAT, Channel.VOICE, Channel.EMAIL)


class Floor:
    """A busy floor: every offer is answered, every contact handled, another comes for it."""

    def __init__(self, agents: int) -> None:
        self.chance = random.Random(7)
        self.log = Log()
        self.log.begin(_policy())
        self.agents = [f"agent{n:05d}" for n in range(agents)]
        self.sessions: dict[str, dict[str, Any]] = {}
        self.contacts = self.said = 0
        self.todo: list[Any] = []
        for name in self.agents:
            skills = [f"{k}:{self.chance.randint(1, 5)}" for k in self.chance.sample(SKILLS, 5)]
            self.log.say(s.AgentDefined(agent=a_roster_agent(name, *skills)))
            step = self.log.say(
                a.AgentSignedIn(agent_id=name, session_id=name, desk_instance="desk")
            )
            self.sessions[name] = {
                "agent_id": name,
                "session_number": step.step_number,
                "desk_instance": "desk",
            }

    def available(self) -> None:
        for name in self.agents:
            self.say(
                a.PresenceChosen(
                    **self.sessions[name],
                    presence=Presence.AVAILABLE,
                    reason_code="",
                    is_next=False,
                )
            )

    def arrive(self) -> None:
        self.contacts += 1
        contact_id = f"contact-{self.contacts}"
        self.say(
            c.ContactArrived(
                contact_id=contact_id,
                channel=self.chance.choice(CHANNELS),
                entry_point="main",
                conversation_id=f"conversation-{self.contacts}",
                key_id="key",
                lineage=Lineage(),
            )
        )
        self.say(
            c.QueueRequested(
                contact_id=contact_id,
                queue=f"queue{self.chance.randrange(50):02d}",
                priority=self.chance.choice([0, 0, 0, 1, 2]),
                requirements=NO_NEEDS,
            )
        )

    def say(self, fact: Any) -> None:
        self.said += 1
        if self.said % 1_000 == 0:
            self.log.say(a.DeskHeartbeat(desk_instance="desk"))
        self.log.records.clear()
        self.log.steps.clear()
        self.follow(self.log.say(fact, after=1))

    def follow(self, step: Any) -> None:
        """Put into the list what agents and customers do next."""
        for decided in step.decisions:
            d = decided.decision
            match type(d).__name__:
                case "OfferMade":
                    session = self.sessions[d.agent_id]
                    self.todo.append(a.OfferDelivered(**session, offer_id=d.offer_id))
                    self.todo.append(a.OfferAccepted(**session, offer_id=d.offer_id))
                case "ContactConnecting":
                    self.todo.append(
                        c.AgentConnected(
                            contact_id=d.contact_id, offer_id=d.offer_id, agent_id=d.agent_id
                        )
                    )
                case "ContactConnected":
                    self.todo.append(
                        c.ContactDisconnected(
                            contact_id=d.contact_id,
                            by=Party.CUSTOMER,
                            agent_id="",
                            session_number=0,
                            desk_instance="",
                        )
                    )
                case "WrapUpStarted":
                    self.todo.append(
                        a.WrapUpFinished(
                            **self.sessions[d.agent_id],
                            contact_id=d.contact_id,
                            disposition="solved",
                            note=None,
                        )
                    )

    def work(self, events: int, waiting: int) -> tuple[float, list[float]]:
        """Return the seconds spent in the engine alone, and each event's."""
        spent: list[float] = []
        apply = self.log.engine.apply

        def timed(record: Any) -> Any:
            began = time.perf_counter()
            step = apply(record)
            spent.append(time.perf_counter() - began)
            return step

        self.log.engine.apply = timed  # type: ignore[method-assign]
        while len(spent) < events:
            if self.todo and (
                self.log.engine.workspace.market.waiting >= waiting or len(self.todo) > 500
            ):
                index = self.chance.randrange(len(self.todo))
                self.todo[index], self.todo[-1] = self.todo[-1], self.todo[index]
                self.say(self.todo.pop())
            else:
                self.arrive()
        self.log.engine.apply = apply  # type: ignore[method-assign]
        return sum(spent), spent


def _policy() -> Policy:
    queues = tuple(
        Queue(name=f"queue{n:02d}", requirements=(Requirement(SKILLS[n % 30], 1 + n % 3),))
        for n in range(50)
    )
    timers = Timers(
        offer_delivery_seconds=3600,
        offer_ring_seconds=3600,
        connect_seconds=3600,
        wrap_up_seconds=3600,
        connected_limit_seconds=36000,
    )
    return a_policy(skills=SKILLS, queues=queues, timers=timers)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=5_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=100_000)
    given = parser.parse_args()
    floor = Floor(given.agents)
    _report("few wait", floor, given.events, 0)
    began = time.perf_counter()
    while floor.log.engine.workspace.market.waiting < given.waiting:
        floor.arrive()
    print(f"filled with {given.waiting} waiting in {time.perf_counter() - began:.1f} s")
    _report(f"{given.waiting} wait", floor, given.events, given.waiting)
    _wire(floor)
    _snapshot(floor)


def _report(name: str, floor: Floor, events: int, waiting: int) -> None:
    if waiting == 0:
        floor.available()
    seconds, spent = floor.work(events, waiting)
    spent.sort()
    p50, p99 = spent[len(spent) // 2] * 1e6, spent[int(len(spent) * 0.99)] * 1e6
    print(
        f"{name}: {events / seconds:,.0f} events/s;"
        f" p50 {p50:.0f} µs, p99 {p99:.0f} µs, longest {spent[-1] * 1e3:.1f} ms;"
        f" waiting {floor.log.engine.workspace.market.waiting}"
    )


def _wire(floor: Floor) -> None:
    steps, size, encoding = 0, 0, 0.0
    while steps < 5_000 and floor.todo:
        floor.say(floor.todo.pop())
        start = time.perf_counter()
        size += len(encode_step(floor.log.steps[-1]))
        encoding += time.perf_counter() - start
        steps += 1
    print(
        f"encoding a step: {encoding / max(steps, 1) * 1e6:.0f} µs, {size // max(steps, 1)} bytes"
    )


def _snapshot(floor: Floor) -> None:
    began = time.perf_counter()
    state = dump(floor.log.engine.workspace)
    taken = time.perf_counter() - began
    began = time.perf_counter()
    load(state)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    loaded = time.perf_counter() - began
    print(f"snapshot taken in {taken:.2f} s, loaded in {loaded:.2f} s; memory {memory:,.0f} MB")


if __name__ == "__main__":
    main()
