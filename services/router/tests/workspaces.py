"""A workspace to try things on: records with stamps in order, and a believable policy."""

from typing import Any

from router.domain.patience import Timers
from router.domain.policy import ChannelCapacity, EntryPoint, Policy, RosterAgent
from router.domain.queues import Queue
from router.domain.values import Needs
from router.domain.words import Channel
from router.scenarios import log as scenarios
from router.scenarios.text import abilities

START = scenarios.START
SKILLS = ("billing", "english", "german", "sales", "vip")


def a_policy(**changes: Any) -> Policy:
    given: dict[str, Any] = {
        "skills": SKILLS,
        "queues": (
            Queue(name="billing", requirements=needs("billing")),
            Queue(name="sales", requirements=needs("sales")),
            Queue(name="anyone"),
        ),
        "entry_points": (
            EntryPoint(name="main", channel=Channel.VOICE, address="+49301", flow="main"),
            EntryPoint(name="web", channel=Channel.CHAT, address="web", flow="main"),
            EntryPoint(name="mailbox", channel=Channel.EMAIL, address="a@cc.test", flow="mail"),
        ),
        "capacities": (
            ChannelCapacity(channels=(Channel.VOICE, Channel.VIDEO), slots=1),
            ChannelCapacity(channels=(Channel.CHAT, Channel.SMS), slots=2),
            ChannelCapacity(channels=(Channel.EMAIL,), slots=1),
        ),
        "dispositions": ("solved", "later"),
        "break_reasons": ("lunch", "training"),
        "timers": Timers(offer_ring_seconds=15),
        "is_miss_not_responding": True,
    }
    return Policy(**(given | changes))


def a_roster_agent(agent_id: str, *skills: str, **changes: Any) -> RosterAgent:
    """`skills` as "billing" or "billing:3"."""
    given = {
        "agent_id": agent_id,
        "skills": abilities(*skills),
        "voice_address": f"sip:{agent_id}@127.0.0.1",
    }
    return RosterAgent(**(given | changes))


def needs(*skills: str) -> Needs:
    """Needs of these; also `language:de:3`."""
    return Needs(abilities(*skills))


class Log(scenarios.Log):
    """The same, beginning with the believable policy where no other is given."""

    def begin(self, policy: Policy | None = None, *agents: RosterAgent) -> None:
        super().begin(policy or a_policy(), *agents)
