"""What the engine refuses of a policy, also of one that no file could say."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from router.domain.abilities import Kinds, from_kinds
from router.domain.hours import Opening, Schedule, SpecialDay
from router.domain.naming import MOST_ERRORS
from router.domain.patience import Returning
from router.domain.policy import ChannelPriority, Interrupt, QueuePreference
from router.domain.policy_check import policy_errors
from router.domain.queues import Ageing, Condition, Exit, Preferred, Queue, Ring, Rule
from router.domain.roster_check import agent_errors
from router.domain.values import Needs, Requirement
from router.domain.words import Channel

from .random_rules import AGENTS, POLICIES
from .workspaces import a_policy, a_roster_agent, needs

ALWAYS = tuple(Opening(weekday=day, start_minute=0, end_minute=1440) for day in range(7))
OFFICE = Schedule(name="office", zone="UTC", offsets=((0, 0),), weekly=ALWAYS)
ELSEWHERE = Exit(queue="sales")


def said(policy):
    return [f"{error.path}: {error.message}" for error in policy_errors(policy)]


def with_queue(**changes):
    """The believable policy, whose first queue is otherwise."""
    policy = a_policy()
    billing, *others = policy.queues
    return replace(policy, queues=(replace(billing, **changes), *others))


def test_a_believable_policy_is_right():
    assert said(a_policy()) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"overflow_seconds": 60.0},
            "queues[0].overflow_seconds: queue 'billing' overflows and does not say where to",
        ),
        ({"on_overflow": ELSEWHERE}, "queues[0].on_overflow: on_overflow of queue 'billing' never"),
        ({"on_nobody": Exit(queue="sales", flow="x")}, "queues[0].on_nobody: an exit leads to a"),
        ({"overflow_seconds": 1e9, "on_overflow": ELSEWHERE}, "queues[0].overflow_seconds: over"),
        ({"requirements": Needs((), ((),))}, "queues[0].needs.any_of[0]: queue 'billing' requires"),
        (
            {"requirements": needs(*(f"billing:{level}" for level in [1] * 101))},
            "queues[0].needs: queue 'billing' requires 101 abilities; at most 100",
        ),
        (
            {"requirements": Needs((Requirement("language:de", 9),))},
            "queues[0].needs.languages[0].skill: queue 'billing' requires unknown language 'de'",
        ),
        (
            {"requirements": Needs((Requirement("billing", 1), Requirement("billing", 2)))},
            "queues[0].requirements[1].skill: skill 'billing' is there already",
        ),
        ({"ageing": Ageing(every_seconds=float("nan"))}, "queues[0].ageing.every_seconds: every"),
        ({"preferred": Preferred(seconds=float("inf"))}, "queues[0].preferred.seconds: seconds"),
        ({"rings": (Ring(after_seconds=float("nan")),)}, "queues[0].rings[0].after_seconds: after"),
        (
            {"rings": (Ring(after_seconds=1, without=("language:xx",)),)},
            "queues[0].rings[0].without[0]: ring 1 of queue 'billing' does without 'language:xx'",
        ),
        (
            {"rules": (Rule(when=(Condition(attribute="x"),), priority=1),)},
            "queues[0].rules[0].when[0].attribute: rule 1 of queue 'billing' asks for unknown",
        ),
        ({"max_waiting": -1}, "queues[0].max_waiting: max_waiting -1 is not from 0"),
    ],
)
def test_what_is_wrong_with_a_queue_is_said_with_its_place(changes, error):
    assert said(with_queue(**changes))[0].startswith(error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"offsets": ()}, "schedules[0].offsets: zone 'UTC' has no offset from UTC"),
        ({"offsets": ((5, 0), (5, 60))}, "schedules[0].offsets[1]: the offsets do not ascend"),
        ({"offsets": ((0, 90_000),)}, "schedules[0].offsets[0]: 90000 s from UTC is no offset"),
        (
            {"weekly": (Opening(weekday=7, start_minute=0, end_minute=1),)},
            "schedules[0].weekly[0].weekday: weekday 7 is not from 0 (Monday) to 6 (Sunday)",
        ),
        (
            {"days": (SpecialDay(ordinal=739974), SpecialDay(ordinal=739974))},
            "schedules[0].days[1].date: this date is there already",
        ),
        ({"days": (SpecialDay(ordinal=0),)}, "schedules[0].days[0].date: day 0 is no date"),
        ({"weekly": ()}, "schedules[0].weekly: schedule 'office' is never open"),
        ({"weekly": ALWAYS * 20}, "schedules[0].weekly: schedule 'office' has 140 weekly; at most"),
    ],
)
def test_what_is_wrong_with_opening_hours_is_said_with_its_place(changes, error):
    assert said(a_policy(schedules=(replace(OFFICE, **changes),)))[0].startswith(error)


def test_channels_are_named_once_and_calls_do_not_break_into_calls():
    twice = ChannelPriority(channel=Channel.CHAT, priority=1)
    breaks = Interrupt(channel=Channel.VIDEO, breaks_into=(Channel.VOICE, Channel.EMAIL))
    policy = a_policy(channel_priorities=(twice, twice), interrupts=(breaks, breaks))

    assert [line.split(":")[0] for line in said(policy)] == [
        "interrupts[0].breaks_into[0]",
        "interrupts[1].channel",
        "interrupts[1].breaks_into[0]",
        "channel_priorities[1].channel",
    ]


def test_a_returning_customer_is_not_preferred_for_ever():
    assert said(a_policy(returning=Returning(preferred_seconds=-1)))[0].startswith("returning.pre")


def queues_in_line(*names, way="on_nobody", **more):
    """Queues of which each leads to the next, the last to the first."""
    following = [*names[1:], names[0]]
    return tuple(
        Queue(name=name, **{way: Exit(queue=to)}, **more)
        for name, to in zip(names, following, strict=True)
    )


def test_exits_taken_at_once_that_lead_in_a_circle_are_an_error():
    assert said(a_policy(queues=queues_in_line("a", "b", "c"))) == [
        "queues[2].on_nobody.queue: these exits lead in a circle: a → b → c → a"
    ]


def test_a_circle_of_overflows_takes_its_time_and_is_right():
    circle = queues_in_line("a", "b", way="on_overflow", overflow_seconds=60.0)

    assert said(a_policy(queues=circle)) == []


def test_two_ways_to_one_queue_are_no_circle():
    last = Queue(name="last")
    first = Queue(name="a", on_nobody=Exit(queue="b"), max_waiting=1, on_full=Exit(queue="last"))
    second = Queue(name="b", on_nobody=Exit(queue="last"))

    assert said(a_policy(queues=(first, second, last))) == []


def test_a_thousand_queues_in_one_chain_are_checked_at_once():
    names = [f"q{number}" for number in range(1000)]

    assert len(said(a_policy(queues=queues_in_line(*names)))) == 1


@given(POLICIES)
@settings(max_examples=20, deadline=None)
def test_the_check_has_an_answer_for_whatever_is_proposed(policy):
    assert len(policy_errors(policy)) <= MOST_ERRORS


@given(POLICIES, AGENTS)
@settings(max_examples=20, deadline=None)
def test_the_check_of_the_roster_has_an_answer_too(policy, agent):
    assert all(error.message for _, error in agent_errors(agent, policy))


def test_what_an_agent_speaks_and_serves_is_compared_with_the_policy():
    policy = a_policy(languages=("de",), brands=("acme",))
    skills = from_kinds(
        Kinds(skills=(Requirement("billing", 2),), languages=(Requirement("de", 3),))
    ).skills
    right = a_roster_agent("ana", skills=skills, brands=("acme",), team="front")
    wrong = replace(
        right,
        skills=(Requirement("language:fr", 3),),
        brands=("globex",),
        preferences=(QueuePreference(queue="billing", delay_seconds=9_999.0),),
    )

    assert list(agent_errors(right, policy)) == []
    assert [(str(because), error.path) for because, error in agent_errors(wrong, policy)] == [
        ("unknown_skill", "languages[0].skill"),
        ("invalid_field", "brands[0]"),
        ("invalid_field", "preferences[0].delay_seconds"),
    ]
