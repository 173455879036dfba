"""Random rules and people in which everything of routing happens soon."""

import random
from typing import Any

from router.domain.hours import Opening, Schedule
from router.domain.patience import Callbacks, Returning, Timers
from router.domain.policy import (
    AttributeDeclaration,
    ChannelCapacity,
    ChannelPriority,
    EntryPoint,
    Interrupt,
    Policy,
    QueuePreference,
    RosterAgent,
    TeamCapacity,
)
from router.domain.queues import Ageing, AgentOrder, Condition, Exit, Preferred, Queue, Ring, Rule
from router.domain.values import NO_NEEDS, Needs, Requirement
from router.domain.words import Channel

SKILLS = ("billing", "sales", "vip")
TONGUES = ("de", "en")
TEAMS = ("front", "back")
BRANDS = ("acme", "zeta")
QUEUES = ("billing", "sales", "anyone", "vip", "late")
C = Channel
CHANNELS = (C.VOICE, C.VOICE, C.CHAT, C.CHAT, C.EMAIL, C.VIDEO, C.SMS, C.TASK)
ATTRIBUTES = (
    AttributeDeclaration(name="tier", enum_values=("gold", "silver")),
    AttributeDeclaration(name="age"),
)
ALWAYS = tuple(Opening(weekday=day, start_minute=0, end_minute=1440) for day in range(7))
BY_MINUTES = tuple(
    Opening(weekday=day, start_minute=minute, end_minute=minute + 70)
    for day in range(7)
    for minute in range(0, 1340, 110)
)
SCHEDULES = (
    Schedule(name="always", zone="UTC", offsets=((0, 0),), weekly=ALWAYS),
    Schedule(name="turns", zone="UTC", offsets=((0, 0),), weekly=BY_MINUTES),
)


class Rules:
    """Makes policies, agents and needs by chance."""

    def __init__(self, chance: random.Random, agents: int) -> None:
        self.chance = chance
        self.names = [f"a{number:02d}" for number in range(agents)]

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def policy(self) -> Policy:
        pick = self.chance.choice
        return Policy(
            skills=SKILLS,
            languages=TONGUES,
            brands=BRANDS,
            attributes=ATTRIBUTES,
            queues=tuple(self.queue(name) for name in QUEUES),
            entry_points=(
                EntryPoint(name="main", channel=C.VOICE, address="+49301", flow="main"),
                EntryPoint(name="web", channel=C.CHAT, address="web", flow="main"),
            ),
            capacities=(
                ChannelCapacity(channels=(C.VOICE, C.VIDEO), slots=1),
                ChannelCapacity(channels=(C.CHAT, C.SMS), slots=pick([1, 2, 3])),
                ChannelCapacity(channels=(C.EMAIL, C.TASK), slots=pick([1, 2])),
            ),
            team_capacities=(
                TeamCapacity(
                    team="back", capacities=(ChannelCapacity(channels=(C.CHAT,), slots=1),)
                ),
            ),
            schedules=SCHEDULES,
            interrupts=self.interrupts(),
            channel_priorities=(ChannelPriority(channel=C.VOICE, priority=pick([0, 2])),),
            callbacks=Callbacks(attempts=pick([1, 2, 3]), gap_seconds=pick([60.0, 90.0])),
            returning=Returning(
                preferred_seconds=pick([0.0, 20.0]), keeps_place_seconds=pick([0.0, 60.0])
            ),
            dispositions=("solved", "later"),
            break_reasons=("lunch", "training"),
            timers=Timers(
                offer_ring_seconds=15,
                agent_grace_seconds=10,
                wrap_up_seconds=30,
                flow_limit_seconds=60,
                queue_limit_seconds=150,
                connected_limit_seconds=200,
                text_sleep_seconds=90,
                direct_seconds=12,
            ),
            is_miss_not_responding=self.maybe(0.7),
            wait_coverage=pick([0.0, 0.5, 0.8, 0.95]),
        )

    def interrupts(self) -> tuple[Interrupt, ...]:
        usual = Interrupt(channel=C.VOICE, breaks_into=(C.EMAIL, C.TASK))
        video = Interrupt(channel=C.VIDEO, breaks_into=(C.EMAIL, C.CHAT))
        return self.chance.choice([(usual,), (usual, video), ()])

    def queue(self, name: str) -> Queue:
        pick, maybe = self.chance.choice, self.maybe
        overflow = self.way(name)
        hours = pick(["", "always", "turns", "turns"]) if name == "late" else ""
        skill = {"billing": "billing", "sales": "sales", "vip": "vip"}.get(name)
        own = Needs((Requirement(skill, 1),)) if skill else NO_NEEDS
        return Queue(
            name=name,
            requirements=own,
            rings=tuple(
                Ring(after_seconds=8.0 * number, needs=self.needs(0.5), without=self.given_up())
                for number in range(1, 1 + pick([0, 0, 1, 2, 5]))
            ),
            ageing=Ageing(every_seconds=pick([5.0, 20.0]), step=pick([1, 3]), most=pick([2, 6]))
            if maybe(0.4)
            else None,
            order=pick(list(AgentOrder)),
            offer_to=pick([1, 1, 1, 2, 3]),
            preferred=Preferred(seconds=pick([5.0, 15.0]), is_over_capacity=maybe(0.4))
            if maybe(0.5)
            else None,
            schedule=hours,
            on_closed=self.way(name) if hours and maybe(0.6) else None,
            max_waiting=pick([0, 0, 2, 6]),
            on_full=None,
            overflow_seconds=pick([12.0, 40.0]) if overflow else 0.0,
            on_overflow=overflow,
            on_nobody=pick([None, None, Exit(), Exit(flow="main")]),
            rules=(
                Rule(
                    when=(Condition(attribute="tier", values=("gold",)),),
                    needs=self.needs(0.2),
                    priority=3,
                ),
                Rule(when=(Condition(attribute="age", at_least=30.0),), priority=-1),
            )
            if maybe(0.4)
            else (),
        )

    def way(self, name: str) -> Exit | None:
        """Only to queues further on, so that no chain is a circle."""
        further = QUEUES[QUEUES.index(name) + 1 :]
        found = [None, Exit(), Exit(flow="main"), *(Exit(queue=other) for other in further)]
        return self.chance.choice(found)

    def given_up(self) -> tuple[str, ...]:
        return tuple(name for name in (*SKILLS, "language:de") if self.maybe(0.2))

    def needs(self, share: float) -> Needs:
        """Of every kind, sometimes."""
        skills, groups = [], []
        if self.maybe(share):
            skills.append(Requirement(self.chance.choice(SKILLS), self.chance.randint(1, 3)))
        if self.maybe(share / 3):
            skills.append(Requirement(f"language:{self.chance.choice(TONGUES)}", 1))
        if self.maybe(share / 4):
            skills.append(Requirement(f"brand:{self.chance.choice(BRANDS)}", 1))
        if self.maybe(share / 4):
            groups.append((Requirement("sales", 2), Requirement("vip", 1)))
        if self.maybe(share / 4):
            groups.append((Requirement(f"team:{self.chance.choice(TEAMS)}", 1),))
        return Needs(tuple(sorted(skills)), tuple(sorted(groups)))

    def agent(self, name: str) -> RosterAgent:
        pick, maybe = self.chance.choice, self.maybe
        skills = [(skill, self.chance.randint(1, 4)) for skill in SKILLS if maybe(0.7)]
        skills += [(f"language:{tongue}", pick([1, 3])) for tongue in TONGUES if maybe(0.7)]
        own = ChannelCapacity(channels=(C.CHAT,), slots=self.chance.randint(0, 2))
        return RosterAgent(
            agent_id=name,
            team=pick(["", *TEAMS]),
            skills=tuple(Requirement(*pair) for pair in sorted(skills)),
            queues=pick([(), (), (), ("billing", "sales"), ("anyone", "vip", "late")]),
            capacities=pick([(), (), (own,)]),
            voice_address=pick(["", *[f"sip:{name}@127.0.0.1"] * 3]),
            brands=pick([(), (), ("acme",)]),
            preferences=self.preferences(),
        )

    def preferences(self) -> tuple[QueuePreference, ...]:
        if self.maybe(0.6):
            return ()
        found = [
            QueuePreference(
                queue=queue,
                priority=self.chance.choice([1, 2, 3]),
                delay_seconds=self.chance.choice([0.0, 6.0, 25.0]),
            )
            for queue in self.chance.sample(QUEUES, 2)
        ]
        if self.maybe(0.3):
            channel = QueuePreference(
                queue=found[0].queue, channel=C.VOICE, priority=1, delay_seconds=3.0
            )
            found.append(channel)
        return tuple(found)

    def attributes(self) -> tuple[tuple[str, Any], ...]:
        found: list[tuple[str, Any]] = []
        if self.maybe(0.4):
            found.append(("tier", self.chance.choice(["gold", "silver", "tin"])))
        if self.maybe(0.3):
            found.append(("age", float(self.chance.randint(20, 40))))
        if self.maybe(0.05):
            found.append(("shoe", "red"))
        return tuple(found)
