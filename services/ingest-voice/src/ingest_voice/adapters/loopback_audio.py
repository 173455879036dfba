"""Keeps the audio of a loopback engine to the loopback.

The SIP stack binds its RTP and RTCP sockets to all interfaces (baresip's `stream_sock_alloc`: "we
listen on all interfaces") and has no setting for it. Where the engine's address is a loopback
address, each of these sockets is bound to the loopback device as soon as it is there: nothing
that comes by another interface reaches it any more. Linux 5.7 lets every user do so.
"""

import ipaddress
import logging
import os
import socket
from pathlib import Path

log = logging.getLogger(__name__)

_DEVICE = b"lo\0"
_EVERYWHERE = "0.0.0.0"  # noqa: S104  What is looked for, and closed.


class LoopbackAudio:
    """Finds this process's audio sockets by their ports."""

    def __init__(self, host: str, rtp_ports: str) -> None:
        low, _, high = rtp_ports.partition("-")
        self._ports = range(int(low), int(high) + 1)
        self._is_wanted = ipaddress.ip_address(host).is_loopback
        self._has_warned = False

    def narrow(self) -> int:
        """Bind to the loopback device what is open to all; how many sockets that were."""
        if not self._is_wanted:
            return 0
        return sum(self._narrow(int(entry.name)) for entry in Path("/proc/self/fd").iterdir())

    def _narrow(self, number: int) -> bool:
        try:
            if not str(Path(f"/proc/self/fd/{number}").readlink()).startswith("socket:"):
                return False
            copy = socket.socket(fileno=os.dup(number))
        except OSError:
            # Closed meanwhile.
            return False
        with copy:
            return self._is_open_to_all(copy) and self._bind(copy)

    def _is_open_to_all(self, found: socket.socket) -> bool:
        if found.type != socket.SOCK_DGRAM or found.family != socket.AF_INET:
            return False
        host, port = found.getsockname()[:2]
        is_bound = bool(
            found.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).strip(b"\0")
        )
        return host == _EVERYWHERE and port in self._ports and not is_bound

    def _bind(self, found: socket.socket) -> bool:
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, _DEVICE)
        except OSError as error:
            if not self._has_warned:
                self._has_warned = True
                log.warning("audio is open to all interfaces", extra={"error": str(error)})
            return False
        return True
