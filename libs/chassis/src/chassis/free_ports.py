"""Ports that a server may have on the loopback interface; for tests and local stacks."""

import random
import socket
from collections import deque
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST = 10_000
TRIES = 1_000
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
MOST_CLAIMS = 200
_claims: deque[socket.socket] = deque()


def free_ports(count: int) -> list[int]:
    """Return different ports that nobody has, TCP and UDP; OSError when there are not so many.

    They lie below those that the kernel gives to clients, so that no outgoing
    connection takes one before its server starts; and no other process that
    asks here gets one of them while this one lives.
    """
    highest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    candidates = range(LOWEST, highest) if highest > LOWEST + TRIES else range(LOWEST, 65_536)
    found: list[int] = []
    for port in random.SystemRandom().sample(candidates, TRIES):
        if len(found) == count:
            return found
        if is_free(port) and _claim(port):
            found.append(port)
    raise OSError(f"cannot find {count} free ports")


def is_free(port: int) -> bool:
    """Say whether a server could listen on this port, TCP and UDP."""
    for kind in KINDS:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # What a server does too, else a port just closed would look taken.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def _claim(port: int) -> bool:
    """Keep others who ask for free ports away; the kernel drops the claim when we end."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0contact-center-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    if len(_claims) > MOST_CLAIMS:
        _claims.popleft().close()
    return True
