"""The whole policy language: what is written is what the engine gets, and comes back as text."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from router.adapters.commands.hours_file import offsets_of
from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.policy_text import policy_text
from router.adapters.commands.source import Source
from router.domain.abilities import Kinds, from_kinds
from router.domain.hours import Opening, SpecialDay
from router.domain.patience import Callbacks, Returning
from router.domain.policy import DEFAULT_INTERRUPTS, ChannelPriority, Policy
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

from .random_rules import POLICIES

WHOLE = """
skills: [billing, english, german, sales, vip]
languages: [en, de]
brands: [acme]
opening_hours:
  office:
    zone: Europe/Berlin
    weekly: {mon-tue: ["08:00-12:00", "13:00-24:00"], sat: "09:00-13:00", sun: closed}
    days: {2026-12-25: closed, 2026-12-24: ["08:00-12:00"]}
queues:
  - name: billing
    requires: {billing: 2}
    any_of: [{german: 3, english: 3}]
    speaks: {de: 3}
    teams: [front]
    brand: acme
    rings:
      - {after_seconds: 20, requires: {billing: 1}}
      - {after_seconds: 40, without: [vip], teams: [front, back], any_of: []}
    ageing: {every_seconds: 30, step: 1, most: 3}
    order: best_skill
    offer_to: 2
    preferred: {seconds: 20, over_capacity: true}
    hours: office
    on_closed: {flow: closed}
    max_waiting: 50
    on_full: {queue: sales}
    overflow: {after_seconds: 120, to: {queue: sales}}
    on_nobody: eject
    rules:
      - {when: {tier: [gold, platinum], amount: {at_least: 1000}}, requires: {vip: 3}, priority: 2}
  - name: sales
attributes:
  - {name: tier, values: [gold, platinum]}
  - {name: amount}
channel_priorities: {voice: 3, chat: 1}
team_capacities: {back: [{channels: [chat], slots: 6}]}
callbacks: {attempts: 4, gap_seconds: 600, lost_calls: true}
returning: {preferred_seconds: 30, keeps_place_seconds: 3600}
wait_coverage: 0.8
"""


def a_file(tmp_path: Path, text: str, name: str = "policy.yaml") -> Source:
    path = tmp_path / name
    path.write_text(text)
    return Source(path)


def as_read(tmp_path: Path, text: str) -> Policy:
    source = a_file(tmp_path, text)
    policy = read_policy(source)
    assert source.report() == []
    return policy


def test_every_part_of_a_queue_is_read(tmp_path):
    billing = as_read(tmp_path, WHOLE).queues[0]
    own = Kinds(
        skills=(Requirement("billing", 2),),
        any_of=((Requirement("english", 3), Requirement("german", 3)),),
        languages=(Requirement("de", 3),),
        teams=("front",),
        brand="acme",
    )
    first = own._replace(skills=(Requirement("billing", 1),))
    second = first._replace(teams=("back", "front"), any_of=())

    assert billing == Queue(
        name="billing",
        requirements=from_kinds(own),
        rings=(
            Ring(after_seconds=20, needs=from_kinds(first)),
            Ring(after_seconds=40, needs=from_kinds(second), without=("vip",)),
        ),
        ageing=Ageing(every_seconds=30, step=1, most=3),
        order=AgentOrder.BEST_SKILL,
        offer_to=2,
        preferred=Preferred(seconds=20, is_over_capacity=True),
        schedule="office",
        on_closed=Exit(flow="closed"),
        max_waiting=50,
        on_full=Exit(queue="sales"),
        overflow_seconds=120,
        on_overflow=Exit(queue="sales"),
        on_nobody=Exit(),
        rules=(
            Rule(
                when=(
                    Condition(attribute="tier", values=("gold", "platinum")),
                    Condition(attribute="amount", at_least=1000),
                ),
                needs=Needs((Requirement("vip", 3),)),
                priority=2,
            ),
        ),
    )


def test_every_other_part_is_read(tmp_path):
    policy = as_read(tmp_path, WHOLE)
    (office,) = policy.schedules

    assert office.offsets == offsets_of("Europe/Berlin")
    assert office.weekly[:3] == (
        Opening(weekday=0, start_minute=480, end_minute=720),
        Opening(weekday=0, start_minute=780, end_minute=1440),
        Opening(weekday=1, start_minute=480, end_minute=720),
    )
    assert office.days == (
        SpecialDay(ordinal=739974, openings=((480, 720),)),
        SpecialDay(ordinal=739975),
    )
    assert (policy.languages, policy.brands) == (("en", "de"), ("acme",))
    assert policy.interrupts == DEFAULT_INTERRUPTS
    assert policy.channel_priorities == (
        ChannelPriority(channel=Channel.VOICE, priority=3),
        ChannelPriority(channel=Channel.CHAT, priority=1),
    )
    assert policy.team_capacities[0].capacities[0].slots == 6
    assert policy.callbacks == Callbacks(attempts=4, gap_seconds=600, is_for_lost_calls=True)
    assert policy.returning == Returning(preferred_seconds=30, keeps_place_seconds=3600)
    assert policy.wait_coverage == 0.8


@pytest.mark.parametrize(
    ("bounds", "values"),
    [
        ({"at_least": 10.0}, [10, 11, 1e9]),
        ({"at_most": 20.0}, [-1, 9, 10, 11, 19, 20]),
        ({"at_least": 10.0, "at_most": 20.0}, [10, 11, 19, 20]),
    ],
)
def test_a_condition_holds_within_its_bounds_ends_included(bounds, values):
    condition = Condition(attribute="amount", **bounds)
    tried = [-1, 9, 10, 11, 19, 20, 21, 1e9]
    held = [value for value in tried if condition.holds({"amount": value})]

    assert held == (values if "at_most" in bounds else [10, 11, 19, 20, 21, 1e9])
    assert not condition.holds({"other": 15})


def test_no_interrupts_are_said_by_an_empty_matrix(tmp_path):
    assert as_read(tmp_path, "interrupts: {}\n").interrupts == ()
    assert as_read(tmp_path, policy_text(as_read(tmp_path, "interrupts: {}\n"))).interrupts == ()


def test_the_whole_language_comes_back_from_its_text(tmp_path):
    policy = as_read(tmp_path, WHOLE)

    assert as_read(tmp_path, policy_text(policy)) == policy


@given(POLICIES)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_policy_comes_back_from_its_text(tmp_path, policy):
    """Right or wrong: what the check says of it does not matter here."""
    policy = tidy(policy)
    source = a_file(tmp_path, policy_text(policy))

    assert read_policy(source) == policy


def tidy(policy: Policy) -> Policy:
    """As a file can say it: names once where they stand left of a colon, times in order."""
    return replace(
        policy,
        version=0,
        queues=tuple(tidy_queue(queue) for queue in policy.queues),
        schedules=tuple(
            {
                schedule.name: replace(
                    schedule,
                    weekly=tuple(
                        sorted(
                            schedule.weekly,
                            key=lambda o: (o.weekday, o.start_minute, o.end_minute),
                        )
                    ),
                    days=tuple(
                        replace(day, openings=tuple(sorted(day.openings)))
                        for _, day in sorted({d.ordinal: d for d in schedule.days}.items())
                    ),
                )
                for schedule in policy.schedules
            }.values()
        ),
        interrupts=tuple({i.channel: i for i in policy.interrupts}.values()),
        team_capacities=tuple({t.team: t for t in policy.team_capacities}.values()),
        channel_priorities=tuple({p.channel: p for p in policy.channel_priorities}.values()),
    )


def tidy_queue(queue: Queue) -> Queue:
    if queue.on_overflow is None:
        queue = replace(queue, overflow_seconds=0.0)
    rules = tuple(
        replace(
            rule,
            when=tuple(
                replace(c, values=() if (c.at_least, c.at_most) != (None, None) else c.values)
                for c in {c.attribute: c for c in rule.when}.values()
            ),
        )
        for rule in queue.rules
    )
    return replace(queue, rules=rules)
