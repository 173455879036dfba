"""The whole list of candidates agrees with what each step says in short."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from router.domain.candidates import CHOSEN, ELIGIBLE, Choice, Lists
from router.domain.engine import Engine
from router.domain.offer_decisions import OfferMade
from router.domain.queues import Ageing, AgentOrder
from router.domain.steering_facts import PolicyProposed
from router.domain.unoffered import unoffered
from router.domain.words import ContactState
from router.domain.workspace import Workspace

from .proof.crowd import Crowd
from .scenario import Scenario
from .workspaces import Log

AGENTS = "agent_for_contact"
FIT = (CHOSEN, ELIGIBLE, "queue_paused", "asks_themselves")
"""Those who would do; of the last two a step says nothing in short."""


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


RULES = {
    "plain": lambda queue: queue,
    "ageing": lambda queue: replace(queue, ageing=Ageing(every_seconds=5, step=1, most=3)),
    **{str(order): lambda queue, order=order: replace(queue, order=order) for order in AgentOrder},
}


@pytest.mark.parametrize(("seed", "rule"), [(1, rule) for rule in RULES] + [(2, "plain")])
def test_the_list_agrees_with_what_the_step_says(seed, rule):
    """A crowd, and every offer it leads to: counts by reason, the first, and what is compared.

    When several agents are offered the same contact, the reasons are those of the first offer.
    """
    engine = Engine(Workspace("main"))
    log, crowd = Log(engine), Crowd(random.Random(seed), engine)
    for fact in crowd.beginning():
        log.say(under(rule, fact))
    while len(log.records) < 1_200:
        log.say(under(rule, crowd.next()), crowd.gap())
    offers = [
        decided.decision
        for step in log.steps
        for decided in step.decisions
        if isinstance(decided.decision, OfferMade)
    ]
    rows = listed(log.records, offers)

    assert len(offers) > 100
    explained = set()
    for offer in offers:
        if id(offer.explanation) not in explained:
            agrees(offer, rows[offer.offer_id])
        explained.add(id(offer.explanation))
    assert len({offer.explanation.question for offer in offers}) == 2


def test_of_a_contact_that_waits_it_is_said_what_stands_between_it_and_each_agent():
    """A crowd: whoever is not offered it could not have it."""
    engine = Engine(Workspace("main"))
    log, crowd = Log(engine), Crowd(random.Random(3), engine)
    for fact in crowd.beginning():
        log.say(fact)
    reasons = Counter()
    while len(log.records) < 900:
        log.say(crowd.next(), crowd.gap())
        ws = engine.workspace
        for contact in list(ws.contacts.values()) if len(log.records) % 10 == 0 else ():
            rows = unoffered(ws, contact.contact_id)
            is_waiting = contact.state is ContactState.QUEUED
            assert {row.id for row in rows} == (ws.agents.keys() if is_waiting else set())
            reasons.update(row.verdict for row in rows)

    assert not {CHOSEN, ELIGIBLE} & reasons.keys()
    assert reasons.keys() >= {"missing_skill", "offline", "full", "waits_for_another"}


def under(rule, fact):
    if not isinstance(fact, PolicyProposed):
        return fact
    queues = tuple(RULES[rule](queue) for queue in fact.policy.queues)
    return replace(fact, policy=replace(fact.policy, queues=queues))


def agrees(offer, rows):
    why = offer.explanation
    chosen = offer.agent_id if why.question == AGENTS else offer.contact_id
    assert (rows[0].id, rows[0].verdict) == (chosen, CHOSEN)
    assert len(rows) == why.candidate_count
    verdicts = Counter(row.verdict for row in rows)
    dropped = dict(why.dropped)
    for verdict in FIT:
        verdicts.pop(verdict, None)
    if why.question == AGENTS:
        assert verdicts == dropped
    else:
        assert verdicts.total() == sum(dropped.values())
    eligible = {row.id: row.compared for row in rows if row.verdict in (CHOSEN, ELIGIBLE)}
    for candidate in why.best:
        assert eligible[candidate.id] == candidate.compared
    if why.question != AGENTS:
        assert list(eligible)[: len(why.best)] == [candidate.id for candidate in why.best]
