"""Ports on the loopback interface: find free ones, and say clearly which one is taken."""

import socket

import psutil

from local_stack.errors import PortTaken

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, all different."""
    held = []
    try:
        for _ in range(count):
            listener = socket.socket()
            listener.bind((LOOPBACK, 0))
            held.append(listener)
        return [int(listener.getsockname()[1]) for listener in held]
    finally:
        for listener in held:
            listener.close()


def require_free(ports: dict[str, int]) -> None:
    """Raise PortTaken, naming who has it, when one of the ports is not free."""
    for purpose, port in ports.items():
        with socket.socket() as probe:
            # What a server does too, else a port just closed would look taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError as error:
                raise PortTaken(
                    f"port {port} ({purpose}) is taken{_by_whom(port)}: end that program first"
                ) from error


def is_open(host: str, port: int) -> bool:
    """Say whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _by_whom(port: int) -> str:
    """Name the listener as far as this user may see it."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            if connection.pid is None:
                return ""
            try:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return ""
    return ""
