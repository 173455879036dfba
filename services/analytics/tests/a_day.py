"""Steps as the router would write them, up to a whole day of them."""

import random

from contact_center.v1 import common_pb2
from contact_center.v1 import routing_events_pb2 as r

START_MS = 1_700_000_000_000
VOICE, CHAT = common_pb2.CHANNEL_VOICE, common_pb2.CHANNEL_CHAT


def visit(name: str, queue: str = "billing", channel: int = VOICE) -> dict:
    return {
        "visit_opened": r.VisitOpened(
            visit_id=f"v{name}", contact_id=f"c{name}", queue=queue, channel=channel
        )
    }


def left(name: str, exit_: int, queue: str = "billing", channel: int = VOICE) -> dict:
    return {
        "visit_ended": r.VisitEnded(
            visit_id=f"v{name}", contact_id=f"c{name}", queue=queue, channel=channel, exit=exit_
        )
    }


def foretold(name: str, low: float, high: float) -> dict:
    return {
        "wait_estimated": r.WaitEstimated(
            visit_id=f"v{name}", low_seconds=low, high_seconds=high, coverage=0.8
        )
    }


async def write_a_day(log, chance: random.Random, visits: int, first: int = 0) -> None:
    """Contacts that come, wait, are answered or give up, are handled and end; in log order."""
    events = []
    for number in range(first, first + visits):
        name, channel = str(number), chance.choice([VOICE, CHAT])
        contact, agent = f"c{name}", chance.choice(["ana", "bob"])
        at = START_MS + number * 1500
        wait = chance.randint(0, 60_000)
        opened = r.ContactOpened(contact_id=contact, channel=channel)
        told = [foretold(name, 6, 54)] if number % 3 else []
        events.append((at, [{"contact_opened": opened}, visit(name, channel=channel), *told]))
        if chance.random() < 0.7:
            answer = left(name, r.VISIT_EXIT_ANSWERED, channel=channel)
            began = r.ContactConnected(
                contact_id=contact, agent_id=agent, queue="billing", channel=channel
            )
            events.append((at + wait, [{"contact_connected": began}, answer]))
            cause, after = r.CONTACT_CAUSE_COMPLETED, wait + chance.randint(1000, 90_000)
        else:
            abandoned = left(name, r.VISIT_EXIT_ABANDONED, channel=channel)
            events.append((at + wait, [abandoned]))
            cause, after = r.CONTACT_CAUSE_ABANDONED, wait
        over = r.ContactEnded(contact_id=contact, cause=cause, channel=channel)
        if chance.random() < 0.9:
            events.append((at + after, [{"contact_ended": over}]))
    for at, decisions in sorted(events, key=lambda event: event[0]):
        await log.step(*decisions, stamped_ms=at)
