"""What decisions say beside the lines of a scenario: ids, keys and states that others depend on."""

from dataclasses import replace

import pytest

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain.agent_decisions import AgentStateChanged
from router.domain.contact_decisions import ContactOpened, CustomerBound
from router.domain.reasons import Because
from router.domain.steering_decisions import RecordRejected
from router.domain.steering_facts import ClockTicked, PolicyProposed
from router.domain.supervisor_facts import AgentAdjusted
from router.domain.values import Lineage, Position
from router.domain.visit_decisions import WaitEstimated
from router.domain.words import Channel

from .scenario import Scenario
from .workspaces import Log, a_policy, a_roster_agent

CALL = c.ContactArrived(
    contact_id="call",
    channel=Channel.VOICE,
    entry_point="main",
    conversation_id="",
    key_id="k",
    lineage=Lineage(),
)


def decided(step, kind):
    return [one.decision for one in step.decisions if isinstance(one.decision, kind)]


def held_by(scenario, name):
    """What the desk was told last of an agent's contacts, by the scenario's names."""
    states = [state for step in scenario.log.steps for state in decided(step, AgentStateChanged)]
    last = [state.agent for state in states if state.agent.agent_id == name][-1]
    return {scenario.name(held.contact_id): held for held in last.contacts}


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

    assert refused.because is Because.INVALID_FIELD


@pytest.mark.parametrize(("said", "key"), [("k2", "k2"), ("", "key of c1")])
def test_a_callback_is_sealed_with_the_key_it_names_or_the_old_one(said, key):
    scenario = Scenario()
    scenario.run(["contact c1 queue=billing"])
    scenario.log.engine.workspace.contacts["c1"].key_id = "key of c1"
    step = scenario.say(c.CallbackRequested(contact_id="c1", key_id=said))
    (opened,) = decided(step, ContactOpened)

    assert opened.key_id == key


@pytest.mark.parametrize("channel", ["chat", "voice"])
def test_a_written_consult_has_a_conversation_of_its_own_and_a_spoken_one_none(channel):
    scenario = Scenario()
    scenario.run(["agent ana", f"contact c1 queue=anyone channel={channel}", "ana accepts c1"])
    if channel == "voice":
        scenario.run(["c1 leg answers"])
    scenario.run(["ana consults c1 anyone"])
    opened = [one for step in scenario.log.steps for one in decided(step, ContactOpened)][-1]

    assert opened.conversation_id == (opened.contact_id if channel == "chat" else "")


def test_both_agents_hear_that_it_is_a_conference_and_that_it_is_none_any_more():
    scenario = Scenario()
    scenario.run(["agent ana", "contact c1 queue=anyone", "ana accepts c1", "c1 leg answers"])
    scenario.run(["agent bob", "ana consults c1 to=bob", "bob accepts c1.2", "c1.2 leg answers"])
    before = held_by(scenario, "ana")["c1"]
    scenario.run(["ana joins c1.2"])
    during = (held_by(scenario, "ana")["c1"], held_by(scenario, "bob")["c1.2"])
    scenario.run(["ana leaves c1.2"])
    after = held_by(scenario, "ana")["c1"]

    assert before.consult_contact_id
    assert not before.is_conference
    assert [one.is_conference for one in during] == [True, True]
    assert (after.consult_contact_id, after.is_conference) == ("", False)


@pytest.mark.parametrize(("channel", "version"), [("chat", 3), ("chat", 2), ("voice", 3)])
def test_both_agents_share_the_customers_conversation_while_they_write_together(channel, version):
    """Before version 3 the colleague wrote to the agent alone, also when it was a conference."""
    scenario = Scenario()
    scenario.run([f"engine {version}", "agent ana", f"contact c1 queue=anyone channel={channel}"])
    scenario.log.engine.workspace.contacts["c1"].conversation_id = "v1"
    scenario.run(["ana accepts c1", *["c1 leg answers"] * (channel == "voice")])
    scenario.run(["agent bob", "ana consults c1 to=bob", "bob accepts c1.2"])
    scenario.run(["c1.2 leg answers"] * (channel == "voice"))
    before = held_by(scenario, "bob")["c1.2"]
    scenario.run(["ana joins c1.2"])
    during = (held_by(scenario, "ana")["c1"], held_by(scenario, "bob")["c1.2"])
    scenario.run(["ana leaves c1.2"])
    after = (held_by(scenario, "ana")["c1"], held_by(scenario, "bob")["c1.2"])

    shared = "v1" if (channel, version) == ("chat", 3) else ""
    assert before.shared_conversation_id == ""
    assert [one.shared_conversation_id for one in during] == [shared, shared]
    assert [one.shared_conversation_id for one in after] == ["", ""]


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


def test_who_goes_on_with_the_customer_after_a_consult_is_in_no_conference_and_no_consult():
    """What the desk showed of the three is over; and the one who stays may ask others."""
    scenario = Scenario()
    scenario.run(["agent ana", "contact c1 queue=anyone", "ana accepts c1", "c1 leg answers"])
    scenario.run(["agent bob", "agent cem", "ana consults c1 to=bob", "bob accepts c1.2"])
    scenario.run(["c1.2 leg answers", "ana joins c1.2", "ana ends c1"])
    held = held_by(scenario, "bob")["c1.2"]
    told = scenario.run(["bob consults c1.2 to=cem"])

    assert (held.is_conference, held.consults_for) == (False, "")
    assert any(line.endswith("offered cem") for line in told)


def test_a_session_is_known_again_also_when_another_took_over():
    scenario = Scenario()
    scenario.run(["agent ana", "ana signs in", "ana signs in"])
    given = {"agent_id": "ana", "desk_instance": "desk1"}
    refused = [
        one.because
        for name in ("s3", "s2", "s1", "s4")
        for one in decided(scenario.say(a.AgentSignedIn(session_id=name, **given)), RecordRejected)
    ]

    assert refused == [Because.REPEATED] * 3


@pytest.mark.parametrize(
    "fact",
    [
        a.DeskHeartbeat(desk_instance=""),
        c.CustomerMessaged(
            contact_id="",
            conversation_id="v1",
            message_id="",
            position=Position(partition=0, offset=1),
            new_contact_id="n1",
            channel=Channel.CHAT,
            entry_point="web",
            key_id="k",
            addresses=(),
        ),
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
    message = c.CustomerMessaged(
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
    scenario.say(CALL)
    (opened,) = decided(scenario.say(message), ContactOpened)

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


def test_who_has_to_wait_is_told_how_long_once_enough_others_waited():
    """Twenty waited a minute each, one after the other: so may the next."""
    scenario = minute_after_minute(wait_coverage=0.8)
    told = scenario.run(["contact last queue=billing channel=chat"])
    (waits,) = decided(scenario.log.steps[-1], WaitEstimated)
    scenario.run(["ana presence available"])
    at_once = scenario.run(["contact served queue=billing channel=chat"])

    assert told[-1].startswith("last may wait ")
    assert waits.low_seconds <= 60 <= waits.high_seconds
    assert (waits.coverage, waits.ahead) == (0.8, 0)
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


def test_nothing_is_kept_of_a_conversation_that_is_over():
    scenario = Scenario()
    scenario.run(["agent ana", "contact c1 queue=anyone channel=chat", "ana accepts c1"])
    scenario.run(["agent bob", "ana consults c1 to=bob", "bob accepts c1.2", "ana hands c1.2"])
    scenario.run(["ana completes c1", "bob ends c1.2", "bob completes c1.2"])
    workspace = scenario.log.engine.workspace

    assert (workspace.contacts, workspace.conversations) == ({}, {})


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


def test_a_call_that_was_handed_over_gets_no_message_that_names_no_conversation():
    scenario = Scenario()
    scenario.run(["agent ana", "agent bob"])
    scenario.say(CALL)
    scenario.contacts["call"] = scenario.names["call"] = "call"
    scenario.run(["call wants anyone", "ana accepts call", "call leg answers"])
    scenario.run(["ana consults call to=bob", "bob accepts call.2", "call.2 leg answers"])
    scenario.run(["ana hands call.2"])

    assert "" not in scenario.log.engine.workspace.conversations


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
