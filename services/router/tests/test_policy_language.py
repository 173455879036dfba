"""The whole policy language: what is written is what the engine gets, and comes back as text."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from router.adapters.commands.hours_file import offsets_of
from router.adapters.commands.policy import main
from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.policy_text import policy_text
from router.adapters.commands.roster_file import read_roster
from router.adapters.commands.source import Source
from router.domain.abilities import Kinds, from_kinds
from router.domain.hours import Opening, SpecialDay
from router.domain.patience import Callbacks, Returning
from router.domain.policy import DEFAULT_INTERRUPTS, ChannelPriority, Policy, QueuePreference
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


QUEUE = "skills: [a, vip]\nlanguages: [de]\nqueues:\n  - name: q\n    {}\n  - name: other\n"
RULE = (
    "skills: [a]\nattributes: [{{name: tier, values: [gold]}}, {{name: amount}}]\n"
    "queues:\n  - name: q\n    rules:\n      - {}\n"
)
HOURS = "opening_hours:\n  office:\n    zone: {}\n    weekly:\n      {}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            QUEUE.format("speaks: {en: 2}"),
            "5: queue 'q' requires unknown language 'en'; known",
        ),
        (QUEUE.format("brand: acme"), "5: queue 'q' requires unknown brand 'acme'; no brand is"),
        (QUEUE.format("any_of: [{a: 1}, {b: 1}]"), "5: queue 'q' requires unknown skill 'b'"),
        (QUEUE.format("any_of: [{}]"), "5: queue 'q' requires one of nothing"),
        (QUEUE.format("teams: [a b]"), "5: team 'a b' is no name"),
        (
            QUEUE.format("rings: [{after_seconds: 9}, {after_seconds: 9}]"),
            "5: after_seconds 9 of ring 2 is not after 9",
        ),
        (QUEUE.format("rings: [{requires: {}}]"), "5: a ring says after how many seconds"),
        (
            QUEUE.format(f"rings: [{', '.join(f'{{after_seconds: {i}}}' for i in range(1, 7))}]"),
            "5: queue 'q' has 6 rings; after its own there may be 5",
        ),
        (
            QUEUE.format("rings: [{after_seconds: 9, without: [vpi]}]"),
            "5: ring 1 of queue 'q' does without 'vpi'",
        ),
        (
            QUEUE.format("rings: [{after_seconds: 9, requires: {vpi: 1}}]"),
            "5: ring 1 of queue 'q' requires unknown skill 'vpi'; did you mean 'vip'?",
        ),
        (QUEUE.format("ageing: {every_seconds: 0, most: 3}"), "5: every_seconds 0 is not from 1"),
        (QUEUE.format("ageing: {step: 2, every_seconds: 9}"), "5: ageing names no most"),
        (
            QUEUE.format("ageing: {every_seconds: 9, step: 0, most: 3}"),
            "5: step 0 is not from 1 to 100",
        ),
        (QUEUE.format("order: best"), "5: order is unknown word 'best'; known: 'best_skill'"),
        (QUEUE.format("offer_to: 6"), "5: offer_to 6: a contact is offered to 1 to 5"),
        (QUEUE.format("hours: office"), "5: queue 'q' keeps unknown opening hours 'office'"),
        (QUEUE.format("on_closed: eject"), "5: on_closed of queue 'q' never counts: it has no sch"),
        (
            QUEUE.format("max_waiting: 5\n    on_full: {queue: othr}"),
            "6: on_full of queue 'q' leads to unknown queue 'othr'; did you mean 'other'?",
        ),
        (QUEUE.format("on_nobody: {queue: q}"), "5: on_nobody of queue 'q' leads back to itself"),
        (QUEUE.format("on_nobody: away"), "5: an exit is {queue: NAME}, {flow: NAME} or eject"),
        (QUEUE.format("on_nobody: {}"), "5: an exit names a queue or a flow"),
        (QUEUE.format("overflow: {after_seconds: 9}"), "5: overflow names no to"),
        (
            QUEUE.format("on_nobody: {queue: other}").replace(
                "name: other", "name: other\n    on_nobody: {queue: q}"
            ),
            "7: these exits lead in a circle: q → other → q",
        ),
        (RULE.format("{when: {teir: gold}, priority: 1}"), "6: rule 1 of queue 'q' asks for unkn"),
        (
            RULE.format("{when: {tier: [golden]}, priority: 1}"),
            "6: attribute 'tier' has unknown value 'golden'; did you mean 'gold'?",
        ),
        (
            RULE.format("{when: {tier: {at_least: 3}}, priority: 1}"),
            "6: attribute 'tier' is one of gold, so it has no bounds",
        ),
        (
            RULE.format("{when: {amount: [3]}, priority: 1}"),
            "6: attribute 'amount' is a number: say at_least or at_most",
        ),
        (
            RULE.format("{when: {amount: {at_least: 3, at_most: 2}}, priority: 1}"),
            "6: at_least 3 is above at_most 2",
        ),
        (RULE.format("{priority: 1}"), "6: rule 1 of queue 'q' has 0 conditions"),
        (RULE.format("{when: {tier: gold}}"), "6: rule 1 of queue 'q' brings nothing"),
        (RULE.format("{when: {tier: gold}, priority: 1001}"), "6: priority 1001 is not from -1000"),
        (HOURS.format("Europe/Berln", "mon: closed"), "3: zone 'Europe/Berln' is not known; did"),
        (HOURS.format("UTC", "mon: closed"), "4: schedule 'office' is never open"),
        (HOURS.format("UTC", "mo: ['08:00-12:00']"), "5: 'mo' is no weekday"),
        (HOURS.format("UTC", "mon: [8-12]"), "5: the hours of mon: '8-12' is no span such as"),
        (HOURS.format("UTC", "mon: ['12:00-08:00']"), "5: 12:00-08:00 is no span of a day"),
        (
            HOURS.format("UTC", "mon: ['08:00-12:00', '11:00-13:00']"),
            "5: 11:00-13:00 overlaps 08:00-12:00",
        ),
        (HOURS.format("UTC", "mon: 08:00-09:00\n    days: {24.12.: closed}"), "6: '24.12.' is no"),
        ("interrupts:\n  voice: [video]\n", "2: voice and video exclude each other"),
        ("interrupts: {chat: [chat]}\n", "1: 'chat' cannot break into itself"),
        ("interrupts: {chat: [male]}\n", "1: what is broken into is unknown channel 'male'; did"),
        ("team_capacities: {back: [{channels: [voice], slots: 3}]}\n", "1: 3 slots; with these"),
        ("callbacks: {attempts: 11}\n", "1: attempts 11 is not from 1 to 10"),
        ("callbacks: {gap_seconds: 10}\n", "1: gap_seconds 10 is not from 60"),
        ("wait_coverage: 0.3\n", "1: wait_coverage 0.3 is not from 0.5 to 0.95"),
        ("wait_coverage: 0.99\n", "1: wait_coverage 0.99 is not from 0.5 to 0.95"),
        ("channel_priorities: {voice: 2000}\n", "1: priority 2000 is not from -1000 to 1000"),
    ],
)
def test_an_error_names_line_and_what_would_be_right(tmp_path, capsys, text, said):
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    assert main(["check", str(path)]) == 1
    assert capsys.readouterr().out.startswith(f"policy.yaml:{said}")


FLOWS_NAMED = """queues:
  - name: billing
    max_waiting: 5
    on_full:
      flow: later
    overflow: {after_seconds: 60, to: {flow: main}}
entry_points:
  - {name: web, channel: chat, flow: mian}
"""


def test_flows_that_are_named_must_lie_in_the_folder_when_one_is_given(tmp_path, capsys):
    path, flows = tmp_path / "policy.yaml", tmp_path / "flows"
    path.write_text(FLOWS_NAMED)
    flows.mkdir()
    (flows / "main.yaml").write_text("flow: main")
    without = main(["check", str(path)])
    capsys.readouterr()
    checked = main(["check", "--flows", str(flows), str(path)])
    told = capsys.readouterr().out.splitlines()

    assert (without, checked) == (0, 1)
    assert told == [
        "policy.yaml:5: on_full of queue 'billing' leads to unknown flow 'later'; known: 'main'",
        "policy.yaml:8: entry point 'web' starts unknown flow 'mian'; did you mean 'main'?",
    ]
    with pytest.raises(SystemExit):
        main(["check", "--flows", str(tmp_path / "nowhere"), str(path)])


def test_the_policy_of_the_local_stack_names_flows_that_are_there():
    local = Path(__file__).parents[3] / "deploy" / "local"

    assert main(["check", "--flows", str(local / "flows"), str(local / "policy.yaml")]) == 0


ROSTER = """agents:
  - id: ana
    team: front
    skills: {billing: 3}
    languages: {de: 4}
    brands: [acme]
    preferences:
      - {queue: sales, channel: voice, priority: 2, delay_seconds: 30}
      - {queue: billing}
"""


def test_every_part_of_an_agent_is_read(tmp_path):
    source = a_file(tmp_path, ROSTER, "roster.yaml")
    (ana,) = read_roster(source, as_read(tmp_path, WHOLE))

    assert source.report() == []
    assert ana.skills == (Requirement("billing", 3), Requirement("language:de", 4))
    assert ana.brands == ("acme",)
    assert ana.preferences == (
        QueuePreference(queue="sales", channel=Channel.VOICE, priority=2, delay_seconds=30),
        QueuePreference(queue="billing"),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("{de: 4}", "{dee: 4}", "5: agent 'ana' has unknown language 'dee'; did you mean 'de'?"),
        ("{de: 4}", "{de: 7}", "5: level 7 of language 'de' is not from 1 to 5"),
        ("[acme]", "[acne]", "6: agent 'ana' serves unknown brand 'acne'; did you mean 'acme'?"),
        ("queue: sales", "queue: slaes", "8: agent 'ana' prefers unknown queue 'slaes'; did you"),
        ("queue: sales, channel: voice", "queue: billing", "9: queue 'billing' is there already"),
        ("priority: 2", "priority: 10", "8: priority 10 is not from 1 to 9"),
        ("delay_seconds: 30", "delay_seconds: -1", "8: delay_seconds -1 is not from 0 to 3600"),
        ("team: front", "team: front desk\n    queues: [sales]", "3: team 'front desk' is no name"),
        ("team: front", "queues: [sales]", "9: agent 'ana' does not serve queue 'billing'"),
    ],
)
def test_an_error_in_the_roster_names_line_and_what_would_be_right(tmp_path, right, wrong, said):
    source = a_file(tmp_path, ROSTER.replace(right, wrong), "roster.yaml")
    read_roster(source, as_read(tmp_path, WHOLE))

    assert source.report()[0].startswith(f"roster.yaml:{said}")
