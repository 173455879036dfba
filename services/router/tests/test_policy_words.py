"""What differs between two policies, and which adjustments it touches, in words."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from router.adapters.codec.steering import Adjustment
from router.adapters.commands.policy import main
from router.adapters.commands.policy_log import Live
from router.adapters.commands.policy_words import changes
from router.adapters.commands.touched import touched
from router.domain.abilities import Kinds, from_kinds
from router.domain.policy import Policy
from router.domain.queues import Ageing, Condition, Exit, Queue, Ring, Rule
from router.domain.values import Requirement

from .random_rules import POLICIES
from .workspaces import a_policy, a_roster_agent, needs


def with_billing(**changed) -> Policy:
    policy = a_policy()
    return replace(policy, queues=(replace(policy.queues[0], **changed), *policy.queues[1:]))


def test_each_changed_rule_is_one_line():
    kinds = Kinds(
        skills=(Requirement("billing", 2),),
        any_of=((Requirement("english", 3), Requirement("german", 3)),),
        languages=(Requirement("de", 3),),
        teams=("back", "front"),
        brand="acme",
    )
    after = with_billing(
        requirements=from_kinds(kinds),
        rings=(Ring(after_seconds=20, needs=needs("billing"), without=("vip",)),),
        ageing=Ageing(every_seconds=30, step=1, most=3),
        overflow_seconds=60.0,
        on_overflow=Exit(queue="sales"),
        on_nobody=Exit(),
        rules=(Rule(when=(Condition(attribute="amount", at_least=5.0),), priority=2),),
    )

    assert changes(a_policy(), after) == [
        "queue billing: requires billing 2, english 3 or german 3, language de 3,"
        " in team back or front, for brand acme (was: billing 1)",
        "queue billing: ring 1 after 20 s: billing 1, without vip (was: not said)",
        "queue billing: priority +1 every 30 s, at most +3 (was: not said)",
        "queue billing: rule 1 when amount is at least 5: priority +2 (was: not said)",
        "queue billing: overflow after 60 s to queue sales (was: not said)",
        "queue billing: with nobody signed in away (was: not said)",
    ]
    assert changes(after, a_policy())[-2:] == [
        "queue billing: no more overflow (was: after 60 s to queue sales)",
        "queue billing: no more with nobody signed in (was: away)",
    ]


def test_what_is_new_and_what_is_gone_is_said():
    before = a_policy()
    after = replace(
        before,
        skills=(*before.skills, "fraud"),
        queues=(*before.queues[:2], Queue(name="fraud", requirements=needs("fraud:3"))),
        timers=replace(before.timers, offer_ring_seconds=20.0),
        is_miss_not_responding=False,
        wait_coverage=0.8,
    )

    assert changes(before, after) == [
        "skill fraud is new",
        "queue fraud is new: requires fraud 3; target 80 % in 20 s, abandons before 5 s left out;"
        " first agent longest idle; offered to one agent at a time",
        "timers: offer_ring_seconds 20 s (was: 15 s)",
        "missed offers: make the agent nothing (was: not responding)",
        "expected wait: is told with coverage 0.8 (was: to nobody)",
        "queue anyone is gone",
    ]


@given(POLICIES)
@settings(max_examples=15, deadline=None)
def test_a_policy_differs_from_itself_in_nothing(policy):
    assert changes(policy, policy) == []


def an_adjustment(**given) -> Live:
    agent = a_roster_agent("ana", "vip:4", queues=("sales",))
    facts = {
        "event_id": "e1",
        "workspace": "main",
        "subject": "agent ana",
        "fields": ("skills", "queues"),
        "expires_seconds": 0.0,
        "by": "mia",
        "agent": agent,
    }
    return Live(Adjustment(**(facts | given)), 0)


def test_an_adjustment_is_told_what_of_it_is_gone_changed_or_nothing():
    after = with_billing(requirements=needs("vip:2"))
    fewer = replace(a_policy(), skills=tuple(s for s in a_policy().skills if s != "vip"))
    paused = an_adjustment(subject="queue anyone", fields=("pause",), agent=None)
    who = "agent ana (skills, queues by mia, until taken back)"

    assert touched(a_policy(), fewer, [an_adjustment()]) == [f"{who} names what is gone: skill vip"]
    assert touched(a_policy(), after, [an_adjustment(), paused]) == [
        f"{who} meets what changes: queue billing",
        "queue anyone (pause by mia, until taken back) is not touched",
    ]


def test_scenarios_are_run_against_the_policy_beside_them(tmp_path, capsys):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "policy.yaml").write_text(
        "skills: [a]\nqueues: [{name: q, requires: {a: 1}}]\n"
        "entry_points: [{name: p, channel: voice, flow: f}]\n"
    )
    right = "agent ana skills=a\ncontact c1 queue=q\n----\nana is routable\nc1 queued q\n"
    (tmp_path / "scenarios" / "right.txt").write_text(right + "c1 offered ana\n")
    assert main(["test", str(tmp_path / "policy.yaml")]) == 0
    assert capsys.readouterr().out == "right.txt: as it says\n1 scenarios are as they say\n"

    (tmp_path / "scenarios" / "wrong.txt").write_text("\n\n" + right + "c1 offered bob\n")
    (tmp_path / "scenarios" / "odd.txt").write_text("ana dances\n----\n")
    assert main(["test", str(tmp_path / "scenarios")]) == 1
    said = capsys.readouterr().out
    assert "odd.txt:1: 'ana dances' is no command\n" in said
    assert "wrong.txt:3: not as expected (- expected, + happened)\n" in said
    assert "    - c1 offered bob\n    + c1 offered ana\n" in said
    assert "1 scenarios are as they say, 2 are not\n" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "odd.txt: there is nothing in it"),
        ("agent ana\ncontact c1 queue=q\n", "odd.txt: the block at line 1 has no line ---- after"),
        ("bob accepts c1\n----\n", "odd.txt:1: 'bob accepts c1': bob did not sign in"),
        ("move c1 q\n----\n", "odd.txt:1: 'move c1 q': there is no contact c1 yet"),
        (
            "agent ana\ncontact c1 queue=q\nana accepts c1\n----\n",
            "odd.txt:1: 'ana accepts c1': c1 was not offered to ana",
        ),
        (
            "policy ring=9s\n----\n",
            "odd.txt:1: 'policy ring=9s': a policy has unknown timer 'ring'",
        ),
        ("agent ana skils=a\n----\n", "odd.txt:1: 'agent ana skils=a': skils means nothing to"),
        (
            "agent ana skills=b\n----\nana is routable\n",
            "odd.txt:1: not as expected (- expected, + happened)\n    - ana is routable\n"
            "    + refused unknown_skill: skills[0].skill: agent 'ana' has unknown skill 'b'",
        ),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said(tmp_path, capsys, text, said):
    (tmp_path / "policy.yaml").write_text("skills: [a]\nqueues: [{name: q, requires: {a: 1}}]\n")
    (tmp_path / "odd.txt").write_text(text)

    assert main(["test", str(tmp_path / "odd.txt")]) == 1
    assert capsys.readouterr().out.startswith(said)


def test_a_wrong_policy_is_told_once_however_many_scenarios_there_are(tmp_path, capsys):
    (tmp_path / "policy.yaml").write_text("skils: [a]\n")
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text("tick 1s\n----\n")

    assert main(["test", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "policy.yaml:1: the policy has unknown field 'skils'; did you mean 'skills'?",
        "one.txt: not run, as policy.yaml is wrong",
        "two.txt: not run, as policy.yaml is wrong",
        "0 scenarios are as they say, 2 are not",
    ]


def test_without_scenarios_or_without_a_policy_that_is_said(tmp_path, capsys):
    assert main(["test", str(tmp_path)]) == 1
    assert "there is no scenario" in capsys.readouterr().out
    (tmp_path / "alone.txt").write_text("tick 1s\n----\n")
    assert main(["test", str(tmp_path / "alone.txt")]) == 1
    assert "there is no policy beside it" in capsys.readouterr().out


def test_files_are_compared_as_diff_does(tmp_path, capsys):
    one, two, broken = (tmp_path / name for name in ("one.yaml", "two.yaml", "broken.yaml"))
    one.write_text("skills: [a, b]\n")
    two.write_text("skills: [b, a]\n")
    broken.write_text("skils: [a]\n")

    assert main(["diff", str(one), str(one)]) == 0
    assert capsys.readouterr().out == "they say the same\n"
    assert main(["diff", str(one), str(two)]) == 1
    assert capsys.readouterr().out == "only the order in which things are said is different\n"
    assert main(["diff", str(one), str(broken)]) == 2
    capsys.readouterr()
    assert main(["diff", str(one), "aktive"]) == 2
    assert capsys.readouterr().out.startswith("'aktive' is no file, no version")
