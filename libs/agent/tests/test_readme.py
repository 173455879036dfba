"""What the documentation shows is what runs."""

import inspect
from pathlib import Path

from contact_center_agent import AgentClient, backoff, link

HERE = Path(__file__).parents[1]
README = (HERE / "README.md").read_text()


def test_the_bot_that_is_shown_is_the_bot_that_is_run() -> None:
    assert (HERE / "examples/echo_bot.py").read_text() in README


def test_the_times_are_those_of_the_code() -> None:
    assert f"pings every {link.PING_SECONDS:g} s" in README
    assert f"says nothing for {link.SILENCE_SECONDS:g} s" in README
    assert f"from {backoff.FIRST_SECONDS:g} s to {backoff.LONGEST_SECONDS:g} s" in README


def test_every_option_is_in_the_documentation() -> None:
    options = inspect.signature(AgentClient).parameters.keys() - {"addresses", "agent_id"}

    assert {option for option in options if option not in README} == set()
