"""A policy that is wrong is told with its line and what would be right."""

from pathlib import Path

import pytest

from router.adapters.commands.policy import main

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
