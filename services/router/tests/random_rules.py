"""Random policies, rosters and needs in all their parts, right or wrong."""

from hypothesis import strategies as st

from router.domain.abilities import Kinds, from_kinds
from router.domain.hours import Opening, Schedule, SpecialDay
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
from router.domain.queues import (
    Ageing,
    AgentOrder,
    Condition,
    Exit,
    Preferred,
    Queue,
    Ring,
    Rule,
)
from router.domain.values import Needs, Requirement
from router.domain.words import Channel

NAMES = st.sampled_from(["billing", "sales", "vip", "de", "en", "front", "back", "acme", "x.y+z"])
LEVELS = st.integers(1, 5)
CHANNELS = st.sampled_from(list(Channel))
SECONDS = st.floats(0.125, 90_000, allow_nan=False, width=32)
TIMES = st.one_of(st.just(0.0), SECONDS)
PRIORITIES = st.integers(-1000, 1000)


def some(of: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    return st.lists(of, max_size=most).map(tuple)


def maybe(of: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | of


def skills(least: int = 0) -> st.SearchStrategy:
    return st.dictionaries(NAMES, LEVELS, min_size=least, max_size=3).map(
        lambda levels: tuple(Requirement(*pair) for pair in sorted(levels.items()))
    )


NEEDS: st.SearchStrategy[Needs] = st.builds(
    Kinds,
    skills=skills(),
    any_of=st.sets(skills(1), max_size=2).map(lambda groups: tuple(sorted(groups))),
    languages=skills(),
    teams=st.sets(NAMES, max_size=2).map(lambda teams: tuple(sorted(teams))),
    brand=st.just("") | NAMES,
).map(from_kinds)
CAPACITIES = some(st.builds(ChannelCapacity, channels=some(CHANNELS), slots=st.integers(0, 9)), 2)
EXITS = maybe(
    st.builds(Exit, queue=NAMES) | st.builds(Exit, flow=NAMES) | st.builds(Exit, queue=st.just(""))
)
CONDITIONS = st.builds(
    Condition,
    attribute=NAMES,
    values=some(NAMES),
    at_least=maybe(TIMES),
    at_most=maybe(TIMES),
)
MINUTES = st.integers(0, 1440)
SCHEDULES = st.builds(
    Schedule,
    name=NAMES,
    zone=st.sampled_from(["Europe/Berlin", "UTC"]),
    offsets=some(st.tuples(st.integers(-(10**13), 10**13), st.integers(-50_000, 50_000))),
    weekly=some(
        st.builds(Opening, weekday=st.integers(0, 6), start_minute=MINUTES, end_minute=MINUTES)
    ),
    days=some(
        st.builds(
            SpecialDay,
            ordinal=st.integers(1, 3_652_059),
            openings=some(st.tuples(MINUTES, MINUTES), 2),
        )
    ),
)
QUEUES = st.builds(
    Queue,
    name=NAMES,
    requirements=NEEDS,
    target_seconds=SECONDS,
    target_share=st.floats(0.125, 1, width=32),
    short_abandon_seconds=TIMES,
    rings=some(st.builds(Ring, after_seconds=SECONDS, needs=NEEDS, without=some(NAMES))),
    ageing=maybe(
        st.builds(
            Ageing, every_seconds=SECONDS, step=st.integers(1, 100), most=st.integers(0, 1000)
        )
    ),
    order=st.sampled_from(list(AgentOrder)),
    offer_to=st.integers(1, 5),
    preferred=maybe(st.builds(Preferred, seconds=TIMES, is_over_capacity=st.booleans())),
    schedule=st.just("") | NAMES,
    on_closed=EXITS,
    max_waiting=st.integers(0, 1000),
    on_full=EXITS,
    overflow_seconds=TIMES,
    on_overflow=EXITS,
    on_nobody=EXITS,
    rules=some(st.builds(Rule, when=some(CONDITIONS), needs=NEEDS, priority=PRIORITIES)),
)
POLICIES = st.builds(
    Policy,
    version=st.integers(0, 10**9),
    skills=some(NAMES),
    queues=some(QUEUES),
    entry_points=some(
        st.builds(EntryPoint, name=NAMES, channel=CHANNELS, address=NAMES, flow=NAMES)
    ),
    capacities=CAPACITIES,
    attributes=some(st.builds(AttributeDeclaration, name=NAMES, enum_values=some(NAMES))),
    dispositions=some(NAMES),
    break_reasons=some(NAMES),
    timers=st.builds(Timers, offer_ring_seconds=SECONDS, direct_seconds=SECONDS),
    is_miss_not_responding=st.booleans(),
    languages=some(NAMES),
    brands=some(NAMES),
    schedules=some(SCHEDULES, 2),
    interrupts=some(st.builds(Interrupt, channel=CHANNELS, breaks_into=some(CHANNELS)), 2),
    team_capacities=some(st.builds(TeamCapacity, team=NAMES, capacities=CAPACITIES), 2),
    channel_priorities=some(st.builds(ChannelPriority, channel=CHANNELS, priority=PRIORITIES), 2),
    callbacks=st.builds(Callbacks, attempts=st.integers(1, 10), gap_seconds=SECONDS),
    returning=st.builds(Returning, preferred_seconds=TIMES, keeps_place_seconds=TIMES),
    wait_coverage=st.sampled_from([0.0, 0.5, 0.8, 0.95]),
)
AGENTS = st.builds(
    RosterAgent,
    agent_id=NAMES,
    team=st.just("") | NAMES,
    skills=st.builds(Kinds, skills=skills(), languages=skills()).map(
        lambda kinds: from_kinds(kinds).skills
    ),
    queues=some(NAMES),
    capacities=CAPACITIES,
    voice_address=st.just("") | NAMES,
    brands=some(NAMES),
    preferences=some(
        st.builds(
            QueuePreference,
            queue=NAMES,
            channel=maybe(CHANNELS),
            priority=st.integers(1, 9),
            delay_seconds=TIMES,
        )
    ),
)
