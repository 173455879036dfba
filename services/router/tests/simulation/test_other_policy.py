"""The same day under other rules: what changes, in which direction, and what must stay."""

from dataclasses import replace

import pytest

from router.domain.engine import Engine
from router.domain.patience import Timers
from router.domain.policy import Policy
from router.domain.workspace import Workspace
from router.simulation.behaviour import Examples, Habits
from router.simulation.comparing import Change, Past, compare, look_back, replicate
from router.simulation.stages import Kind, Moment
from router.simulation.world import PolicyUnusable, World

from ..workspaces import START, a_policy, needs
from .a_day import MINUTE, MadeUpDay, a_made_up_day, without_requirements

SPAN = 30 * MINUTE


@pytest.fixture(scope="module")
def busy() -> Past:
    """Too few know billing, and the others look on."""
    made = a_made_up_day(seed=8, count=12, between_arrivals=11_000, length=SPAN)
    return look_back(Workspace("main"), made.records, START, START + SPAN)


def with_level(policy: Policy, queue: str, *skills: str) -> Policy:
    asked = needs(*skills)
    changed = tuple(replace(q, requirements=asked) if q.name == queue else q for q in policy.queues)
    return replace(policy, queues=changed)


def heard_of(past: Past, policy: Policy, seed: int = 1) -> list[Moment]:
    heard: list[Moment] = []
    examples = Examples(past.habits, seed)
    World(past.day, policy, examples, heard.append, is_same=False).run()
    return heard


def test_more_agents_for_a_queue_make_its_waits_shorter(busy):
    results = [replicate(busy, without_requirements(a_policy()), seed) for seed in range(5)]
    told = compare(busy, results)
    (billing,) = [queue for queue in told.queues if queue.name == "billing"]

    assert billing.would_be["mean_wait_seconds"].high < billing.was["mean_wait_seconds"]
    assert billing.would_be["abandoned"].high < billing.was["abandoned"]
    assert billing.would_be["service_level"].low > billing.was["service_level"]
    assert billing.changes[Change.ANSWERED].low > 0
    assert billing.changed.high <= billing.contacts


def test_fewer_agents_for_a_queue_make_its_waits_longer(busy):
    """Nobody knows billing and sales both: nobody at all is left for sales."""
    result = replicate(busy, with_level(a_policy(), "sales", "billing", "sales"), 1)
    was = busy.tally.queues["sales"].numbers()

    assert result.numbers["sales"]["answered"] == 0
    assert result.numbers["sales"]["abandoned"] > was["abandoned"]


def test_customers_who_left_that_day_leave_no_later_when_nobody_comes(busy):
    """Their own patience was seen; of those who were answered it is drawn beyond their wait."""
    heard = heard_of(busy, with_level(a_policy(), "sales", "billing", "sales"))
    came: dict[str, int] = {}
    left: dict[str, int] = {}
    for moment in heard:
        for decided in moment.step.decisions:
            kind, contact_id = type(decided.decision).__name__, ""
            if kind in ("VisitOpened", "VisitEnded") and decided.decision.queue == "sales":
                contact_id = decided.decision.contact_id
                (came if kind == "VisitOpened" else left)[contact_id] = moment.at
    seen = {
        stage.contact: wait
        for stage, wait in busy.day.seen.items()
        if stage.kind is Kind.WAIT and wait.place.queue == "sales" and wait.ended is not None
    }

    asked = 0
    for contact_id, at in left.items():
        wait = seen.get(contact_id)
        if wait is None or came[contact_id] != wait.began:
            continue
        asked += 1
        if getattr(wait.by, "cause", "") == "abandoned":
            assert at == wait.ended
        else:
            assert at > wait.ended
    assert asked > 20


def test_the_same_seed_gives_the_same_day(busy):
    policy = without_requirements(a_policy())

    assert replicate(busy, policy, 3) == replicate(busy, policy, 3)
    assert replicate(busy, policy, 3) != replicate(busy, policy, 4)


def test_a_longer_ring_lets_late_answers_count():
    """Who answered too late that day answers in time when the offer rings longer."""
    hasty = a_policy(timers=Timers(offer_ring_seconds=4))
    made = a_made_up_day(seed=2, length=SPAN, policy=hasty)
    past = look_back(Workspace("main"), made.records, START, START + SPAN)
    patient = replace(hasty, timers=replace(hasty.timers, offer_ring_seconds=15))
    missed = [_misses(heard_of(past, rules, seed=1)) for rules in (hasty, patient)]

    assert missed[1] < missed[0] / 2


def _misses(heard: list[Moment]) -> int:
    decisions = [d.decision for moment in heard for d in moment.step.decisions]
    return sum(getattr(d, "outcome", "") == "timed_out" for d in decisions)


def test_who_would_sign_out_in_a_conversation_ends_it_first(busy):
    """That day nobody hung up on a customer to go home, so nobody does here."""
    heard = heard_of(busy, without_requirements(a_policy()))
    gone_with_work = [
        decided.decision
        for moment in heard
        if type(moment.fact).__name__ == "AgentSignedOut"
        for decided in moment.step.decisions
        if type(decided.decision).__name__ == "VisitOpened"
    ]

    assert gone_with_work == []
    assert sum(type(m.fact).__name__ == "AgentSignedOut" for m in heard) >= 5


def test_every_visit_ends_once_or_goes_on(busy):
    """The conservation law holds in a simulation as it does in life."""
    for numbers in replicate(busy, without_requirements(a_policy()), 5).numbers.values():
        assert numbers["still_waiting"] >= 0
        assert numbers["entered"] >= numbers["answered"] + numbers["abandoned"]


def test_a_policy_that_drops_a_queue_says_what_it_lacks(busy):
    """It is the policy of an empty workspace here; requests for the queue are refused."""
    policy = a_policy()
    policy = replace(policy, queues=tuple(q for q in policy.queues if q.name != "sales"))
    result = replicate(busy, policy, 1)

    assert any("unknown_queue queue 'sales'" in told for told in result.refusals)
    assert "sales" not in result.numbers


def test_a_policy_that_the_engine_refuses_is_refused_with_its_reasons():
    made = a_made_up_day(seed=8, count=4, between_arrivals=8_000, length=SPAN)
    middle = next(i for i, r in enumerate(made.records) if r.stamp >= START + SPAN // 2)
    before = until(made, middle)
    past = look_back(before, made.records[middle:], START + SPAN // 2, START + SPAN)
    policy = a_policy()
    policy = replace(policy, queues=tuple(q for q in policy.queues if q.name != "billing"))

    with pytest.raises(PolicyUnusable, match="queue 'billing' cannot go") as refused:
        replicate(past, policy, 1)
    assert refused.value.errors[0].path == "queues"


def until(made: MadeUpDay, count: int) -> Workspace:
    engine = Engine(Workspace("main"))
    for record in made.records[:count]:
        engine.apply(record)
    return engine.workspace


def test_a_day_may_begin_in_the_midst_of_everything(busy):
    """Calls that are going on, offers that ring and customers who wait are taken along."""
    made = a_made_up_day(seed=8, count=12, between_arrivals=11_000, length=SPAN)
    at = START + SPAN // 2
    middle = next(i for i, r in enumerate(made.records) if r.stamp >= at)
    past = look_back(until(made, middle), made.records[middle:], at, START + SPAN)
    better = [replicate(past, without_requirements(a_policy()), seed) for seed in range(3)]
    same = replicate(past, a_policy(dispositions=("solved", "later", "other")), 1)

    was = past.tally.queues["billing"].numbers()
    assert same.changes == {}
    for result in better:
        assert result.numbers["billing"]["answered"] > was["answered"]


def test_patience_is_estimated_of_a_queue_or_of_all_when_few_gave_up(busy):
    habits = Habits(busy.day)

    assert habits.group_of("billing", "voice") == ("billing", "voice")
    assert habits.group_of("anyone", "voice") == ("voice",)
    curve = habits.patience(("voice",))
    assert curve.given_up == sum(wait.is_given_up for wait in habits.waits["voice",])
    assert habits.resampled(("voice",), 1) != habits.resampled(("voice",), 2)


def test_a_queue_of_a_new_name_is_counted_too():
    made = a_made_up_day(seed=2, length=10 * MINUTE)
    past = look_back(Workspace("main"), made.records, START, START + 10 * MINUTE)
    policy = a_policy()
    policy = replace(policy, queues=(*policy.queues, replace(policy.queues[2], name="extra")))

    assert replicate(past, policy, 1).changes == {}
