"""What people write to steer: how long, which skills, how many at once."""

import argparse
import getpass
import re

from router.domain.naming import LONGEST, NAME
from router.domain.policy import ChannelCapacity, QueuePreference
from router.domain.values import Requirement
from router.domain.words import Channel

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DURATION = re.compile(r"(\d+)([smhd])")
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.+@-]+")
MOST_NAME = 128


def seconds(text: str) -> float:
    """Read `90s`, `10m`, `1h30m`, `2d`."""
    parts = DURATION.findall(text)
    total = sum(int(number) * UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or not 0 < total <= LONGEST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time from 1 s to 30 d; write 90s, 10m, 1h30m or 2d"
        )
    return float(total)


def names(text: str) -> tuple[str, ...]:
    """Read `billing,sales`; nothing between quotes means none."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def levels(text: str) -> tuple[Requirement, ...]:
    """Read `billing:3,english`; without a level it is 1."""
    found = []
    for part in names(text):
        name, _, level = part.rpartition(":")
        if not name:
            name, level = part, "1"
        if not level.isdecimal():
            raise argparse.ArgumentTypeError(f"{part!r} is no skill with a level; write billing:3")
        found.append(Requirement(name, int(level)))
    return tuple(found)


def capacity(text: str) -> ChannelCapacity:
    """Read `chat=6`, or `chat+sms=6` for channels that share their slots."""
    channels, _, slots = text.partition("=")
    try:
        kinds = tuple(Channel(name) for name in channels.split("+"))
    except ValueError as error:
        known = ", ".join(Channel)
        raise argparse.ArgumentTypeError(f"{channels!r}: the channels are {known}") from error
    if not slots.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no capacity; write chat=6")
    return ChannelCapacity(channels=kinds, slots=int(slots))


def preference(text: str) -> QueuePreference | None:
    """Read `sales=2`, `sales=1:30s` or `sales/voice=1:30s`; nothing means none."""
    if not text:
        return None
    place, _, rest = text.partition("=")
    queue, has_channel, channel = place.partition("/")
    priority, _, delay = rest.partition(":")
    if not queue or not priority.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no preference; write sales=1 or sales=1:30s")
    if has_channel and channel not in set(Channel):
        raise argparse.ArgumentTypeError(f"{channel!r}: the channels are {', '.join(Channel)}")
    return QueuePreference(
        queue=queue,
        channel=Channel(channel) if has_channel else None,
        priority=int(priority),
        delay_seconds=seconds(delay) if delay else 0.0,
    )


def person(text: str) -> str:
    """Read an id as policies and rosters have them."""
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no id")
    return text


def whoever_is_here() -> str:
    """Return the user of this machine as an id; `supervisor` when there is none."""
    try:
        found = NOT_IN_A_NAME.sub("-", getpass.getuser()).lstrip("_.@-")[:MOST_NAME]
    except (KeyError, OSError):
        return "supervisor"
    return found or "supervisor"
