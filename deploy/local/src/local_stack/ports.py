"""Ports on the loopback interface: find free ones, and say clearly which one is taken."""

import random
import socket
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import psutil

from local_stack.errors import PortTaken, StackError

LOOPBACK = "127.0.0.1"
LOWEST = 10_000
TRIES = 1_000
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
MOST_CLAIMS = 200
_claims: deque[socket.socket] = deque()


def free_ports(count: int) -> list[int]:
    """Return different ports that nobody has, TCP and UDP.

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
    raise StackError(f"cannot find {count} free ports")


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


def require_free(ports: Mapping[str, int]) -> None:
    """Raise PortTaken, naming who has it, when one of the ports (by purpose) is not free."""
    for purpose, port in ports.items():
        if not is_free(port):
            raise PortTaken(
                f"port {port} ({purpose}) is taken{_by_whom(port)}: end that program, "
                "or set CONTACT_CENTER_PORT_OFFSET to move all ports, such as 1000"
            )


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


def is_open(host: str, port: int) -> bool:
    """Say whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _by_whom(port: int) -> str:
    """Name the owner as far as this user may see it."""
    for connection in psutil.net_connections("inet"):
        if connection.laddr and connection.laddr.port == port and not connection.raddr:
            if connection.pid is None:
                return ""
            try:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return ""
    return ""
