"""How many contacts of each channel an agent holds at once, and who says so."""

import pytest

from router.domain.capacity import DEFAULT, effective
from router.domain.policy import ChannelCapacity, TeamCapacity
from router.domain.words import Channel

from .scenario import Scenario
from .workspaces import a_policy


def held(policy, channel, definition=""):
    """Return how many of six contacts of the channel an agent is offered."""
    scenario = Scenario(policy)
    scenario.run([f"agent ana {definition}".strip()])
    for number in range(6):
        scenario.run([f"contact c{number} queue=anyone channel={channel}"])
    return len(scenario.log.engine.workspace.agents["ana"].offers)


@pytest.mark.parametrize(
    ("channel", "count"),
    [
        *(("voice", 1), ("video", 1)),
        *(("chat", 4), ("in_app", 4), ("sms", 4), ("messenger", 4)),
        *(("email", 1), ("mail", 1), ("fax", 1), ("task", 1)),
    ],
)
def test_where_nobody_says_otherwise_one_call_four_chats_one_mail_and_one_task(channel, count):
    assert held(a_policy(capacities=()), channel) == count


def test_no_channel_is_without_a_capacity():
    assert {channel for group in DEFAULT for channel in group.channels} == set(Channel)


def test_the_agent_is_asked_before_the_team_and_the_team_before_the_workspace():
    chats = (Channel.CHAT,)
    team = TeamCapacity(team="north", capacities=(ChannelCapacity(channels=chats, slots=3),))
    policy = a_policy(
        capacities=(ChannelCapacity(channels=chats, slots=2),), team_capacities=(team,)
    )

    assert held(policy, "chat") == 2
    assert held(policy, "chat", "team=north") == 3
    assert held(policy, "chat", "team=north holds=chat:5") == 5


def test_a_channel_that_one_layer_names_is_no_longer_in_the_group_of_the_next():
    """The policy takes sms out of the default's four chats, and says all there is about email."""
    here = (
        ChannelCapacity(channels=(Channel.SMS,), slots=2),
        ChannelCapacity(channels=(Channel.EMAIL,), slots=3),
    )
    groups = effective(here, DEFAULT)

    assert groups[:2] == here
    assert groups[3].channels == (Channel.CHAT, Channel.IN_APP, Channel.MESSENGER)
    assert [group.slots for group in groups] == [2, 3, 1, 4, 1]
