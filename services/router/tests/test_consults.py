"""What is told of consults and conferences beside the lines of a scenario."""

import pytest

from router.domain.agent_decisions import AgentStateChanged
from router.domain.contact_decisions import ContactOpened

from .scenario import Scenario
from .test_decided import CALL, decided


def held_by(scenario, name):
    """What the desk was told last of an agent's contacts, by the scenario's names."""
    states = [state for step in scenario.log.steps for state in decided(step, AgentStateChanged)]
    last = [state.agent for state in states if state.agent.agent_id == name][-1]
    return {scenario.name(held.contact_id): held for held in last.contacts}


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


def test_what_is_told_follows_the_engines_version():
    """Else an engine that goes on from a snapshot tells something else than one that does not."""
    scenario = Scenario()
    scenario.run(["engine 3", "agent ana", "contact c1 queue=anyone channel=chat"])
    scenario.log.engine.workspace.contacts["c1"].conversation_id = "v1"
    scenario.run(["ana accepts c1", "agent bob", "ana consults c1 to=bob", "bob accepts c1.2"])
    scenario.run(["ana joins c1.2"])
    shared = [held_by(scenario, "ana")["c1"].shared_conversation_id]
    for version in (2, 3):
        scenario.run([f"engine {version}", "ana loses line", "ana signs in"])
        shared.append(held_by(scenario, "ana")["c1"].shared_conversation_id)

    assert shared == ["v1", "", "v1"]


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


def test_nothing_is_kept_of_a_conversation_that_is_over():
    scenario = Scenario()
    scenario.run(["agent ana", "contact c1 queue=anyone channel=chat", "ana accepts c1"])
    scenario.run(["agent bob", "ana consults c1 to=bob", "bob accepts c1.2", "ana hands c1.2"])
    scenario.run(["ana completes c1", "bob ends c1.2", "bob completes c1.2"])
    workspace = scenario.log.engine.workspace

    assert (workspace.contacts, workspace.conversations) == ({}, {})


def test_a_call_that_was_handed_over_gets_no_message_that_names_no_conversation():
    scenario = Scenario()
    scenario.run(["agent ana", "agent bob"])
    scenario.say(CALL)
    scenario.contacts["call"] = scenario.names["call"] = "call"
    scenario.run(["call wants anyone", "ana accepts call", "call leg answers"])
    scenario.run(["ana consults call to=bob", "bob accepts call.2", "call.2 leg answers"])
    scenario.run(["ana hands call.2"])

    assert "" not in scenario.log.engine.workspace.conversations
