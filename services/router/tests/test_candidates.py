"""The whole list of candidates agrees with what each step says in short."""

from collections import Counter

import pytest

from router.domain.candidates import CHOSEN, ELIGIBLE, Choice, Lists
from router.domain.engine import Engine
from router.domain.offer_decisions import OfferMade
from router.domain.workspace import Workspace

from .driver import Crowd
from .scenario import Scenario
from .workspaces import Log

AGENTS = "agent_for_contact"


def lists_of(scenario, contact):
    """Replay the scenario up to the last offer of the contact; return offer and list."""
    offer = next(
        decided.decision
        for step in reversed(scenario.log.steps)
        for decided in step.decisions
        if isinstance(decided.decision, OfferMade) and decided.decision.contact_id == contact
    )
    return offer, listed(scenario.log.records, [offer])[offer.offer_id]


def listed(records, offers):
    engine = Engine(Workspace("main"))
    lists = Lists(choice_of(offer) for offer in offers)
    lists.watch(engine.workspace)
    for record in records:
        engine.apply(record)
    return lists.rows


def choice_of(offer):
    return Choice(
        offer_id=offer.offer_id,
        question=offer.explanation.question,
        contact_id=offer.contact_id,
        agent_id=offer.agent_id,
    )


def test_every_agent_is_listed_with_the_reason_why_not():
    scenario = Scenario()
    for command in [
        *("agent ana skills=billing", "agent bob skills=billing", "agent cem skills=sales"),
        *("agent dan skills=billing", "dan presence break lunch", "tick 5s"),
        "contact c1 queue=billing",
    ]:
        scenario.obey(command)
    offer, rows = lists_of(scenario, "c1")

    assert {row.id: row.verdict for row in rows} == {
        offer.agent_id: CHOSEN,
        ({"ana", "bob"} - {offer.agent_id}).pop(): ELIGIBLE,
        "cem": "missing_skill",
        "dan": "break",
    }
    assert rows[0].id == offer.agent_id
    assert dict(rows[0].compared)["idle_seconds"]


def test_every_contact_that_waits_is_listed_for_an_agent_who_became_free():
    scenario = Scenario()
    for command in [
        *("agent ana skills=billing", "ana presence break lunch", "tick 1s"),
        *("contact c1 queue=billing", "contact c2 queue=sales"),
        *("contact c3 queue=billing priority=5", "ana presence available"),
    ]:
        scenario.obey(command)
    _, rows = lists_of(scenario, "c3")

    assert [(row.id, row.verdict) for row in rows][:2] == [("c3", CHOSEN), ("c1", ELIGIBLE)]
    assert {row.id: row.verdict for row in rows}["c2"] not in (CHOSEN, ELIGIBLE)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_list_agrees_with_what_the_step_says(seed):
    """A crowd, and every offer it leads to: counts by reason, and the best in their order."""
    engine = Engine(Workspace("main"))
    log, crowd = Log(engine), Crowd(seed, engine)
    for fact in crowd.beginning():
        log.say(fact)
    while len(log.records) < 2_500:
        log.say(crowd.next(), crowd.gap())
    offers = [
        decided.decision
        for step in log.steps
        for decided in step.decisions
        if isinstance(decided.decision, OfferMade)
    ]
    rows = listed(log.records, offers)

    assert len(offers) > 200
    for offer in offers:
        agrees(offer, rows[offer.offer_id])
    kinds = Counter(offer.explanation.question for offer in offers)
    assert len(kinds) == 2, kinds


def agrees(offer, rows):
    why = offer.explanation
    chosen = offer.agent_id if why.question == AGENTS else offer.contact_id
    assert [row.id for row in rows if row.verdict == CHOSEN] == [chosen]
    assert len(rows) == why.candidate_count
    verdicts = Counter(row.verdict for row in rows)
    dropped = dict(why.dropped)
    if why.question == AGENTS:
        assert {k: n for k, n in verdicts.items() if k not in (CHOSEN, ELIGIBLE)} == dropped
    else:
        fits = verdicts[CHOSEN] + verdicts[ELIGIBLE]
        assert sum(dropped.values()) == len(rows) - fits
    listed_ids = {row.id for row in rows if row.verdict in (CHOSEN, ELIGIBLE)}
    assert {candidate.id for candidate in why.best} <= listed_ids
    assert dict(rows[0].compared) == dict(why.best[0].compared)
