"""What decisions say beside the lines of a scenario: ids, keys and states that others depend on."""

from dataclasses import replace

import pytest

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain.agent_decisions import AgentStateChanged
from router.domain.contact_decisions import ContactOpened, ContactResumed, CustomerBound
from router.domain.policy import DEFAULT_INTERRUPTS
from router.domain.queues import Queue, Ring
from router.domain.reasons import Because
from router.domain.steering_decisions import RecordRejected, RosterChanged
from router.domain.steering_facts import AgentDefined, ClockTicked, PolicyProposed
from router.domain.supervisor_facts import AgentAdjusted
from router.domain.values import AddressToken, Lineage, Position
from router.domain.visit_decisions import RingOpened, WaitEstimated
from router.domain.words import Channel

from .scenario import Scenario
from .workspaces import Log, a_policy, a_roster_agent, needs

CALL = c.ContactArrived(
    contact_id="call",
    channel=Channel.VOICE,
    entry_point="main",
    conversation_id="",
    key_id="k",
    lineage=Lineage(),
)
MESSAGE = c.CustomerMessaged(
    contact_id="",
    conversation_id="",
    message_id="m1",
    position=Position(partition=0, offset=1),
    new_contact_id="n1",
    channel=Channel.CHAT,
    entry_point="web",
    key_id="k",
    addresses=(),
)


def decided(step, kind):
    return [one.decision for one in step.decisions if isinstance(one.decision, kind)]


def minute_after_minute(**policy):
    """After 45 customers who waited a minute each, one after the other."""
    scenario = Scenario(a_policy(**policy))
    for number in range(45):
        scenario.run([f"contact c{number} queue=billing channel=chat", "tick 60s"])
        scenario.run(["agent ana skills=billing" if not number else "ana presence available"])
        scenario.run([f"ana accepts c{number}", f"ana ends c{number}", f"ana completes c{number}"])
        scenario.run(["ana presence offline"])
    return scenario


@pytest.mark.parametrize("missing", ["session_id", "desk_instance"])
def test_a_sign_in_without_session_or_desk_is_refused(missing):
    scenario = Scenario()
    scenario.run(["agent ana presence=none"])
    given = {"agent_id": "ana", "session_id": "s", "desk_instance": "d", missing: ""}
    (refused,) = decided(scenario.say(a.AgentSignedIn(**given)), RecordRejected)

    assert (refused.because, refused.agent_id) == (Because.INVALID_FIELD, "ana")


@pytest.mark.parametrize(("said", "key"), [("k2", "k2"), ("", "key of c1")])
def test_a_callback_is_sealed_with_the_key_it_names_or_the_old_one(said, key):
    scenario = Scenario()
    scenario.run(["contact c1 queue=billing"])
    scenario.log.engine.workspace.contacts["c1"].key_id = "key of c1"
    step = scenario.say(c.CallbackRequested(contact_id="c1", key_id=said))
    (opened,) = decided(step, ContactOpened)

    assert opened.key_id == key


def test_a_customer_who_is_known_twice_is_refused_but_one_who_is_only_inherited_is_not():
    """A returning customer is taken over from the contact before; crm's word comes all the same."""
    scenario = Scenario()
    scenario.run(["contact c1 queue=anyone channel=chat"])
    known = {"is_new": False, "tier": "", "last_agent_id": "", "contact_count": 1}
    said = c.CustomerIdentified(contact_id="c1", customer_id="u1", **known)
    first, second = scenario.say(said), scenario.say(said)
    scenario.log.engine.workspace.contacts["c1"].is_identified = False
    inherited = scenario.say(said)

    assert decided(first, CustomerBound)
    assert [one.because for one in decided(second, RecordRejected)] == [Because.REPEATED]
    assert decided(inherited, CustomerBound)


def test_a_session_is_known_again_also_when_another_took_over():
    scenario = Scenario()
    scenario.run(["agent ana", "ana signs in", "ana signs in"])
    given = {"agent_id": "ana", "desk_instance": "desk1"}
    refused = [
        (one.because, one.agent_id)
        for name in ("s3", "s2", "s1", "s4")
        for one in decided(scenario.say(a.AgentSignedIn(session_id=name, **given)), RecordRejected)
    ]

    assert refused == [(Because.REPEATED, "ana")] * 3


@pytest.mark.parametrize(
    "fact",
    [
        a.DeskHeartbeat(desk_instance=""),
        replace(MESSAGE, conversation_id="v1", message_id=""),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_fact_without_its_name_is_refused(fact):
    scenario = Scenario()
    scenario.run(["agent ana"])

    (refused,) = decided(scenario.say(fact), RecordRejected)
    assert refused.because is Because.INVALID_FIELD


def test_a_desk_may_be_heard_of_before_there_is_a_policy():
    step = Log().say(a.DeskHeartbeat(desk_instance="desk1"))

    assert step.decisions == ()


def test_a_message_without_conversation_belongs_to_no_other_contact_without_one():
    """Calls have no conversation: the first message that names none is not one of theirs."""
    scenario = Scenario()
    scenario.run(["agent ana"])
    scenario.say(CALL)
    (opened,) = decided(scenario.say(MESSAGE), ContactOpened)

    assert opened.contact_id == "n1"


def test_a_policy_tells_agents_anew_only_when_it_changes_what_they_may_hold():
    scenario = Scenario()
    scenario.run(["agent ana", "policy queue=more"])
    unmoved = decided(scenario.log.steps[-1], AgentStateChanged)
    policy = scenario.log.engine.workspace.policy
    fewer = replace(policy, capacities=())
    scenario.say(PolicyProposed(policy=fewer, base_version=policy.version))
    moved = decided(scenario.log.steps[-1], AgentStateChanged)

    assert unmoved == []
    assert [told.agent.agent_id for told in moved] == ["ana"]


def test_rings_that_a_policy_took_away_open_anew_with_the_next_policy():
    ringed = Queue(name="billing", requirements=needs("vip"), rings=(Ring(after_seconds=10),))
    with_rings = a_policy(queues=(ringed,))
    without = a_policy(queues=(replace(ringed, rings=()),))
    scenario = Scenario(with_rings)
    scenario.run(["contact c1 queue=billing", "tick 10s"])
    scenario.say(PolicyProposed(policy=without, base_version=1))
    scenario.say(PolicyProposed(policy=with_rings, base_version=2))
    scenario.run(["tick 1s"])
    rings = [one.ring for step in scenario.log.steps for one in decided(step, RingOpened)]

    assert rings == [1, 1]


def test_who_has_to_wait_is_told_how_long_once_enough_others_waited():
    """Twenty waited a minute each, one after the other: so may the next."""
    scenario = minute_after_minute(wait_coverage=0.9)
    told = scenario.run(["contact last queue=billing channel=chat"])
    (waits,) = decided(scenario.log.steps[-1], WaitEstimated)
    scenario.run(["ana presence available"])
    at_once = scenario.run(["contact served queue=billing channel=chat"])

    assert told[-1].startswith("last may wait ")
    assert waits.low_seconds <= 60 <= waits.high_seconds
    assert (waits.coverage, waits.ahead) == (0.9, 0)
    assert not any("may wait" in line for line in at_once)


def test_where_the_policy_asks_for_no_expected_wait_nobody_is_told_one():
    scenario = minute_after_minute(wait_coverage=0.0)
    scenario.run(["contact last queue=billing channel=chat"])

    assert [one for step in scenario.log.steps for one in decided(step, WaitEstimated)] == []


def test_the_desk_is_told_when_the_time_to_answer_began_to_run():
    scenario = Scenario()
    scenario.run(["agent ana", "ana turns blind", "contact c1 queue=anyone"])
    (unseen,) = decided(scenario.log.steps[-1], AgentStateChanged)
    scenario.run(["tick 1s", "ana sees c1"])
    (seen,) = decided(scenario.log.steps[-1], AgentStateChanged)
    now = scenario.log.engine.workspace.now

    assert [offer.rings_until for offer in unseen.agent.offers] == [None]
    assert [offer.rings_until for offer in seen.agent.offers] == [now + 15_000]


def test_who_writes_is_known_by_the_address_that_they_wrote_from():
    scenario = Scenario()
    scenario.run(["agent ana"])
    token = AddressToken(kind="mail", token="t", is_verified=True, address=None)
    (opened,) = decided(scenario.say(replace(MESSAGE, addresses=(token,))), ContactOpened)

    assert opened.addresses == (token,)


def test_a_contact_goes_on_by_word_or_because_the_call_is_over_and_that_is_told():
    scenario = Scenario(a_policy(interrupts=DEFAULT_INTERRUPTS))
    scenario.run(["agent ana", "contact m1 queue=anyone channel=email", "ana accepts m1"])
    scenario.run(["ana holds m1", "ana resumes m1", "contact c1 queue=anyone", "ana accepts c1"])
    scenario.run(["c1 leaves"])
    resumed = [one for step in scenario.log.steps for one in decided(step, ContactResumed)]

    assert [one.is_after_interrupt for one in resumed] == [False, True]


def test_what_the_roster_says_of_who_is_signed_in_is_told_with_what_stays_adjusted():
    scenario = Scenario()
    scenario.run(["agent ana skills=sales", "adjust ana skills=billing for=60s"])
    step = scenario.say(AgentDefined(agent=a_roster_agent("ana", "vip")))
    until = scenario.log.engine.workspace.now + 60_000

    assert decided(step, RosterChanged) == [
        RosterChanged(
            agent_id="ana", is_removed=False, adjusted_fields=("skills",), adjusted_until=until
        )
    ]
    assert [told.because for told in decided(step, AgentStateChanged)] == ["roster"]

    roster_changed = decided(scenario.log.steps[-2], RosterChanged)
    assert [one.adjusted_until for one in roster_changed] == [until]
    for command, fields in (("adjust ana skills=sales", ("skills",)), ("adjust ana back", ())):
        scenario.run([command])
        assert decided(scenario.log.steps[-1], RosterChanged) == [
            RosterChanged(agent_id="ana", is_removed=False, adjusted_fields=fields)
        ]


def test_what_cannot_be_adjusted_is_refused():
    scenario = Scenario()
    scenario.run(["agent ana"])
    fact = AgentAdjusted(agent=a_roster_agent("ana"), fields=("agent_id",))
    (refused,) = decided(scenario.say(fact), RecordRejected)

    assert (refused.because, refused.agent_id) == (Because.INVALID_FIELD, "ana")


@pytest.mark.parametrize(("version", "refused"), [(1, []), (2, [Because.INVALID_FIELD])])
def test_a_tick_that_has_seen_a_step_not_made_yet_is_refused_from_version_2_on(version, refused):
    scenario = Scenario()
    scenario.run(["agent ana", *(["engine 2"] if version == 2 else [])])
    step = scenario.say(ClockTicked(due_at=0, applied_step=10**6))

    assert [one.because for one in decided(step, RecordRejected)] == refused


def test_what_crm_says_of_the_customer_is_told_with_the_next_word_about_offer_or_contact():
    known = {"is_new": False, "tier": "", "last_agent_id": "", "contact_count": 1}
    scenario = Scenario()
    scenario.run(["agent ana", "contact c1 queue=anyone", "contact c2 queue=anyone channel=chat"])
    scenario.run(["ana accepts c2"])
    for contact_id in ("c1", "c2"):
        scenario.say(c.CustomerIdentified(contact_id=contact_id, customer_id="u1", **known))
    scenario.run(["ana presence break lunch"])
    states = [state for step in scenario.log.steps for state in decided(step, AgentStateChanged)]
    told = states[-1].agent

    assert [held.customer_id for held in told.contacts] == ["u1"]
    assert [offer.customer_id for offer in told.offers] == ["u1"]


@pytest.mark.parametrize(("asks", "called"), [("voice",) * 2, ("video",) * 2, ("chat", "voice")])
def test_who_wrote_is_called_back_by_voice_and_who_called_as_they_called(asks, called):
    scenario = Scenario()
    scenario.run([f"contact c1 queue=billing channel={asks}"])
    (opened,) = decided(scenario.say(c.CallbackRequested(contact_id="c1")), ContactOpened)

    assert opened.channel == called
