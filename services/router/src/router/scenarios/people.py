"""An agent of the roster from the options of a command."""

from router.domain.abilities import LANGUAGE, in_order, prefixed
from router.domain.policy import ChannelCapacity, QueuePreference, RosterAgent
from router.domain.words import Channel
from router.scenarios.text import abilities, listed, seconds

OPTIONS = {
    "team": "team",
    "skills": "skills",
    "languages": "languages",
    "brands": "brands",
    "queues": "queues",
    "holds": "capacities",
    "prefers": "preferences",
    "voice": "voice_address",
}
"""Each option, and the field of the contract that it says."""


def agent_in(name: str, options: dict[str, str]) -> RosterAgent:
    """Return the agent whom the options describe, and take them out.

    `team=front skills=billing:3 languages=de:4 brands=acme queues=sales holds=chat+sms:2
    prefers=sales:1:30s:voice voice=none`.
    """
    given = {option: options.pop(option, "") for option in OPTIONS}
    languages = prefixed(LANGUAGE, abilities(*listed(given["languages"])))
    voice = given["voice"]
    return RosterAgent(
        agent_id=name,
        team=given["team"],
        skills=in_order((*abilities(*listed(given["skills"])), *languages)),
        queues=tuple(listed(given["queues"])),
        capacities=tuple(_capacity(word) for word in listed(given["holds"])),
        voice_address="" if voice == "none" else voice or f"sip:{name}@127.0.0.1",
        brands=tuple(listed(given["brands"])),
        preferences=tuple(_preference(word) for word in listed(given["prefers"])),
    )


def _capacity(word: str) -> ChannelCapacity:
    channels, _, slots = word.partition(":")
    return ChannelCapacity(
        channels=tuple(Channel(name) for name in channels.split("+")), slots=int(slots)
    )


def _preference(word: str) -> QueuePreference:
    queue, priority, delay, channel = (*word.split(":"), "", "", "")[:4]
    return QueuePreference(
        queue=queue,
        channel=Channel(channel) if channel else None,
        priority=int(priority or 1),
        delay_seconds=seconds(delay) if delay else 0.0,
    )
