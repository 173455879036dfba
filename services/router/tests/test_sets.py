"""Sets of agents as integers say what each agent alone would say, and speed decides nothing."""

import random
from dataclasses import replace

import pytest

from router.adapters.codec import encode_step
from router.domain import choosing, market, pool, timers
from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket, BucketKey
from router.domain.engine import Engine
from router.domain.offered import Offered
from router.domain.policy import ChannelCapacity, Policy, QueuePreference, RosterAgent
from router.domain.pool import Fit, agent_key
from router.domain.queues import Ageing, AgentOrder, Queue
from router.domain.roster import Roster, numbers
from router.domain.steering_facts import PolicyProposed
from router.domain.values import Needs, Requirement
from router.domain.words import Channel
from router.domain.workspace import Workspace

from .proof.drive import let_loose, record_of
from .scenario import Scenario
from .test_scenarios import FOLDER, rules_of

SKILLS = ("a", "b", "c", "language:de")


def skills_of(chance, most):
    names = sorted(chance.sample(SKILLS, chance.randint(0, most)))
    return tuple(Requirement(name, chance.randint(1, 5)) for name in names)


def an_agent(chance, number):
    capacities = (ChannelCapacity(channels=(Channel.CHAT,), slots=chance.randint(0, 2)),)
    delay = chance.choice((0.0, 5.0, 20.0))
    agent = Agent(
        defined=RosterAgent(
            agent_id=f"agent-{number}",
            skills=skills_of(chance, 4),
            queues=chance.choice(((), ("q",), ("other",))),
            capacities=capacities,
            preferences=(QueuePreference(queue="q", delay_seconds=delay),) if delay else (),
        )
    )
    agent.define(agent.defined, Policy(), {})
    return agent


def needs_of(chance):
    groups = tuple(g for g in (skills_of(chance, 2) for _ in range(2)) if g)
    return Needs(skills_of(chance, 2), groups)


def test_a_bucket_fits_those_whom_each_requirement_admits_also_after_the_roster_changed():
    chance, roster, agents = random.Random(3), Roster(), []
    buckets = [
        Bucket(
            BucketKey("q", Channel.CHAT, tuple(needs_of(chance) for _ in range(rings))),
            Queue(name="q"),
            roster,
        )
        for rings in (1, 1, 2, 3) * 3
    ]
    for number in range(300):
        agents.append(an_agent(chance, number))
        roster.join(agents[-1])
        if chance.random() < 0.4:
            roster.leave(agents.pop(chance.randrange(len(agents))))
        if number % 20 == 0:
            for bucket in buckets:
                agree(bucket, agents)
            agree_on_roster(roster, agents)
    for agent in agents:
        roster.leave(agent)
    assert (roster.everybody, roster.in_queue("q"), roster.delays) == (0, 0, {"q": {}})
    assert Roster().serving(Channel.FAX) == 0


def agree_on_roster(roster, agents):
    """Each has a number of their own, numbers of those who left are given again."""
    preferred = [p.delay_seconds for agent in agents for p in agent.defined.preferences]

    assert [roster.agent(agent.number) for agent in agents] == agents
    assert sum(agent is not None for agent in roster.by_number) == len(agents)
    assert len(roster.by_number) < 200
    assert roster.delays.get("q", {}) == {
        round(delay * 1000): preferred.count(delay) for delay in set(preferred)
    }


def agree(bucket, agents):
    unfit = [reason for agent in agents if (reason := bucket.unfit(agent))]
    fits = {agent.number: bucket.fit_of(agent) for agent in agents if not bucket.unfit(agent)}
    counted = {reason: n for reason, n in bucket.count_unfit().items() if n}

    assert counted == {reason: unfit.count(reason) for reason in unfit}
    assert set(numbers(bucket.fits)) == set(fits)
    for waited in (0, 5_000, 19_999, 20_000):
        late = {number for number, fit in fits.items() if fit.delay > waited}
        assert set(numbers(bucket.late(waited))) == late


def test_by_score_the_best_come_first_and_nobody_is_lost():
    chance, roster = random.Random(4), Roster()
    agents = [an_agent(chance, number) for number in range(200)]
    for agent in agents:
        roster.join(agent)
    skills = (Requirement("a", 1), Requirement("b", 2))
    found = [set(numbers(some)) for some in roster.by_score(roster.everybody, skills)]
    scores = [sum(agent.skills.get(r.skill, 0) for r in skills) for agent in agents]

    assert found == [
        {agent.number for agent, score in zip(agents, scores, strict=True) if score == each}
        for each in sorted(set(scores), reverse=True)
    ]


@pytest.mark.parametrize("seed", [5, 6])
def test_it_decides_nothing_how_many_are_sorted_and_how_many_empty_buckets_kept(seed, monkeypatch):
    log = []
    let_loose(seed, 600, log)
    steps = replayed(log)
    monkeypatch.setattr(choosing, "FEW", 0)
    monkeypatch.setattr(pool, "CHUNK", 2)
    monkeypatch.setattr(market, "MOST_EMPTY", 2)

    assert replayed(log) == steps


def replayed(log):
    engine = Engine(Workspace("main"))
    return [encode_step(engine.apply(record_of(said, n))) for n, said in enumerate(log)]


@pytest.mark.parametrize("order", list(AgentOrder))
def test_of_many_free_agents_the_pool_finds_those_whom_sorting_all_would_find(order, monkeypatch):
    monkeypatch.setattr(pool, "CHUNK", 8)
    chance, roster, line = random.Random(9), Roster(), pool.Pool(Channel.CHAT, order, agent_key)
    agents = [an_agent(chance, number) for number in range(120)]
    for agent in agents:
        roster.join(agent)
    for _ in range(1_500):
        agent = chance.choice(agents)
        agent.status = dict.fromkeys(agent.kinds, chance.choice((FREE, FREE, "full")))
        agent.idle_since, agent.turn = chance.randrange(50), chance.randrange(50)
        line.place(agent)
        among = [each for each in agents if chance.random() < 0.5]
        free = [each for each in among if each.status.get(Channel.CHAT) == FREE]
        free.sort(key=lambda each: agent_key(Fit(each, 0, 0), order))

        found = line.best(5, sum(1 << each.number for each in among))
        assert found == [each.number for each in free[:5]]


def test_of_buckets_where_nobody_waits_only_so_many_are_kept_of_the_others_all(monkeypatch):
    monkeypatch.setattr(market, "MOST_EMPTY", 2)
    scenario = Scenario()
    scenario.run(["contact stays queue=anyone", "contact goes queue=anyone channel=chat"])
    for level in (1, 2, 3, 4, 5):
        scenario.run([f"contact c{level} queue=anyone skills=billing:{level}", f"c{level} leaves"])
    scenario.run(["goes leaves", "contact again queue=anyone skills=billing:5"])
    buckets = list(scenario.log.engine.workspace.market._all_buckets())

    assert sorted(bucket.lines.count for bucket in buckets) == [0, 1, 1]
    assert all(bucket.is_open for bucket in buckets)


def test_a_desk_where_nobody_works_is_forgotten():
    scenario = Scenario()
    desks = scenario.log.engine.workspace.desks
    scenario.run(["agent ana desk=desk1", "ana signs in desk=desk2", "desk desk1 alive"])
    assert list(desks) == ["desk2", "desk1"]

    scenario.run(["desk desk1 silent", "tick 6s"])
    assert list(desks) == ["desk2"]

    scenario.run(["ana signs out"])
    assert not desks


def test_of_buckets_that_are_closed_only_few_are_kept_in_the_lists_of_agents():
    offered, roster = Offered(), Roster()
    for number in range(300):
        bucket = Bucket(BucketKey(f"q{number}", Channel.CHAT, (Needs(),)), Queue(name="q"), roster)
        offered.add(bucket, 1 + number % 2, 0)
        bucket.is_open = number % 100 == 0

    assert len(offered.buckets) < 50
    assert len(offered.plain) + len(offered.wishes) == len(offered.buckets)
    assert {"q0", "q100", "q200"} <= {bucket.key.queue for bucket in offered.buckets}


def test_a_policy_by_which_a_queue_ages_counts_for_all_who_wait_also_for_one_agent_alone():
    rules = rules_of(FOLDER / "routing" / "preferred_agent.txt")
    scenario = Scenario(rules)
    scenario.run(["agent ana", "ana presence break lunch", "contact c1 queue=known prefers=ana"])
    scenario.run(["contact c2 queue=known"])
    workspace = scenario.log.engine.workspace
    contacts, market, queues = workspace.contacts, workspace.market, workspace.queues
    before = market.bucket_of(contacts["c2"], queues["known"])
    ages = replace(queues["known"], ageing=Ageing(every_seconds=10, step=1, most=5))
    others = [queue for queue in rules.queues if queue.name != "known"]
    policy = replace(rules, queues=(*others, ages))
    scenario.say(PolicyProposed(policy=policy, base_version=1))
    later = workspace.now + 20_000

    assert [contact.preferred_agent_id for contact in contacts.values()] == ["ana", ""]
    assert [market.rank_of(id, later)[0] for id in ("c1", "c2")] == [-2, -2]
    assert not before.is_open


def test_timers_of_what_is_over_are_forgotten(monkeypatch):
    monkeypatch.setattr(timers, "SLACK", 8)
    scenario = Scenario()
    for number in range(40):
        scenario.run([f"contact c{number} queue=anyone", f"c{number} leaves"])

    assert len(scenario.log.engine.workspace.timers) <= 12
