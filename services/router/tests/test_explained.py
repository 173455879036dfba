"""What an offer says about why: who was compared by what, who was dropped, and the winner."""

import pytest

from router.domain.offer_decisions import OfferMade

from .scenario import Scenario
from .test_scenarios import FOLDER, rules_of

RULES = rules_of(FOLDER / "routing" / "ties.txt")
AGENTS = {
    "best skill": (
        ["agent ana skills=billing:2,sales:2", "agent bob skills=billing:1,sales:1"],
        "best",
        ("ana levels=4 idle_seconds=0.000", "bob levels=2 idle_seconds=0.000"),
        "ana has the best skills of 2 free agents",
    ),
    "least loaded": (
        ["agent ana", "contact c0 queue=anyone channel=chat", "agent bob"],
        "loaded",
        ("bob load=0.000 idle_seconds=0.000", "ana load=0.111 idle_seconds=0.000"),
        "bob has the least in hand of 2 free agents",
    ),
    "round robin": (
        ["agent ana", "contact c0 queue=anyone channel=chat", "agent bob"],
        "turns",
        ("bob last_offer=0", "ana last_offer=1"),
        "bob comes next in turn of 2 free agents",
    ),
    "longest idle": (
        ["agent ana", "tick 5s", "agent bob prefers=tier1:1:30s", "agent cem queues=tier2"],
        "tier1",
        ("ana idle_seconds=5.000",),
        "ana is the only free agent",
    ),
    "a ring": (
        ["agent ana skills=billing:2", "agent bob skills=billing:1", "tick 2s"],
        "ringed",
        ("ana ring=1 idle_seconds=12.000", "bob ring=1 idle_seconds=12.000"),
        "ana of ring 1 has been idle longest of 2 free agents",
    ),
}


@pytest.mark.parametrize("what", AGENTS)
def test_agents_are_compared_by_the_rule_of_the_queue(what):
    before, queue, best, sentence = AGENTS[what]
    made = offers(*before, f"contact c1 queue={queue} channel=chat", "tick 10s")[-1]

    assert (made.contact_id, made.explanation.question) == ("c1", "agent_for_contact")
    assert compared(made) == best
    assert made.explanation.sentence == sentence


def test_who_is_not_asked_is_counted_by_the_reason():
    others = ["agent bob prefers=tier1:1:30s", "agent cem queues=tier2", "agent dia voice=none"]
    made = offers("agent ana", *others, "agent eva presence=none", "contact c1 queue=tier1")[-1]

    assert made.explanation.candidate_count == 5
    assert made.explanation.dropped == (
        *(("delay", 1), ("no_capacity", 1), ("not_in_queue", 1), ("offline", 1)),
    )


def test_contacts_are_compared_by_preference_priority_with_what_waiting_added_and_place():
    waiting = ["contact c1 queue=ageing", "tick 31s", "contact c2 queue=tier1 priority=2"]
    more = ["contact c3 queue=tier2", "contact m1 queue=tier2 channel=email"]
    ana = "agent ana prefers=tier2:1,tier1:2,ageing:2"
    call, mail = offers(*waiting, *more, ana)

    assert compared(call) == (
        "c3 priority=0 queued_since=1700000031000",
        "m1 priority=0 queued_since=1700000031000",
        "c2 preference=2 priority=2 queued_since=1700000031000",
        "c1 preference=2 priority=1 queued_since=1700000000000",
    )
    assert call.explanation.sentence == "c3 comes first of 4 contacts that wait for ana"
    assert (call.explanation.candidate_count, call.explanation.dropped) == (4, ())
    assert compared(mail) == ("m1 priority=0 queued_since=1700000031000",)
    assert (mail.explanation.candidate_count, mail.explanation.dropped) == (3, (("full", 2),))


@pytest.mark.parametrize(
    ("commands", "why"),
    [
        (["contact c1 queue=known prefers=ana"], "they are preferred"),
        (
            ["contact c0 queue=anyone", "contact c1 queue=known prefers=ana", "c0 leaves"],
            "they are preferred",
        ),
        (["contact c1 queue=anyone channel=chat", "reassign c1 ana"], "a supervisor said so"),
    ],
    ids=["she is free", "she becomes free", "reassigned"],
)
def test_who_waits_for_one_agent_alone_is_compared_with_nobody(commands, why):
    made = offers("agent ana", *commands)[-1]

    assert (made.ring, made.explanation.candidate_count) == (0, 1)
    assert [one.partition("=")[0] for one in compared(made)] == ["ana alone_until"]
    assert made.explanation.sentence == f"c1 waits for ana alone: {why}"


def test_who_was_transferred_to_an_agent_waits_for_them_alone():
    chat = ["contact c1 queue=anyone channel=chat", "ana accepts c1"]
    made = offers("agent ana", "agent bob", *chat, "ana transfers c1 to=bob")[-1]

    assert made.explanation.sentence.endswith(" waits for bob alone: it was transferred to them")


def offers(*commands):
    scenario = Scenario(RULES)
    scenario.run(list(commands))
    decided = [one.decision for step in scenario.log.steps for one in step.decisions]
    return [one for one in decided if isinstance(one, OfferMade)]


def compared(made):
    """Return the best, each with what was compared."""
    return tuple(
        " ".join([one.id, *(f"{name}={value}" for name, value in one.compared)])
        for one in made.explanation.best
    )
