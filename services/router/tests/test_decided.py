"""What decisions say beside the lines of a scenario: ids, keys and states that others depend on."""

import pytest

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain.agent_decisions import AgentStateChanged
from router.domain.contact_decisions import ContactOpened, CustomerBound
from router.domain.reasons import Because
from router.domain.steering_decisions import RecordRejected

from .scenario import Scenario


def decided(step, kind):
    return [one.decision for one in step.decisions if isinstance(one.decision, kind)]


def held_by(scenario, name):
    """What the desk was told last of an agent's contacts, by the scenario's names."""
    states = [state for step in scenario.log.steps for state in decided(step, AgentStateChanged)]
    last = [state.agent for state in states if state.agent.agent_id == name][-1]
    return {scenario.name(held.contact_id): held for held in last.contacts}


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
