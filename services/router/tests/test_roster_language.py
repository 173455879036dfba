"""The roster: what is written is what the engine gets, and errors name their line."""

import pytest

from router.adapters.commands.roster_file import read_roster
from router.domain.policy import QueuePreference
from router.domain.values import Requirement
from router.domain.words import Channel

from .test_policy_language import WHOLE, a_file, as_read

ROSTER = """agents:
  - id: ana
    team: front
    skills: {billing: 3}
    languages: {de: 4}
    brands: [acme]
    preferences:
      - {queue: sales, channel: voice, priority: 2, delay_seconds: 30}
      - {queue: billing}
"""


def test_every_part_of_an_agent_is_read(tmp_path):
    source = a_file(tmp_path, ROSTER, "roster.yaml")
    (ana,) = read_roster(source, as_read(tmp_path, WHOLE))

    assert source.report() == []
    assert ana.skills == (Requirement("billing", 3), Requirement("language:de", 4))
    assert ana.brands == ("acme",)
    assert ana.preferences == (
        QueuePreference(queue="sales", channel=Channel.VOICE, priority=2, delay_seconds=30),
        QueuePreference(queue="billing"),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("{de: 4}", "{dee: 4}", "5: agent 'ana' has unknown language 'dee'; did you mean 'de'?"),
        ("{de: 4}", "{de: 7}", "5: level 7 of language 'de' is not from 1 to 5"),
        ("[acme]", "[acne]", "6: agent 'ana' serves unknown brand 'acne'; did you mean 'acme'?"),
        ("queue: sales", "queue: slaes", "8: agent 'ana' prefers unknown queue 'slaes'; did you"),
        ("queue: sales, channel: voice", "queue: billing", "9: queue 'billing' is there already"),
        ("priority: 2", "priority: 10", "8: priority 10 is not from 1 to 9"),
        ("delay_seconds: 30", "delay_seconds: -1", "8: delay_seconds -1 is not from 0 to 3600"),
        ("team: front", "team: front desk\n    queues: [sales]", "3: team 'front desk' is no name"),
        ("team: front", "queues: [sales]", "9: agent 'ana' does not serve queue 'billing'"),
    ],
)
def test_an_error_in_the_roster_names_line_and_what_would_be_right(tmp_path, right, wrong, said):
    source = a_file(tmp_path, ROSTER.replace(right, wrong), "roster.yaml")
    read_roster(source, as_read(tmp_path, WHOLE))

    assert source.report()[0].startswith(f"roster.yaml:{said}")
