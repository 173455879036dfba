"""Ports on the loopback interface: find free ones, and say clearly which one is taken."""

import socket
from collections.abc import Mapping

import psutil

from chassis.free_ports import LOOPBACK, is_free
from chassis.free_ports import free_ports as unclaimed_ports
from local_stack.errors import PortTaken, StackError

__all__ = ["LOOPBACK", "free_ports", "is_free", "is_open", "require_free"]


def free_ports(count: int) -> list[int]:
    """Return different ports that nobody has, TCP and UDP; StackError when there are none."""
    try:
        return unclaimed_ports(count)
    except OSError as error:
        raise StackError(str(error)) from error


def require_free(ports: Mapping[str, int]) -> None:
    """Raise PortTaken, naming who has it, when one of the ports (by purpose) is not free."""
    for purpose, port in ports.items():
        if not is_free(port):
            raise PortTaken(
                f"port {port} ({purpose}) is taken{_by_whom(port)}: end that program, "
                "or set CONTACT_CENTER_PORT_OFFSET to move all ports, such as 1000"
            )


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
